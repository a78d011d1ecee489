/** Which pods belong to a backend, which of them terminate, and how many are old. */
import { configHashFromName } from '../model/naming.ts';
import type { ObservedBackend, ObservedDeployment, ObservedPod, ObservedReplicaSet } from '../model/observed.ts';

/**
 * Whether a pod belongs to the Deployment, by its ReplicaSet: the label is also on pods of a former target. A terminating pod
 * counts although its ReplicaSet is deleted (`revisionHistoryLimit`), because it still holds its sessions. A pod that has ended
 * holds none, and its ReplicaSet has replaced it.
 */
export function isOfBackend(
  { ownerUid, isTerminating, hasEnded }: ObservedPod,
  deployment: ObservedDeployment | undefined,
  replicaSets: readonly ObservedReplicaSet[],
): boolean {
  if (hasEnded) return false;
  const replicaSet = replicaSets.find(({ uid }) => uid === ownerUid);
  if (replicaSet === undefined) return isTerminating && ownerUid !== undefined;
  return replicaSet.ownerUid === deployment?.uid;
}

/** The terminating pods. `counted` are those in the Deployment's `terminatingReplicas`: not those of a deleted ReplicaSet. */
export function terminatingPods({ pods, replicaSets }: Pick<ObservedBackend, 'pods' | 'replicaSets'>) {
  const all = pods.filter(({ isTerminating }) => isTerminating);
  return { all, counted: all.filter(({ ownerUid }) => replicaSets.some(({ uid }) => uid === ownerUid)) };
}

/** The pods that run a configuration. */
export const podsOn = (pods: readonly ObservedPod[], hash: string): readonly ObservedPod[] =>
  pods.filter((pod) => configHashOf(pod) === hash);

/** Hash of the configuration that a pod or ReplicaSet runs: of the ConfigMap to which it refers, else the one in its label. */
export function configHashOf({ config, configMaps }: Pick<ObservedPod, 'config' | 'configMaps'>): string | undefined {
  const [name, ...others] = configMaps;
  return name === undefined || others.length > 0 ? config : configHashFromName(name);
}
