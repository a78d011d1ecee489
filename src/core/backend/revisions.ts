/**
 * Whether a user undid a rollout (`kubectl rollout undo`), by the revisions of the ReplicaSets: the template had the desired
 * configuration and then changed to another one of this profile, and the operator did not write that change.
 */
import { type ConfigState, isNewRequest } from '../model/config-state.ts';
import type { Observed, ObservedConfigMap, ObservedDeployment, ObservedReplicaSet } from '../model/observed.ts';

/** Whether the ReplicaSet of the Deployment's newest template is in the cache. */
export function hasNewestReplicaSet(
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
): boolean {
  return replicaSets.some(({ ownerUid, revision }) => ownerUid === deployment.uid && revision === deployment.revision);
}

/** `current` is the ConfigMap that the template uses; `desired` is undefined where the variables from before the profile should run. */
export function wasUndoneByUser(
  { profile, deployment, replicaSets }: Pick<Observed, 'profile' | 'deployment' | 'replicaSets'>,
  desired: { readonly hash: string; readonly state: ConfigState } | undefined,
  current: Pick<ObservedConfigMap, 'state'>,
): boolean {
  const before =
    desired === undefined ? { revision: -1, retry: profile.retryRequestedAt ?? '' } : desired.state.rollout;
  const last = deployment && newestOther(deployment, replicaSets);
  if (before === undefined || isNewRequest(profile.retryRequestedAt, before.retry)) return false;
  if (last === undefined || last.config !== desired?.hash) return false;
  // The desired configuration was rolled out after its rollout was recorded, and the operator has not written the template since.
  const { revision = -1 } = current.state.rollout ?? {};
  return last.revision > Math.max(before.revision, revision);
}

/** The newest ReplicaSet with another configuration than the template. */
const newestOther = ({ uid, labels }: ObservedDeployment, replicaSets: readonly ObservedReplicaSet[]) =>
  replicaSets
    .filter(({ ownerUid, config }) => ownerUid === uid && config !== labels.config)
    .toSorted((a, b) => b.revision - a.revision)[0];

/** Whether a user brought the template back to this configuration: since its rollout was recorded, it had another one. */
export function wasRedoneByUser(
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
  { rollout }: ConfigState,
): boolean {
  return (
    rollout !== undefined &&
    replicaSets.some(
      ({ ownerUid, config, revision }) =>
        ownerUid === deployment.uid &&
        config !== deployment.labels.config &&
        revision > rollout.revision &&
        revision < deployment.revision,
    )
  );
}
