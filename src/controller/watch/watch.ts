/** Keeps the caches up to date: which collections are listed and watched, with which label selector. */
import { FIELD_MANAGER, LABEL } from '../../core/model/naming.ts';
import type { Client } from '../../kube/client.ts';
import { type Collection, collectionsOf, type Namespaces } from '../../kube/namespaces.ts';
import { reflect, type ReflectorEvent } from '../../kube/reflector.ts';
import type { Resource } from '../../kube/types.ts';
import { ALL_NAMESPACES } from '../../kube/sync-state.ts';
import type { Caches } from './caches.ts';
import { READ_ONLY, RESOURCES } from './resources.ts';
import { readUnread, untilAborted } from './unread.ts';

/** Which part of the cluster is watched. */
export type Scope = {
  readonly namespaces: Namespaces;
  /** A label selector; profiles that it leaves out are as if they were not there. */
  readonly profileSelector: string | undefined;
};

type EventTarget = { apply(event: ReflectorEvent, namespace?: string): void };

/** Keeps all caches filled until the signal; `onError` is called with each failed list or watch, which is then retried. */
export async function runWatches(
  client: Client,
  { caches, scope }: { readonly caches: Caches; readonly scope: Scope },
  signal: AbortSignal,
  onError: (path: string, error: Extract<ReflectorEvent, { kind: 'error' }>) => void,
): Promise<void> {
  const { namespaces, profileSelector } = scope;
  const aborted = untilAborted(signal);
  const follow = async (cache: EventTarget, { path, namespace }: Collection, labelSelector?: string) => {
    const source = { client, path, ...(labelSelector !== undefined && { labelSelector }) };
    for await (const event of reflect(source, signal)) {
      if (event.kind === 'error') onError(path, event);
      cache.apply(event, namespace);
    }
  };
  const watch = (cache: EventTarget, resource: Resource, labelSelector?: string) =>
    Promise.all(collectionsOf(resource, namespaces).map((target) => follow(cache, target, labelSelector)));
  // Deployments are kept that a profile names.
  const followDeployments = async (collection: Collection) => {
    await Promise.race([caches.profiles.syncState.synced(collection.namespace ?? ALL_NAMESPACES), aborted]);
    await follow(caches.deployments, collection);
  };
  await Promise.all([
    watch(caches.profiles, RESOURCES.DbPoolProfile, profileSelector),
    ...collectionsOf(RESOURCES.Deployment, namespaces).map(followDeployments),
    readUnread(client, caches.deployments, signal, onError),
    // The ConfigMaps of the profiles, and those that all probes of a namespace share.
    watch(caches.configMaps, RESOURCES.ConfigMap, `${LABEL.managedBy}=${FIELD_MANAGER}`),
    watch(caches.jobs, RESOURCES.Job, LABEL.probe),
    watch(caches.pods, RESOURCES.Pod, LABEL.probe),
    watch(caches.autoscalers, READ_ONLY.HorizontalPodAutoscaler),
    watch(caches.replicaSets, RESOURCES.ReplicaSet, LABEL.profile),
    watch(caches.backendPods, RESOURCES.Pod, LABEL.profile),
  ]);
}
