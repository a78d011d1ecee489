/** How a Deployment replaces its pods. */

/** A number of pods, or a percentage of the replicas ("25%"): Kubernetes' IntOrString. */
export type IntOrPercent = number | `${number}%`;

export type Strategy =
  | { readonly kind: 'Recreate' }
  | { readonly kind: 'RollingUpdate'; readonly maxSurge: IntOrPercent; readonly maxUnavailable: IntOrPercent };

/** The API server's default. */
export const DEFAULT_STRATEGY = {
  kind: 'RollingUpdate',
  maxSurge: '25%',
  maxUnavailable: '25%',
} as const satisfies Strategy;

/** Pods that a rollout may have above and below `replicas`. */
export type Allowance = { readonly surge: number; readonly unavailable: number };

/**
 * Rounds as the Deployment controller does: a percentage up for the surge, and down for the unavailable pods. Where both come
 * to 0, one pod may be unavailable; otherwise the rollout could not start.
 */
export function allowanceOf(strategy: Strategy, replicas: number): Allowance {
  if (strategy.kind === 'Recreate') return { surge: 0, unavailable: replicas };
  const surge = Math.ceil(toPods(strategy.maxSurge, replicas));
  const unavailable = Math.floor(toPods(strategy.maxUnavailable, replicas));
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

const toPods = (amount: IntOrPercent, replicas: number) =>
  typeof amount === 'number' ? amount : (replicas * Number.parseFloat(amount)) / 100;
