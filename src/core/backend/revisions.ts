/**
 * Whether a user undid a rollout (`kubectl rollout undo`), by the revisions of the ReplicaSets: the template had the desired
 * configuration and then changed to another one of this profile, and the operator did not write that change.
 */
import { type ConfigState, isNewRequest } from '../model/config-state.ts';
import { configHashFromName } from '../model/naming.ts';
import type { Observed, ObservedConfigMap, ObservedDeployment, ObservedReplicaSet } from '../model/observed.ts';
import { configHashOf } from './pods.ts';

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
  current: Pick<ObservedConfigMap, 'name' | 'state'>,
): boolean {
  const before =
    desired === undefined ? { revision: -1, retry: profile.retryRequestedAt ?? '' } : desired.state.rollout;
  const last = deployment && newestOther(deployment, configHashFromName(current.name), replicaSets);
  if (before === undefined || isNewRequest(profile.retryRequestedAt, before.retry)) return false;
  if (last === undefined || configHashOf(last) !== desired?.hash) return false;
  // The desired configuration was rolled out after its rollout was recorded, and the operator has not written the template since.
  const { revision = -1 } = current.state.rollout ?? {};
  return last.revision > Math.max(before.revision, revision);
}

/** The newest ReplicaSet with another configuration than that of the template. */
const newestOther = ({ uid }: ObservedDeployment, inUse: string, replicaSets: readonly ObservedReplicaSet[]) =>
  replicaSets
    .filter((set) => set.ownerUid === uid && configHashOf(set) !== inUse)
    .toSorted((a, b) => b.revision - a.revision)[0];

/** Whether a user brought the template back to this configuration, which it has now: since its rollout was recorded, it had another one. */
export function wasRedoneByUser(
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
  { hash, state: { rollout } }: { readonly hash: string; readonly state: ConfigState },
): boolean {
  return (
    rollout !== undefined &&
    replicaSets.some(
      (set) =>
        set.ownerUid === deployment.uid &&
        configHashOf(set) !== hash &&
        set.revision > rollout.revision &&
        set.revision < deployment.revision,
    )
  );
}
