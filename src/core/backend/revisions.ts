/**
 * Whether a user undid a rollout (`kubectl rollout undo`): the template had the desired configuration and then changed to another one
 * of this profile, and the operator did not write that change. Once it is found, it is kept as state.
 */
import { type ConfigState, isNewRequest } from '../model/config-state.ts';
import { configHashFromName } from '../model/naming.ts';
import type {
  Observed,
  ObservedContainer,
  ObservedDeployment,
  ObservedProfile,
  ObservedReplicaSet,
} from '../model/observed.ts';
import { hasForeignReferences, newestRollout, rolloutSequence } from './managed-variables.ts';
import { configHashOf } from './pods.ts';

/** The ReplicaSet of the newest template that the Deployment controller has observed; undefined where the cache does not have it. */
export const newestReplicaSet = (
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
): ObservedReplicaSet | undefined =>
  replicaSets.find(({ ownerUid, revision }) => ownerUid === deployment.uid && revision === deployment.revision);

export const hasNewestReplicaSet = (
  deployment: ObservedDeployment,
  replicaSets: readonly ObservedReplicaSet[],
): boolean => newestReplicaSet(deployment, replicaSets) !== undefined;

type StateRecord = { readonly name: string; readonly state: ConfigState };
type DesiredState = { readonly name: string; readonly hash: string; readonly state: ConfigState };

/** Hash of the configuration of the spec, and of the one that is desired: '' for the variables from before the profile. */
export type Undoing = { readonly spec: string; readonly insteadOf: string };

/**
 * The ConfigMap that a user brought back instead of the desired one; undefined where there is none, or the user's word is void: after a
 * later rollout, a retry request, or with another spec.
 */
export function keptConfigMap<T extends StateRecord>(
  { retryRequestedAt }: Pick<ObservedProfile, 'retryRequestedAt'>,
  configMaps: readonly T[],
  { spec, insteadOf }: Undoing,
): T | undefined {
  return configMaps.find((one) => {
    const { keptByUser: kept } = one.state;
    if (kept === undefined || !isUndoOnRecord(configMaps, one)) return false;
    return kept.spec === spec && kept.insteadOf === insteadOf && !isNewRequest(retryRequestedAt, kept.retry);
  });
}

/** Whether the newest undo or rollout on record is the one that brought `current` back. What the cluster shows is then nothing new. */
export const isUndoOnRecord = (configMaps: readonly StateRecord[], { state: { keptByUser } }: StateRecord): boolean =>
  keptByUser !== undefined && configMaps.every((one) => rolloutSequence(one) <= keptByUser.sequence);

/**
 * Whether the cluster shows an undo. `current` is the ConfigMap that the template uses; `desired` is undefined where the variables from
 * before the profile should run.
 */
export function wasUndoneByUser(
  observed: Pick<Observed, 'profile' | 'deployment' | 'replicaSets' | 'configMaps'>,
  desired: DesiredState | undefined,
  { current, container }: { readonly current: StateRecord; readonly container: ObservedContainer },
): boolean {
  const { profile, deployment } = observed;
  const before =
    desired === undefined ? { revision: -1, retry: profile.retryRequestedAt ?? '' } : desired.state.rollout;
  if (deployment === undefined || before === undefined || isNewRequest(profile.retryRequestedAt, before.retry))
    return false;
  return (
    (hasForeignReferences(container) && isLeftBehind(observed, desired, { current, before: before.revision })) ||
    (desired !== undefined && isForeignSince(observed, desired, container))
  );
}

/**
 * By the ReplicaSets: the newest other one has the desired configuration, and the operator has not written the template since. Without a
 * foreign reference, a template that names another ConfigMap is an earlier write of the operator itself.
 */
function isLeftBehind(
  { deployment, replicaSets }: Pick<Observed, 'deployment' | 'replicaSets'>,
  desired: DesiredState | undefined,
  { current, before }: { readonly current: StateRecord; readonly before: number },
): boolean {
  const last = deployment && newestOther(deployment, configHashFromName(current.name), replicaSets);
  if (last === undefined || configHashOf(last) !== desired?.hash) return false;
  // The desired configuration was rolled out after its rollout was recorded.
  const { revision = -1 } = current.state.rollout ?? {};
  return last.revision > Math.max(before, revision);
}

/**
 * By the field managers, because the ReplicaSet may be deleted (`revisionHistoryLimit`): the newest rollout is that of the desired
 * configuration, and another manager has written other references since. A template that the operator wrote is its own alone.
 */
function isForeignSince(
  { configMaps, deployment }: Pick<Observed, 'configMaps' | 'deployment'>,
  { name, state: { rollout } }: DesiredState,
  container: ObservedContainer,
): boolean {
  if (rollout === undefined || rollout.isOverForeign === true || newestRollout(configMaps)?.name !== name) return false;
  return (deployment?.revision ?? 0) > rollout.revision && hasForeignReferences(container);
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
