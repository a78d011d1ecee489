/** Takes away the probe Jobs that nobody needs any more, and comes back for those that still age. */
import type { Observed, ObservedProbe, ObservedProfile } from '../model/observed.ts';
import { collect } from './job-retention.ts';
import type { Action } from '../model/action.ts';
import type { StepResult } from '../model/decision.ts';

/** `needed` is the Job that the profile still reads, `probeHash` what is to be proven, if anything is. */
export function withHousekeeping(
  step: StepResult,
  { profile, now }: Observed,
  mine: readonly ObservedProbe[],
  needed: ObservedProbe | undefined,
  probeHash: string | undefined,
): StepResult {
  const { collected, nextAt } = collect(mine, needed, probeHash, now);
  const deleted = new Set(
    step.actions.flatMap(({ kind, object }) => (kind === 'deleteProbe' ? [object.metadata.uid] : [])),
  );
  const deletions = collected.filter(({ uid }) => !deleted.has(uid)).map((probe) => deletionOf(profile, probe));
  const waits = [step.requeueAfterMs ?? [], nextAt === undefined ? [] : nextAt - now].flat();
  return {
    ...step,
    actions: [...deletions, ...step.actions],
    ...(waits.length > 0 && { requeueAfterMs: Math.min(...waits) }),
  };
}

/** Fenced: one that has ended meanwhile may have a word that nobody has written down. */
export const deletionOf = (
  { namespace }: ObservedProfile,
  { job, uid, resourceVersion }: Pick<ObservedProbe, 'job' | 'uid' | 'resourceVersion'>,
): Action => ({
  kind: 'deleteProbe',
  object: { apiVersion: 'batch/v1', kind: 'Job', metadata: { namespace, name: job, uid, resourceVersion } },
});
