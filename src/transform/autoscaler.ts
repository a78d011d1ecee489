/** From a HorizontalPodAutoscaler to ObservedAutoscaler: the Deployment that it scales, and up to how many pods. */
import type { KubeObject } from '../kube/types.ts';
import { asAutoscaler } from './kinds.ts';

export type ObservedAutoscaler = {
  readonly namespace: string;
  readonly name: string;
  /** The Deployment that it scales. */
  readonly target: string;
  readonly maxReplicas: number;
};

/** Undefined where it scales something else. */
export function transformAutoscaler(object: KubeObject): ObservedAutoscaler | undefined {
  const { metadata, spec } = asAutoscaler(object);
  const { kind, name: target } = spec?.scaleTargetRef ?? {};
  if (kind !== 'Deployment' || target === undefined) return undefined;
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    target,
    maxReplicas: spec?.maxReplicas ?? 0,
  };
}
