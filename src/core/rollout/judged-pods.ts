/**
 * The pods by which a rollout is judged: those of the Deployment's newest ReplicaSet. Pods of other templates may have the label
 * of the configuration too, such as those of a former rollout, or of an edit by hand.
 */
import { newestReplicaSet } from '../backend/revisions.ts';
import { isObservedByController } from '../backend/rollout-state.ts';
import type { ObservedPod } from '../model/observed.ts';
import type { ConfigRollout } from './context.ts';

/** Without pods that terminate or are disrupted. Empty until the ReplicaSet of the configuration is in the cache. */
export function judgedPods({
  observed: { pods, replicaSets },
  target: { deployment },
  configMap,
}: Pick<ConfigRollout, 'observed' | 'target' | 'configMap'>): readonly ObservedPod[] {
  const replicaSet = newestReplicaSet(deployment, replicaSets);
  if (!isObservedByController(deployment) || replicaSet?.configMaps.includes(configMap.name) !== true) return [];
  return pods.filter(
    ({ ownerUid, isTerminating, isDisrupted }) => ownerUid === replicaSet.uid && !isTerminating && !isDisrupted,
  );
}
