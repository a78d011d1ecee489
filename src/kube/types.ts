/** Kubernetes objects as they are in JSON: client-node's generated types, but with dates as strings. */
import type {
  CoreV1Event,
  V1ConfigMap,
  V1Deployment,
  V2HorizontalPodAutoscaler,
  V1Job,
  V1Lease,
  V1MicroTime,
  V1ObjectMeta,
  V1Pod,
  V1PodDisruptionBudget,
  V1ReplicaSet,
  V1Service,
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

/** Any object of a list or a watch. */
export type KubeObject = { readonly apiVersion?: string; readonly kind?: string; readonly metadata?: ObjectMeta };

/** An object with a name, and with texts where a cache reads them: a cache can hold no other. */
export type NamedObject = KubeObject & { readonly metadata: ObjectMeta & { readonly name: string } };

export function isNamed(value: unknown): value is NamedObject {
  const {
    name,
    namespace = '',
    uid = '',
    resourceVersion = '',
  } = (value as KubeObject | null | undefined)?.metadata ?? {};
  return [name, namespace, uid, resourceVersion].every((text: unknown) => typeof text === 'string');
}

/** A kind of object, and where the API server serves it. */
export type Resource = { readonly apiVersion: string; readonly kind: string; readonly plural: string };

export const EVENTS = { apiVersion: 'v1', kind: 'Event', plural: 'events' } as const satisfies Resource;

/** The key of an object in caches and queues: "namespace/name". */
export const objectKey = ({ metadata }: KubeObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
