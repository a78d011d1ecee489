/**
 * Whether a person took a rollout back (`kubectl rollout undo`): the template was at the configuration that should run,
 * and then went back to another one of this profile, and not by our hand. The Deployment's own record says so, its
 * ReplicaSets and their revisions.
 */
import type { ConfigState } from '../model/config-state.ts';
import type { ObservedConfigMap, ObservedDeployment, ObservedProfile, ObservedReplicaSet } from '../model/observed.ts';

/** Whether the ReplicaSets are known up to the Deployment's newest template. */
export function hasNewestReplicaSet(
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
): boolean {
  return replicaSets.some(({ ownerUid, revision }) => ownerUid === deployment.uid && revision === deployment.revision);
}

/** What should run: the ConfigMap of a configuration, or nothing of ours. */
export type Wanted = { readonly hash: string; readonly state: ConfigState } | undefined;

/** `there` is the ConfigMap that the template has gone to. */
export function wasUndoneByUser(
  profile: ObservedProfile,
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
  wanted: Wanted,
  there: ObservedConfigMap,
): boolean {
  const retry = profile.retryRequestedAt ?? '';
  const before = wanted === undefined ? { revision: -1, retry } : wanted.state.rollout;
  if (before?.retry !== retry) return false;
  const last = newestOther(deployment, replicaSets);
  if (last === undefined || last.config !== wanted?.hash) return false;
  // Rolled since its mark was written, and the template was not pointed there by us after that.
  return last.revision > before.revision && last.revision > (there.state.rollout?.revision ?? -1);
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
