/** How a Deployment replaces its pods: how many more than wanted, how many fewer, rounded as its controller does. */

/** A number of pods, or a share of the replicas: "25%". */
export type IntOrPercent = number | `${number}%`;

export type Strategy =
  | { readonly kind: 'Recreate' }
  | { readonly kind: 'RollingUpdate'; readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent };

/** What Kubernetes takes where a Deployment says nothing. */
export const DEFAULT_STRATEGY = {
  kind: 'RollingUpdate',
  maxSurge: '25%',
  maxUnavailable: '25%',
} as const satisfies Strategy;

export type Allowance = { readonly surge: number; readonly unavailable: number };

/**
 * Pods that a rollout may have above and below `replicas`. A share is rounded up for the surge and down for the
 * unavailable; where both come to nothing, one may be unavailable, or it would never begin.
 */
export function allowanceOf(strategy: Strategy, replicas: number): Allowance {
  if (strategy.kind === 'Recreate') return { surge: 0, unavailable: replicas };
  const surge = Math.ceil(podsOf(strategy.maxSurge, replicas));
  const unavailable = Math.floor(podsOf(strategy.maxUnavailable, replicas));
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

const podsOf = (amount: IntOrPercent, replicas: number) =>
  typeof amount === 'number' ? amount : (replicas * Number.parseFloat(amount)) / 100;
