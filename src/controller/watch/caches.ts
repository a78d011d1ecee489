/** The cache of each watched kind: what it holds of an object, by which keys, and which profiles a change enqueues. */
import type { ObservedProfile } from '../../core/model/observed.ts';
import { Cache, type Seen, type UnreadableObjectError } from '../../kube/cache.ts';
import type { Namespaces } from '../../kube/namespaces.ts';
import { ALL_NAMESPACES } from '../../kube/sync-state.ts';
import type { KubeObject } from '../../kube/types.ts';
import { type ObservedAutoscaler, transformAutoscaler } from '../../transform/autoscaler.ts';
import { transformBackendPod, transformReplicaSet } from '../../transform/backend-pod.ts';
import { transformConfigMap } from '../../transform/config-map.ts';
import { transformDeployment } from '../../transform/deployment.ts';
import { transformProbeJob, transformProbePod } from '../../transform/probe-job.ts';
import { transformProfile } from '../../transform/profile.ts';
import { DeploymentCache } from './deployment-cache.ts';
import { withSeenTimes } from './seen-times.ts';

export type Caches = ReturnType<typeof createCaches>;

type Named = { readonly namespace: string; readonly name: string };

/** The key of a profile in the work queue, and of what carries its label in the index `profile`: "namespace/name". */
export const profileKey = ({ namespace, name }: Named) => `${namespace}/${name}`;

/** The inverse of `profileKey`. */
export function parseProfileKey(key: string): Named {
  const [namespace = '', name = ''] = key.split('/');
  return { namespace, name };
}

/** The key in the index `target`: "namespace/Deployment". */
export const targetKey = (namespace: string, deployment: string) => `${namespace}/${deployment}`;

/** The key in the index `credentials`: probes of a namespace with the same Secret and connect string. */
export const credentialsIndexKey = (namespace: string, credentialsKey: string) => `${namespace}/${credentialsKey}`;

/** Name of the Deployment that a profile is about, as far as its spec can be read. */
export const targetOf = ({ spec }: ObservedProfile): string | undefined =>
  spec.kind === 'valid' ? spec.spec.targetRef.name : spec.target;

/**
 * Creates an empty cache for each watched kind. `enqueue` is called with the key of each profile that a change may affect, and
 * `onUnreadable` with the error of each object that cannot be read.
 */
export function createCaches(
  namespaces: Namespaces,
  enqueue: (key: string) => void,
  onUnreadable: (error: UnreadableObjectError) => void,
  now = () => Date.now(),
) {
  const common: Common = { namespaces, onUnreadable };
  const seen = withSeenTimes(now);
  const enqueueTargeting = (namespace: string, deployment: string | undefined) => {
    if (deployment === undefined) return;
    for (const profile of profiles.byIndex('target', targetKey(namespace, deployment))) enqueue(profileKey(profile));
  };
  const profiles = new Cache<ObservedProfile, 'target'>({
    transform: transformProfile,
    withSeen: seen.profile,
    indexers: {
      target: (profile) => {
        const target = targetOf(profile);
        return target === undefined ? [] : [targetKey(profile.namespace, target)];
      },
    },
    onChange: (before, after) => {
      const isRetargeted = (before && targetOf(before)) !== (after && targetOf(after));
      for (const profile of isRetargeted ? present(before, after) : []) followTarget(profile, profile === after);
      for (const profile of present(before, after)) {
        enqueue(profileKey(profile));
        // Another profile may be waiting until this one gives up its claim on the Deployment.
        enqueueTargeting(profile.namespace, targetOf(profile));
      }
    },
    createdByWrites: false,
    ...common,
  });
  const isNamed = (namespace: string, deployment: string) =>
    profiles.count('target', targetKey(namespace, deployment)) > 0;
  const deployments = new DeploymentCache({
    transform: (object) => {
      const { namespace = '', name = '' } = object.metadata ?? {};
      return isNamed(namespace, name) ? transformDeployment(object) : undefined;
    },
    onRead: enqueueTargeting,
    indexers: { uid: ({ uid }) => [uid] },
    onChange: (before, after) => {
      const deployment = after ?? before;
      enqueueTargeting(deployment?.namespace ?? '', deployment?.name);
    },
    createdByWrites: false,
    ...common,
  });
  /** Whether the Deployment of a changed profile is kept. Those of the first list of profiles are listed after it. */
  const followTarget = (profile: ObservedProfile, isNew: boolean) => {
    const { namespace } = profile;
    const target = targetOf(profile);
    if (target === undefined) return;
    const claims = profiles.count('target', targetKey(namespace, target));
    if (claims === 0) deployments.release(namespace, target);
    else if (isNew && claims === 1 && profiles.syncState.of(namespace).isSynced) deployments.ask(namespace, target);
  };
  const autoscalers = new Cache<ObservedAutoscaler, 'target'>({
    transform: transformAutoscaler,
    indexers: { target: ({ namespace, target }) => [targetKey(namespace, target)] },
    onChange: (before, after) => {
      for (const { namespace, target } of present(before, after)) enqueueTargeting(namespace, target);
    },
    createdByWrites: false,
    ...common,
  });
  const jobs = new Cache<ReturnType<typeof transformProbeJob>, 'profile' | 'credentials'>({
    transform: transformProbeJob,
    withSeen: seen.job,
    indexers: {
      profile: (job) => [labelKey(job)],
      credentials: ({ namespace, credentialsKey }) =>
        credentialsKey === undefined ? [] : [credentialsIndexKey(namespace, credentialsKey)],
    },
    onChange: enqueueLabelled(enqueue),
    ...common,
  });
  // Their label may be that of another profile, which had the Deployment before.
  const enqueueOwner = (deploymentUid: string | undefined) => {
    for (const { namespace, name } of deployments.byIndex('uid', deploymentUid ?? ''))
      enqueueTargeting(namespace, name);
  };
  const replicaSets = owned(transformReplicaSet, common, (before, after) => {
    enqueueLabelled(enqueue)(before, after);
    enqueueOwner((after ?? before)?.ownerUid);
  });
  const pods = { ...common, withSeen: seen.backendPod };
  const backendPods = owned<ReturnType<typeof transformBackendPod>>(transformBackendPod, pods, (before, after) => {
    enqueueLabelled(enqueue)(before, after);
    for (const { ownerUid } of replicaSets.byIndex('uid', (after ?? before)?.ownerUid ?? '')) enqueueOwner(ownerUid);
  });
  const configMaps = new Cache<NonNullable<ReturnType<typeof transformConfigMap>>, 'profile' | 'owner'>({
    transform: transformConfigMap,
    indexers: {
      profile: (configMap) => [labelKey(configMap)],
      owner: ({ owners }) => owners.map(({ uid }) => uid),
    },
    onChange: enqueueLabelled(enqueue),
    ...common,
  });
  const probePods = new Cache<ReturnType<typeof transformProbePod>, 'profile'>({
    transform: transformProbePod,
    withSeen: seen.probePod,
    indexers: { profile: (pod) => [labelKey(pod)] },
    onChange: enqueueLabelled(enqueue),
    ...common,
  });
  return {
    profiles,
    deployments,
    autoscalers,
    configMaps,
    jobs,
    pods: probePods,
    replicaSets,
    backendPods,
  };
}

/** Whether all kinds were listed in the namespace. Before that, an object may exist although no cache has it. */
export const isListed = (caches: Caches, namespace: string): boolean =>
  Object.values(caches).every(({ syncState }) => syncState.of(namespace).isSynced);

/**
 * Enqueues the profiles of each namespace once all kinds are listed there. Returns a promise for each namespace: if the API server
 * rejects the lists of one, the others are reconciled all the same.
 */
export const enqueueListed = (
  caches: Caches,
  namespaces: Namespaces,
  enqueue: (key: string) => void,
): readonly Promise<void>[] =>
  (namespaces ?? [ALL_NAMESPACES]).map(async (namespace) => {
    await Promise.all(Object.values(caches).map(({ syncState }) => syncState.synced(namespace)));
    for (const profile of caches.profiles.values)
      if (namespace === ALL_NAMESPACES || profile.namespace === namespace) enqueue(profileKey(profile));
  });

type Common = { readonly namespaces: Namespaces; readonly onUnreadable: (error: UnreadableObjectError) => void };

type CommonOf<T> = Common & { readonly withSeen?: (value: T, seen: Seen<T>) => T };

const present = <T>(...values: readonly (T | undefined)[]): readonly T[] =>
  values.filter((value) => value !== undefined);

/** What names its profile in a label. */
type Labelled = { readonly namespace: string; readonly profile: string };

const labelKey = ({ namespace, profile: name }: Labelled) => profileKey({ namespace, name });

/** Where the label is changed from one profile to another, both are concerned: one has lost the object. */
const enqueueLabelled =
  (enqueue: (key: string) => void) => (before: Labelled | undefined, after: Labelled | undefined) => {
    for (const key of new Set(present(before, after).map(labelKey))) enqueue(key);
  };

type Owned = Labelled & { readonly uid?: string; readonly ownerUid: string | undefined };

/** Found by the label of the profile, too. The keys of the indexes `uid` and `owner` are uids. */
function owned<T extends Owned>(
  transform: (object: KubeObject) => T,
  common: CommonOf<T>,
  onChange: (before: T | undefined, after: T | undefined) => void,
) {
  return new Cache<T, 'profile' | 'uid' | 'owner'>({
    transform,
    indexers: {
      profile: (value) => [labelKey(value)],
      uid: ({ uid }) => (uid === undefined ? [] : [uid]),
      owner: ({ ownerUid }) => (ownerUid === undefined ? [] : [ownerUid]),
    },
    onChange,
    ...common,
  });
}
