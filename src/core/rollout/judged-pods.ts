/**
 * The pods by which a rollout is judged: those of the Deployment's newest ReplicaSet. Pods of other templates may have the label
 * of the configuration too, such as those of a former rollout, or of an edit by hand.
 */
import { newestReplicaSet } from '../backend/revisions.ts';
import { isObservedByController } from '../backend/rollout-state.ts';
import type { StateOf } from '../model/config-state.ts';
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

/**
 * Whether the pods that were ready at `completedAt` are those of an earlier ReplicaSet, as during `kubectl rollout restart`. Those of the newest
 * one are judged as in a rollout.
 */
export function isBeingReplaced(
  { observed: { replicaSets }, target: { deployment } }: Pick<ConfigRollout, 'observed' | 'target'>,
  { replicaSet }: StateOf<'rollout'>,
): boolean {
  const newest = newestReplicaSet(deployment, replicaSets);
  return replicaSet !== undefined && newest !== undefined && newest.uid !== replicaSet;
}

/** The rollout as its pods are judged: while they are replaced, it is not complete. */
export const judgedStart = (
  rollout: Pick<ConfigRollout, 'observed' | 'target'>,
  started: StateOf<'rollout'>,
): StateOf<'rollout'> => (isBeingReplaced(rollout, started) ? withoutCompletion(started) : started);

/** A rollout whose pods are to be ready, and observed, once more. */
export const withoutCompletion = ({
  completedAt: _,
  podsReadyAt: __,
  replicaSet: ___,
  ...rollout
}: StateOf<'rollout'>): StateOf<'rollout'> => rollout;
