/** The shapes on the wire: client-node's generated types, whose dates are strings here as they are in JSON. */
import type { CoreV1Event, V1PodDisruptionBudget, V1Service } from '@kubernetes/client-node';
import type {
  V1ConfigMap,
  V1Deployment,
  V2HorizontalPodAutoscaler,
  V1Job,
  V1Lease,
  V1MicroTime,
  V1ObjectMeta,
  V1Pod,
  V1ReplicaSet,
} from '@kubernetes/client-node';

export type Json<T> = T extends Date | V1MicroTime
  ? string
  : T extends readonly (infer U)[]
    ? Json<U>[]
    : T extends object
      ? { [K in keyof T]: Json<T[K]> }
      : T;

export type ObjectMeta = Json<V1ObjectMeta>;
export type ConfigMap = Json<V1ConfigMap>;
export type Deployment = Json<V1Deployment>;
export type HorizontalPodAutoscaler = Json<V2HorizontalPodAutoscaler>;
export type Job = Json<V1Job>;
export type Lease = Json<V1Lease>;
export type Pod = Json<V1Pod>;
export type ReplicaSet = Json<V1ReplicaSet>;
export type Service = Json<V1Service>;
export type PodDisruptionBudget = Json<V1PodDisruptionBudget>;
export type KubeEvent = Json<CoreV1Event>;

/** Any object, as a list or a watch delivers it. */
export type KubeObject = { readonly apiVersion?: string; readonly kind?: string; readonly metadata?: ObjectMeta };

/** An object with a name, which is the least that a cache can hold. */
export type NamedObject = KubeObject & { readonly metadata: ObjectMeta & { readonly name: string } };

export const isNamed = (value: unknown): value is NamedObject =>
  typeof (value as KubeObject | null | undefined)?.metadata?.name === 'string';

/** A kind of object as the API server serves it. */
export type Resource = { readonly apiVersion: string; readonly kind: string; readonly plural: string };

export const EVENTS = { apiVersion: 'v1', kind: 'Event', plural: 'events' } as const satisfies Resource;

/** The collection of a resource, over all namespaces or in one: `/apis/apps/v1/namespaces/shop/deployments`. */
export function collectionPath({ apiVersion, plural }: Resource, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

export function objectPath(resource: Resource, namespace: string, name: string): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** "namespace/name". */
export const objectKey = ({ metadata }: KubeObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
