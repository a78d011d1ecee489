/** How many pods a backend may have: from its strategy and its autoscaler to what a decision looks at. */
import { type Amount, DEFAULT_STRATEGY, type Strategy } from '../core/model/strategy.ts';
import type { Deployment, HorizontalPodAutoscaler, KubeObject } from '../kube/types.ts';

type DeploymentStrategy = NonNullable<Deployment['spec']>['strategy'];

export function strategyOf(strategy: DeploymentStrategy): Strategy {
  if (strategy?.type === 'Recreate') return { kind: 'Recreate' };
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  return {
    kind: 'RollingUpdate',
    maxSurge: amountOf(maxSurge) ?? DEFAULT_STRATEGY.maxSurge,
    maxUnavailable: amountOf(maxUnavailable) ?? DEFAULT_STRATEGY.maxUnavailable,
  };
}

/** A number, or a text like "25%"; what is neither is as if it were not there. */
function amountOf(amount: unknown): Amount | undefined {
  if (typeof amount === 'number' && amount >= 0) return amount;
  return typeof amount === 'string' && /^\d{1,6}%$/.test(amount) ? (amount as `${number}%`) : undefined;
}

export type ObservedAutoscaler = {
  readonly namespace: string;
  readonly name: string;
  /** The Deployment that it scales; undefined where it scales something else. */
  readonly target: string | undefined;
  readonly maxReplicas: number;
};

export function projectAutoscaler(object: KubeObject): ObservedAutoscaler {
  const { metadata, spec } = object as HorizontalPodAutoscaler;
  const { kind, name } = spec?.scaleTargetRef ?? {};
  return {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    target: kind === 'Deployment' ? name : undefined,
    maxReplicas: spec?.maxReplicas ?? 0,
  };
}
