/**
 * The sessions of one backend, summed over its pods. Nothing here knows a database or a limit.
 *
 * In a rollout these pods may exist at the same time: the new ones, the surge, and every old one until its grace period ends.
 * An autoscaler may scale all of them up to its maximum at any moment. Not counted are pods that an autoscaler removes and
 * replaces before the removed ones have ended.
 */
import { allowanceOf } from '../model/strategy.ts';
import type { PoolUsage } from '../model/usage.ts';

export type Role = 'running' | 'surge' | 'terminating';

/** Pods of one role, each with pools of up to `max` connections. */
export type Term = { readonly role: Role; readonly max: number; readonly pods: number };

/** `sessions` is the sum of `max x pods x poolsPerPod` over the terms. */
export type SessionSum = { readonly terms: readonly Term[]; readonly poolsPerPod: number; readonly sessions: number };

/**
 * The most sessions that the backend holds while no rollout starts, its terminating pods included. Where an automatic rollback
 * may bring back a larger `max`, that one counts.
 */
export function idleSessions(pools: PoolUsage): SessionSum {
  return sumOf(pools, [
    { role: 'running', max: Math.max(idleMax(pools), pools.rollbackMax ?? 0), pods: peakReplicas(pools) },
    { role: 'terminating', max: oldMaxOf(pools), pods: pools.pods.terminating },
  ]);
}

/** `idleSessions` once the terminating pods have ended. */
export const settledSessions = (pools: PoolUsage): SessionSum =>
  idleSessions({ ...pools, pods: { ...pools.pods, terminating: 0 } });

/** The largest `max` that a pod may have while no rollout starts. A rollout in progress may still be reversed. */
function idleMax(pools: PoolUsage): number {
  if (pools.phase === 'UpToDate') return pools.newMax;
  return isRolling(pools) ? Math.max(oldMaxOf(pools), pools.newMax) : oldMaxOf(pools);
}

/**
 * The usage of a backend right after its rollout to `max` has started. Its pods may still have any `max` that they had, or were
 * being rolled to.
 */
export const whileRollingTo = (pools: PoolUsage, max: number): PoolUsage => ({
  ...pools,
  phase: 'Rolling',
  newMax: max,
  oldMax: Math.max(idleMax(pools), pools.oldMax ?? 0),
  pods: { ...pools.pods, old: Math.max(pools.pods.old, pools.replicas), updated: 0 },
});

/** The most sessions that the backend holds during the rollout to `newMax`: the one in progress, else the next one. */
export function peakSessions(pools: PoolUsage): SessionSum {
  const replicas = peakReplicas(pools);
  const oldMax = oldMaxOf(pools);
  const largerMax = Math.max(oldMax, pools.newMax);
  const { surge } = allowanceOf(pools.strategy, replicas);
  // Recreate starts no new pod before the last old one has ended.
  if (pools.strategy.kind === 'Recreate') {
    return sumOf(pools, [
      { role: 'running', max: largerMax, pods: replicas },
      { role: 'terminating', max: oldMax, pods: extraOldPods(pools, replicas) },
    ]);
  }
  return sumOf(pools, [
    { role: 'running', max: pools.newMax, pods: replicas },
    // If the Deployment is scaled up or changed again during the rollout, surge pods may be old ones, too.
    { role: 'surge', max: largerMax, pods: surge },
    { role: 'terminating', max: oldMax, pods: replicas + extraOldPods(pools, replicas) },
  ]);
}

/** The most sessions during a later rollout that changes no pool setting, such as a new image, from `newMax` in all pods. */
export const redeploySessions = (pools: PoolUsage): SessionSum =>
  peakSessions({ ...pools, phase: 'UpToDate', oldMax: undefined, pods: { old: 0, terminating: 0 } });

/** The larger of `peakSessions` and `idleSessions`. Only `idleSessions` counts the settings that a rollback may bring back. */
export function worstCaseSessions(pools: PoolUsage): SessionSum {
  const [idle, peak] = [idleSessions(pools), peakSessions(pools)];
  return peak.sessions > idle.sessions ? peak : idle;
}

/** The most sessions that the pods hold which exist now. */
export function heldSessions(pools: PoolUsage): number {
  const { old, updated = 0, terminating } = pools.pods;
  const oldMax = oldMaxOf(pools);
  const updatedMax = pools.phase === 'UpToDate' || isRolling(pools) ? pools.newMax : oldMax;
  return (updatedMax * updated + oldMax * (old + terminating)) * pools.poolsPerPod;
}

/** What the backend counts for in the sums of others: its worst case while a rollout is in progress, else `idleSessions`. */
export const currentSessions = (pools: PoolUsage): SessionSum =>
  isRolling(pools) ? worstCaseSessions(pools) : idleSessions(pools);

/** Whether a rollout is in progress, also one that makes no progress. */
export const isRolling = ({ phase }: Pick<PoolUsage, 'phase'>): boolean => phase === 'Rolling' || phase === 'Stuck';

/**
 * Whether the rollout lowers `max`. Such a rollout is never held, because it is what frees sessions. `poolsPerPod` is not
 * compared: it is assumed to be the same in old pods, so a change that raises it together with a lower `max` passes as well.
 */
export const isLowering = ({ newMax, remainingMax }: PoolUsage): boolean =>
  remainingMax !== undefined && newMax < remainingMax;

/** The larger of the replicas and the autoscaler's maximum. */
export const peakReplicas = ({ replicas, maxReplicas }: PoolUsage): number => Math.max(replicas, maxReplicas ?? 0);

const oldMaxOf = ({ oldMax, newMax }: PoolUsage) => oldMax ?? newMax;

/** Old and terminating pods beyond one for each replica. During a rollout, terminating pods are taken to be its own old ones. */
function extraOldPods({ phase, strategy, pods }: PoolUsage, replicas: number): number {
  const { old, updated = 0, terminating } = pods;
  // With Recreate, a new pod shows that the old ones of this rollout have ended.
  if (strategy.kind === 'Recreate' && updated > 0) return old + terminating;
  return isRolling({ phase }) ? Math.max(0, old + terminating - replicas) : Math.max(0, old - replicas) + terminating;
}

function sumOf({ poolsPerPod }: PoolUsage, terms: readonly Term[]): SessionSum {
  const sessions = terms.reduce((sum, { max, pods }) => sum + max * pods * poolsPerPod, 0);
  return { terms, poolsPerPod, sessions };
}
