/** Which pods belong to a backend, which of them terminate, and how many are old. */
import type { ObservedBackend, ObservedDeployment, ObservedPod, ObservedReplicaSet } from '../model/observed.ts';

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

/** The terminating pods. `counted` are those in the Deployment's own count, which leaves out pods of a deleted ReplicaSet. */
export function terminatingPods({ pods, replicaSets }: Pick<ObservedBackend, 'pods' | 'replicaSets'>) {
  const all = pods.filter(({ isTerminating }) => isTerminating);
  return { all, counted: all.filter(({ ownerUid }) => replicaSets.some(({ uid }) => uid === ownerUid)) };
}

/** The pods that run a configuration, by their label. */
export const podsOn = (pods: readonly ObservedPod[], hash: string): readonly ObservedPod[] =>
  pods.filter(({ config }) => config === hash);
