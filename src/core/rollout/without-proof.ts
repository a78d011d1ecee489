/**
 * Which rollouts need no proof of their own, although `probe.policy` is Required: those that mend what keeps the probe from succeeding.
 *
 *   frees sessions   The database has no session left, not even for the probe, and the rollout asks for fewer. The same credentials
 *                    opened a pool by the same connection inputs before.
 *   repairs drift    The variables were edited, and the settings that are put back were proven before they were rolled out.
 *
 * Neither goes on after a rejected logon, with a missing Secret, or with other credentials; see ProbeAssessment.
 */
import type { ProbeAssessment } from '../probe/probe-succeeded.ts';
import type { RolloutContext } from './context.ts';
import { plannedRollout } from './plan.ts';

export type WithoutProof = 'freesSessions' | 'repairsDrift';

type Reads = RolloutContext & { readonly probe: ProbeAssessment };

/** Undefined where the rollout has a proof, needs none, or has to wait for one. */
export function withoutProof(context: Reads): WithoutProof | undefined {
  const { probe, desired, template, freesSessions } = context;
  if (!probe.holdsRollout || template.isDesired || desired.kind !== 'spec' || template.configMap === undefined)
    return undefined;
  if (probe.lacksSessions && freesSessions) return 'freesSessions';
  const { repair } = plannedRollout({ ...context, configMap: template.configMap });
  return probe.wasProven && repair !== undefined ? 'repairsDrift' : undefined;
}
