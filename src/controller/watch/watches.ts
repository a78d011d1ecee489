/** Which kinds are watched, with which selector, what is kept of each, and which profile a change leads to. */
import { FIELD_MANAGER, LABEL } from '../../core/model/naming.ts';
import type { ObservedDeployment, ObservedProfile } from '../../core/model/observed.ts';
import { Cache, type UnreadableObjectError } from '../../kube/cache.ts';
import type { Client } from '../../kube/client.ts';
import { ALL_NAMESPACES } from '../../kube/sync-state.ts';
import { reflect, type ReflectorEvent } from '../../kube/reflector.ts';
import { type Namespaces, type Collection, collectionsOf } from '../../kube/namespaces.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../api/v1alpha1.ts';
import { type ObservedAutoscaler, transformAutoscaler } from '../../transform/autoscaler.ts';
import { transformBackendPod, transformReplicaSet } from '../../transform/backend-pod.ts';
import { transformConfigMap } from '../../transform/config-map.ts';
import { transformDeployment } from '../../transform/deployment.ts';
import { transformProbeJob, transformProbePod } from '../../transform/probe-job.ts';
import { transformProfile } from '../../transform/profile.ts';
import { transformDisruptionBudget, transformService } from '../../transform/selectors.ts';

export const RESOURCES = {
  DbPoolProfile: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, plural: PLURAL },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  Job: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' },
  ReplicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets' },
} as const satisfies Record<string, Resource>;

/** What is looked at and never written. */
const ONLY_WATCHED = {
  Service: { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  HorizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
  },
  PodDisruptionBudget: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets' },
} as const satisfies Record<string, Resource>;

export type Caches = ReturnType<typeof createCaches>;

/** Which part of the cluster is looked at. */
export type Scope = {
  readonly namespaces: Namespaces;
  /** A label selector; profiles that it leaves out are as if they were not there. */
  readonly profileSelector: string | undefined;
};

/** The key of a profile in the queue: "namespace/name". */
export const profileKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;

/** The word under which the profiles of one Deployment are found. */
export const targetWord = (namespace: string, deployment: string) => `${namespace}/${deployment}`;

/** Name of the Deployment that a profile is about, as far as its spec can be read. */
export const targetOf = ({ spec }: ObservedProfile): string | undefined =>
  spec.kind === 'valid' ? spec.spec.targetRef.name : spec.target;

/** The word under which Jobs without an end are found. */
export const UNFINISHED = 'unfinished';

/** The word under which profiles are found that wait for their turn to probe. */
export const WAITING = 'waiting';

/** The word under which the Jobs of a namespace that share a turn are found. */
export const turnWord = (namespace: string, turn: string) => `turn ${namespace}/${turn}`;

/** The word under which all of a namespace is found. */
export const inNamespace = (namespace: string) => `in ${namespace}`;

/**
 * Empty caches of all that is watched. `enqueue` is called with the key of each profile that a change may concern,
 * `onUnreadable` with what cannot be read.
 */
export function createCaches(
  namespaces: Namespaces,
  enqueue: (key: string) => void,
  onUnreadable: (error: UnreadableObjectError) => void,
) {
  const common = { namespaces, onUnreadable };
  const profiles = new Cache<ObservedProfile>({
    transform: transformProfile,
    index: (profile, namespace) => {
      const target = targetOf(profile);
      const words = target === undefined ? [] : [targetWord(namespace, target)];
      return waitsForItsTurn(profile) ? [...words, WAITING] : words;
    },
    onChange: (before, after) => {
      // Its rivals too: one of them may wait for this one to go.
      for (const profile of [before, after]) for (const key of keysAround(profiles, profile)) enqueue(key);
    },
    createdByWrites: false,
    ...common,
  });
  const deployments = new Cache<ObservedDeployment & { readonly namespace: string }>({
    transform: transformDeployment,
    index: () => [],
    onChange: (before, after) => {
      const deployment = after ?? before;
      if (deployment === undefined) return;
      for (const profile of profiles.byIndex(targetWord(deployment.namespace, deployment.name)))
        enqueue(profileKey(profile));
    },
    createdByWrites: false,
    ...common,
  });
  const autoscalers = new Cache<ObservedAutoscaler>({
    transform: transformAutoscaler,
    index: ({ namespace, target }) => (target === undefined ? [] : [targetWord(namespace, target)]),
    onChange: (before, after) => {
      for (const one of [before, after]) {
        if (one?.target === undefined) continue;
        for (const profile of profiles.byIndex(targetWord(one.namespace, one.target))) enqueue(profileKey(profile));
      }
    },
    createdByWrites: false,
    ...common,
  });
  const jobs = new Cache<ReturnType<typeof transformProbeJob>>({
    transform: transformProbeJob,
    index: ({ namespace, profile, turn, end }) => [
      `${namespace}/${profile}`,
      ...(turn === undefined ? [] : [turnWord(namespace, turn)]),
      ...(end === undefined ? [UNFINISHED] : []),
    ],
    onChange: (before, after) => {
      const job = after ?? before;
      if (job !== undefined) enqueue(`${job.namespace}/${job.profile}`);
    },
    ...common,
  });
  return {
    profiles,
    deployments,
    autoscalers,
    configMaps: labelled(transformConfigMap, enqueue, common),
    jobs,
    services: selectors(transformService, common),
    disruptionBudgets: selectors(transformDisruptionBudget, common),
    pods: labelled(transformProbePod, enqueue, common),
    replicaSets: labelled(transformReplicaSet, enqueue, common),
    backendPods: labelled(transformBackendPod, enqueue, common),
  };
}

/** Whether all of a namespace was listed once: before that, what is not seen may be there all the same. */
export const isListed = (caches: Caches, namespace: string): boolean =>
  Object.values(caches).every(({ syncState }) => syncState.of(namespace).isSynced);

/**
 * Enqueues the profiles of each namespace once all of it is listed. A promise for each namespace: where one is refused,
 * the others are worked on.
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

/** The keys of a profile and of all that name the same Deployment. */
function keysAround(profiles: Cache<ObservedProfile>, profile: ObservedProfile | undefined): readonly string[] {
  if (profile === undefined) return [];
  const target = targetOf(profile);
  const rivals = target === undefined ? [] : profiles.byIndex(targetWord(profile.namespace, target));
  return [...new Set([profile, ...rivals].map(profileKey))];
}

/** Whether a profile says of itself that it waits, and can go on. */
function waitsForItsTurn({ status, spec, isDeleting }: ObservedProfile): boolean {
  const condition = status.conditions?.find(({ type }) => type === 'ProbeSucceeded');
  return condition?.reason === 'ProbeQueued' && !isDeleting && spec.kind === 'valid' && !spec.spec.suspend;
}

/** A cache of what selects pods. Nobody is told of a change: it is looked at before a probe starts. */
function selectors<T extends { readonly namespace: string }>(transform: (object: KubeObject) => T, common: Common) {
  return new Cache<T>({
    transform,
    index: ({ namespace }) => [inNamespace(namespace)],
    onChange: () => undefined,
    ...common,
  });
}

/** A cache of objects that name their profile in a label. */
function labelled<T extends { readonly namespace: string; readonly profile: string }>(
  transform: (object: Parameters<typeof transformConfigMap>[0]) => T,
  enqueue: (key: string) => void,
  common: Common,
) {
  const wordOf = ({ namespace, profile }: T) => `${namespace}/${profile}`;
  return new Cache<T>({
    transform,
    index: (value) => [wordOf(value)],
    onChange: (before, after) => {
      const value = after ?? before;
      if (value !== undefined) enqueue(wordOf(value));
    },
    ...common,
  });
}

type Taker = { apply(event: ReflectorEvent, namespace?: string): void };

/** Keeps all caches filled until the signal; `onError` is told what goes wrong on the way. */
export async function keepWatching(
  client: Client,
  caches: Caches,
  { namespaces, profileSelector }: Scope,
  signal: AbortSignal,
  onError: (path: string, error: Extract<ReflectorEvent, { kind: 'error' }>) => void,
): Promise<void> {
  const follow = async (cache: Taker, { path, namespace }: Collection, labelSelector: string | undefined) => {
    const source = { client, path, ...(labelSelector !== undefined && { labelSelector }) };
    for await (const event of reflect(source, signal)) {
      if (event.kind === 'error') onError(path, event);
      cache.apply(event, namespace);
    }
  };
  const keep = (cache: Taker, resource: Resource, labelSelector?: string) =>
    Promise.all(collectionsOf(resource, namespaces).map((target) => follow(cache, target, labelSelector)));
  await Promise.all([
    keep(caches.profiles, RESOURCES.DbPoolProfile, profileSelector),
    keep(caches.deployments, RESOURCES.Deployment),
    // Those of the profiles, and those that the probes of a namespace share.
    keep(caches.configMaps, RESOURCES.ConfigMap, `${LABEL.managedBy}=${FIELD_MANAGER}`),
    keep(caches.jobs, RESOURCES.Job, LABEL.probe),
    keep(caches.pods, RESOURCES.Pod, LABEL.probe),
    keep(caches.services, ONLY_WATCHED.Service),
    keep(caches.autoscalers, ONLY_WATCHED.HorizontalPodAutoscaler),
    keep(caches.disruptionBudgets, ONLY_WATCHED.PodDisruptionBudget),
    keep(caches.replicaSets, RESOURCES.ReplicaSet, LABEL.profile),
    keep(caches.backendPods, RESOURCES.Pod, LABEL.profile),
  ]);
}
