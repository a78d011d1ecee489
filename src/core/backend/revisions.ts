/**
 * Whether a user took a rollout back (`kubectl rollout undo`): the template carried the desired configuration, and then went
 * back to another one of this profile, and not by our hand. The Deployment's ReplicaSets and their revisions say so.
 */
import type { ConfigState } from '../model/config-state.ts';
import type { Observed, ObservedConfigMap, ObservedDeployment, ObservedReplicaSet } from '../model/observed.ts';

/** Whether the ReplicaSets are known up to the Deployment's newest template. */
export function hasNewestReplicaSet(
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
): boolean {
  return replicaSets.some(({ ownerUid, revision }) => ownerUid === deployment.uid && revision === deployment.revision);
}

/** `current` is the ConfigMap that the template has gone to, `desired` undefined where nothing of ours should run. */
export function wasUndoneByUser(
  { profile, deployment, replicaSets }: Pick<Observed, 'profile' | 'deployment' | 'replicaSets'>,
  desired: { readonly hash: string; readonly state: ConfigState } | undefined,
  current: Pick<ObservedConfigMap, 'state'>,
): boolean {
  const retry = profile.retryRequestedAt ?? '';
  const before = desired === undefined ? { revision: -1, retry } : desired.state.rollout;
  const last = deployment && newestOther(deployment, replicaSets);
  if (before?.retry !== retry || last === undefined || last.config !== desired?.hash) return false;
  // Rolled out since its start was recorded, and the template was not pointed there by us after that.
  const { revision = -1 } = current.state.rollout ?? {};
  return last.revision > Math.max(before.revision, revision);
}

/** The newest ReplicaSet whose configuration is not the one that the template carries. */
const newestOther = ({ uid, labels }: ObservedDeployment, replicaSets: readonly ObservedReplicaSet[]) =>
  replicaSets
    .filter(({ ownerUid, config }) => ownerUid === uid && config !== labels.config)
    .toSorted((a, b) => b.revision - a.revision)[0];

/** Whether the template came back to this configuration without our hand: another one was there after its mark. */
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
