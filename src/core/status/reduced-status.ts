/** The status in place of one that the API server rejects: what a user has to know, and nothing that may be the cause. */
import type { ProfileStatus } from '../../api/v1alpha1.ts';

/** The conditions that tell kstatus and a user how the profile is. */
const SUMMARY: readonly string[] = ['Ready', 'Reconciling', 'Stalled'];

/**
 * Keeps of the rejected status how the profile is and what it waits for, and says in `Ready` why the rest is missing. `accepted` has the
 * fields that the API server accepted before; they may be out of date.
 */
export function reducedStatus(rejected: ProfileStatus, accepted: ProfileStatus, error: string): ProfileStatus {
  const { observedGeneration, waitingFor, conditions = [] } = rejected;
  const { waitingFor: _, ...others } = accepted;
  return {
    ...others,
    ...(observedGeneration !== undefined && { observedGeneration }),
    ...(waitingFor !== undefined && { waitingFor }),
    conditions: conditions
      .filter(({ type }) => SUMMARY.includes(type))
      .map((condition) =>
        condition.type === 'Ready'
          ? {
              ...condition,
              message: `${condition.message} The rest of the status is missing or out of date, because the API server rejected it: ${error}`,
            }
          : condition,
      ),
  };
}
