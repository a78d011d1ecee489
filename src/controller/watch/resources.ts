/** Where the API server serves the kinds that the operator works with. */
import type { Resource } from '../../kube/types.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../../api/v1alpha1.ts';

/** Kinds that the operator watches and, but for pods and ReplicaSets, writes. */
export const RESOURCES = {
  DbPoolProfile: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, plural: PLURAL },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  Job: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' },
  ReplicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets' },
} as const satisfies Record<string, Resource>;

/** Kinds that the operator only reads. */
export const READ_ONLY = {
  Service: { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  HorizontalPodAutoscaler: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    plural: 'horizontalpodautoscalers',
  },
  PodDisruptionBudget: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets' },
} as const satisfies Record<string, Resource>;
