/** Which pods are those of a backend. */
import type { ObservedDeployment, ObservedPod, ObservedReplicaSet } from '../model/observed.ts';

/**
 * The label alone would count pods of a former target, too. A ReplicaSet that is not there any more may have been collected
 * (`revisionHistoryLimit`) before its last pods have ended: they still hold their sessions.
 */
export function isOfBackend(
  { ownerUid, isTerminating }: ObservedPod,
  deployment: ObservedDeployment | undefined,
  replicaSets: readonly ObservedReplicaSet[],
): boolean {
  const replicaSet = replicaSets.find(({ uid }) => uid === ownerUid);
  if (replicaSet === undefined) return isTerminating && ownerUid !== undefined;
  return replicaSet.ownerUid === deployment?.uid;
}
