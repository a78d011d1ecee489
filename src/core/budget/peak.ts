/**
 * The sessions of one backend: the sum over its pods of the max that each runs with. Knows neither databases nor limits.
 *
 * A rollout's pods, all of which may live at once: those of the new template; the surge; and every old one, which ends
 * only after its grace period. An autoscaler may take all of it to its own maximum at any moment of the rollout. What is
 * not counted: pods that it takes away and brings back before those that it took have ended.
 */
import { allowanceOf } from '../model/strategy.ts';
import type { PoolUsage } from '../model/usage.ts';
export type Role = 'running' | 'surge' | 'terminating';

/** Pods of one role, each with pools of up to `max` connections. */
export type Term = { readonly role: Role; readonly max: number; readonly pods: number };

export type SessionSum = { readonly terms: readonly Term[]; readonly poolsPerPod: number; readonly sessions: number };

/** What the backend may hold while nobody rolls it. What it may have to go back to is kept for it. */
export function idleSessions(pools: PoolUsage): SessionSum {
  return sumOf(pools, [
    { role: 'running', max: Math.max(idleMax(pools), pools.rollbackMax ?? 0), pods: peakReplicas(pools) },
    { role: 'terminating', max: oldMaxOf(pools), pods: pools.pods.terminating },
  ]);
}

/** The same once the pods that terminate have ended. */
export const settledSessions = (pools: PoolUsage): SessionSum =>
  idleSessions({ ...pools, pods: { ...pools.pods, terminating: 0 } });

/** In the middle of a rollout there are both kinds, and it may go either way. */
function idleMax(pools: PoolUsage): number {
  if (pools.phase === 'UpToDate') return pools.newMax;
  return isRolling(pools) ? Math.max(oldMaxOf(pools), pools.newMax) : oldMaxOf(pools);
}

/** The same backend in a rollout to `max` from wherever it is now: its pods may run all that they ran or were brought to. */
export const whileRollingTo = (pools: PoolUsage, max: number): PoolUsage => ({
  ...pools,
  phase: 'Rolling',
  newMax: max,
  oldMax: Math.max(idleMax(pools), pools.oldMax ?? 0),
  pods: { ...pools.pods, old: Math.max(pools.pods.old, pools.replicas), updated: 0 },
});

/** What it may hold at the peak of the rollout to the wanted numbers: of the one that comes, or of the one that is in progress. */
export function peakSessions(pools: PoolUsage): SessionSum {
  const replicas = peakReplicas(pools);
  const running = oldMaxOf(pools);
  const larger = Math.max(running, pools.newMax);
  const { surge } = allowanceOf(pools.strategy, replicas);
  // Recreate starts no new pod before the last old one has ended.
  if (pools.strategy.kind === 'Recreate') {
    return sumOf(pools, [
      { role: 'running', max: larger, pods: replicas },
      { role: 'terminating', max: running, pods: extraOldPods(pools, replicas) },
    ]);
  }
  return sumOf(pools, [
    { role: 'running', max: pools.newMax, pods: replicas },
    // Scaled up or overtaken in the middle of a rollout, there are surge pods of the old kind, too.
    { role: 'surge', max: larger, pods: surge },
    { role: 'terminating', max: running, pods: replicas + extraOldPods(pools, replicas) },
  ]);
}

/** What a later rollout takes that changes nothing of the pool, with the wanted numbers everywhere: a new image. */
export const redeploySessions = (pools: PoolUsage): SessionSum =>
  peakSessions({ ...pools, phase: 'UpToDate', oldMax: undefined, pods: { old: 0, terminating: 0 } });

/** The same, but no less than at rest: what it may have to go back to is kept for it also on its way. */
export function worstCaseSessions(pools: PoolUsage): SessionSum {
  const [rest, peak] = [idleSessions(pools), peakSessions(pools)];
  return peak.sessions > rest.sessions ? peak : rest;
}

/** What it counts for in the sum of the others: its peak while it is being rolled. */
export const currentSessions = (pools: PoolUsage): SessionSum =>
  isRolling(pools) ? worstCaseSessions(pools) : idleSessions(pools);

export const isRolling = ({ phase }: Pick<PoolUsage, 'phase'>): boolean => phase === 'Rolling' || phase === 'Stuck';

/**
 * Whether its total goes down: such a change is the cure, and nothing holds it. `poolsPerPod` is on both sides, since it is
 * taken to be so of old pods, too: to raise it together with a lower max passes for lowering.
 */
export const isLowering = ({ newMax, remainingMax }: PoolUsage): boolean =>
  remainingMax !== undefined && newMax < remainingMax;

export const peakReplicas = ({ replicas, maxReplicas }: PoolUsage): number => Math.max(replicas, maxReplicas ?? 0);

const oldMaxOf = ({ oldMax, newMax }: PoolUsage) => oldMax ?? newMax;

/** Old pods besides one for each replica. In a rollout, those that terminate are most likely its own. */
function extraOldPods({ phase, strategy, pods }: PoolUsage, replicas: number): number {
  const { old, updated = 0, terminating } = pods;
  // With Recreate, new pods are a sign that the rollout's own old ones have ended.
  if (strategy.kind === 'Recreate' && updated > 0) return old + terminating;
  return isRolling({ phase }) ? Math.max(0, old + terminating - replicas) : Math.max(0, old - replicas) + terminating;
}

function sumOf({ poolsPerPod }: PoolUsage, parts: readonly Term[]): SessionSum {
  const sessions = parts.reduce((sum, { max, pods }) => sum + max * pods * poolsPerPod, 0);
  return { terms: parts, poolsPerPod, sessions };
}
