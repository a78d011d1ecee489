/** Which finished probe Jobs are retained, so that users can inspect them, and which are deleted. */
import type { Action } from '../model/action.ts';
import type { StepResult } from '../model/decision.ts';
import type { Observed, ObservedProbe, ObservedProfile } from '../model/observed.ts';
import { waitFrom } from './own-jobs.ts';
import { waitingReason } from './pod-waiting.ts';
import { isOfPendingRequest } from './requests.ts';

/** Finished Jobs of a profile that are retained, and for how many milliseconds. */
const MAX_RETAINED = 3;
const RETAINED_MS = 3_600_000;

/** The Jobs of a profile, and which of them the probe step needs. */
export type JobsInUse = {
  readonly observed: Pick<Observed, 'profile' | 'probes' | 'configMaps' | 'now'>;
  /** All Jobs of the profile. */
  readonly mine: readonly ObservedProbe[];
  /** The Job whose verdict is still read: it is retained however old it is. */
  readonly needed?: ObservedProbe | undefined;
  /** Those that prove the configuration of the spec; absent where probes are disabled. */
  readonly attempts?: readonly ObservedProbe[];
};

export type Retention = {
  readonly deleted: readonly ObservedProbe[];
  /** When the next retained Job expires, in milliseconds since the epoch; undefined where none does. */
  readonly nextAt: number | undefined;
};

/**
 * Whether a Job logs on, or is about to. The operator waits for its result although the spec has changed: a rejected logon that is
 * not recorded would be repeated. A Job whose pod cannot start has no result. If only a sidecar keeps the pod running, the result is
 * recorded already.
 */
const isLoggingOn = (probe: ObservedProbe, now: number): boolean =>
  probe.end === undefined && probe.credentialsKey !== undefined && waitingReason(probe, now) === undefined;

/** Whether a Job logs on with these credentials. */
export const isLoggingOnWith = (probe: ObservedProbe, credentialsKey: string | undefined, now: number): boolean =>
  probe.credentialsKey === credentialsKey && isLoggingOn(probe, now);

export function retention({ observed, mine, needed, attempts = [] }: JobsInUse): Retention {
  const { probes, now } = observed;
  const isObsolete = (probe: ObservedProbe) =>
    probe.end === undefined && !attempts.includes(probe) && !isLoggingOn(probe, now);
  // Without its Job, a request that the status does not name yet would be handled once more.
  const isNeeded = (probe: ObservedProbe) => probe === needed || isOfPendingRequest(observed, probe);
  // A backup may have restored Jobs without their owner: the garbage collector leaves them.
  const finished = [...mine, ...probes.filter(({ ownerUid }) => ownerUid === undefined)]
    .filter(({ end }) => end !== undefined)
    .toSorted((one, other) => (other.end?.at ?? 0) - (one.end?.at ?? 0) || (one.job < other.job ? 1 : -1));
  const retained = ({ end }: ObservedProbe) => end && waitFrom(end, RETAINED_MS);
  // Nothing waits for the deletion. So a Job from the future is retained: a clock that is set back deletes nothing.
  const isExpired = (probe: ObservedProbe, index: number) =>
    index >= MAX_RETAINED || now >= (retained(probe)?.until ?? 0);
  const old = finished.filter((probe, index) => !isNeeded(probe) && isExpired(probe, index));
  const expiries = finished
    .filter((probe) => !isNeeded(probe) && !old.includes(probe))
    .flatMap((probe) => retained(probe)?.until ?? []);
  return {
    // A running Job that proves another configuration is deleted at once: its result is not needed any more.
    deleted: [...mine.filter(isObsolete), ...old],
    nextAt: expiries.length === 0 ? undefined : Math.min(...expiries),
  };
}

/** The result with deletions of Jobs that are not retained, and a requeue for the next one. */
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

/** Deletes a Job only as it was observed: one that has ended meanwhile may have a result that is not recorded. */
export const deleteProbe = (
  { namespace }: ObservedProfile,
  { job, uid, resourceVersion }: Pick<ObservedProbe, 'job' | 'uid' | 'resourceVersion'>,
): Action => ({
  kind: 'deleteProbe',
  object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name: job, uid, resourceVersion } },
});
