/** What every write needs: the client, and the caches, in which a write is visible as soon as the API server has answered. */
import type { Cache } from '../../kube/cache.ts';
import type { Client } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Caches } from '../watch/caches.ts';
import { RESOURCES } from '../watch/resources.ts';
import type { StatusThrottle } from './status-throttle.ts';

export type Writer = {
  readonly client: Client;
  readonly log: Log;
  readonly caches: Caches;
  readonly statusThrottle: StatusThrottle;
};

/** Puts an object from the response to a write into its cache, before a watch reports it. */
export function updateCache(caches: Caches, object: KubeObject): void {
  const byKind: Record<keyof typeof RESOURCES, Pick<Cache<unknown>, 'recordWrite'>> = {
    DbPoolProfile: caches.profiles,
    Deployment: caches.deployments,
    ConfigMap: caches.configMaps,
    Job: caches.jobs,
    Pod: caches.pods,
    ReplicaSet: caches.replicaSets,
  };
  if (isKnownKind(object.kind)) byKind[object.kind].recordWrite(object);
}

const isKnownKind = (kind: string | undefined): kind is keyof typeof RESOURCES =>
  kind !== undefined && kind in RESOURCES;

/** Throws where the operator writes no objects of this kind. */
export function resourceOf(kind: string) {
  if (!isKnownKind(kind)) throw new Error(`the operator has no resource for kind ${kind}`);
  return RESOURCES[kind];
}
