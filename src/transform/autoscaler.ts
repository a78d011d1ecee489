/** From a HorizontalPodAutoscaler to ObservedAutoscaler: the Deployment that it scales, and up to how many pods. */
import type { HorizontalPodAutoscaler, KubeObject } from '../kube/types.ts';

export type ObservedAutoscaler = {
  readonly namespace: string;
  readonly name: string;
  /** The Deployment that it scales; undefined where it scales something else. */
  readonly target: string | undefined;
  readonly maxReplicas: number;
};

export function transformAutoscaler(object: KubeObject): ObservedAutoscaler {
  const { metadata, spec } = object as HorizontalPodAutoscaler;
  const { kind, name } = spec?.scaleTargetRef ?? {};
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    target: kind === 'Deployment' ? name : undefined,
    maxReplicas: spec?.maxReplicas ?? 0,
  };
}
