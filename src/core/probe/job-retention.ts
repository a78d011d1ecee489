/** Which finished probe Jobs are retained for people to look at, and which are deleted. */
import type { Action } from '../model/action.ts';
import type { StepResult } from '../model/decision.ts';
import type { Observed, ObservedProbe, ObservedProfile } from '../model/observed.ts';
import { waitingReason } from './pod-waiting.ts';

/** Finished Jobs of a profile that are kept, and for how long. */
const MAX_RETAINED = 3;
const RETAINED_MS = 3_600_000;

/** The Jobs of a profile, as its probe step sees them. */
export type JobsInUse = {
  readonly observed: Pick<Observed, 'profile' | 'now'>;
  /** All Jobs of the profile. */
  readonly mine: readonly ObservedProbe[];
  /** The Job that the profile still reads: it stays however old it is. */
  readonly needed?: ObservedProbe | undefined;
  /** What is to be proven, if anything is. */
  readonly probeHash?: string;
};

export type Retention = {
  readonly deleted: readonly ObservedProbe[];
  /** Milliseconds since the epoch when the next Job is old enough; undefined where none ages. */
  readonly nextAt: number | undefined;
};

/**
 * Whether a Job logs on, or is about to. Its result is waited for whatever the spec says by now, since a refused logon of which
 * nobody knows would be repeated. A Job whose pod cannot start has no result; the result of a Job that only a sidecar keeps
 * running is recorded already.
 */
const isLoggingOn = (probe: ObservedProbe, now: number): boolean =>
  probe.end === undefined && probe.credentialsKey !== undefined && waitingReason(probe, now) === undefined;

/** Whether a Job logs on with these credentials. */
export const isLoggingOnWith = (probe: ObservedProbe, credentialsKey: string | undefined, now: number): boolean =>
  probe.credentialsKey === credentialsKey && isLoggingOn(probe, now);

export function retention({ observed: { now }, mine, needed, probeHash }: JobsInUse): Retention {
  const isObsolete = (probe: ObservedProbe) =>
    probe.end === undefined && probe.probeHash !== probeHash && !isLoggingOn(probe, now);
  const finished = mine
    .filter(({ end }) => end !== undefined)
    .toSorted((one, other) => (other.end?.at ?? 0) - (one.end?.at ?? 0) || (one.job < other.job ? 1 : -1));
  const goesAt = (probe: ObservedProbe) => (probe.end?.at ?? 0) + RETAINED_MS;
  const old = finished.filter((probe, at) => probe !== needed && (at >= MAX_RETAINED || now >= goesAt(probe)));
  const ageing = finished.filter((probe) => probe !== needed && !old.includes(probe)).map(goesAt);
  return {
    // A Job that proves another configuration is ended at once: its result is of no use any more.
    deleted: [...mine.filter(isObsolete), ...old],
    nextAt: ageing.length === 0 ? undefined : Math.min(...ageing),
  };
}

/** Deletes the Jobs that are not retained, and comes back for those that still age. */
export function withRetention(result: StepResult, jobs: JobsInUse): StepResult {
  const { profile, now } = jobs.observed;
  const { deleted, nextAt } = retention(jobs);
  const uids = new Set(result.actions.map(({ object }) => object.metadata.uid));
  const deletions = deleted.filter(({ uid }) => !uids.has(uid)).map((probe) => deleteProbe(profile, probe));
  const waits = [result.requeueAfterMs ?? [], nextAt === undefined ? [] : nextAt - now].flat();
  return {
    ...result,
    actions: [...deletions, ...result.actions],
    ...(waits.length > 0 && { requeueAfterMs: Math.min(...waits) }),
  };
}

/** Only as it was observed: a Job that has ended meanwhile may have a result that nobody has recorded. */
export const deleteProbe = (
  { namespace }: ObservedProfile,
  { job, uid, resourceVersion }: Pick<ObservedProbe, 'job' | 'uid' | 'resourceVersion'>,
): Action => ({
  kind: 'deleteProbe',
  object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name: job, uid, resourceVersion } },
});
