/** What every write needs: the client, and the caches, in which a write is visible as soon as the API server has answered. */
import type { Cache } from '../../kube/cache.ts';
import type { Client } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Caches } from '../watch/caches.ts';
import { RESOURCES } from '../watch/resources.ts';
import { ApiError, TransportError } from '../../kube/errors.ts';
import type { Conflicts } from './conflicts.ts';
import type { StatusRejections } from './status-rejections.ts';
import type { StatusThrottle } from './status-throttle.ts';

export type Writer = {
  readonly client: Client;
  readonly log: Log;
  readonly caches: Caches;
  readonly statusThrottle: StatusThrottle;
  readonly statusRejections: StatusRejections;
  readonly conflicts: Conflicts;
};

/** Whether no other write can succeed now, too: another process leads, or the API server asks to wait. */
export const stopsAllWrites = (error: unknown): boolean =>
  error instanceof ApiError ? error.isThrottled : !(error instanceof TransportError);

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
