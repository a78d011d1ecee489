/**
 * The sessions of one backend: the sum over its pods of the max that each runs with. Knows neither databases nor limits.
 *
 * A rollout's pods, all of which may live at once: those of the new template; the surge; and every old one, which ends
 * only after its grace period. An autoscaler may take all of it to its own maximum at any moment of the rollout. What is
 * not counted: pods that it takes away and brings back before those that it took have ended.
 */
import { allowanceOf } from '../model/strategy.ts';
import type { PoolUse } from '../model/usage.ts';
export type Role = 'running' | 'surge' | 'terminating';

/** Pods of one role, each with pools of up to `max` connections. */
export type Part = { readonly role: Role; readonly max: number; readonly pods: number };

export type Sum = { readonly parts: readonly Part[]; readonly poolsPerPod: number; readonly sessions: number };

/** What the backend may hold while nobody rolls it. What it may have to go back to is kept for it. */
export function atRest(use: PoolUse): Sum {
  return sumOf(use, [
    { role: 'running', max: Math.max(restingMaxOf(use), use.fallbackMax ?? 0), pods: mostReplicas(use) },
    { role: 'terminating', max: runningMaxOf(use), pods: use.pods.terminating },
  ]);
}

/** The same once the pods that terminate have ended. */
export const atCalm = (use: PoolUse): Sum => atRest({ ...use, pods: { ...use.pods, terminating: 0 } });

/** In the middle of a rollout there are both kinds, and it may go either way. */
function restingMaxOf(use: PoolUse): number {
  if (use.phase === 'Done') return use.wantedMax;
  return isRolling(use) ? Math.max(runningMaxOf(use), use.wantedMax) : runningMaxOf(use);
}

/** The same backend in a rollout to `max` from wherever it is now: its pods may run all that they ran or were brought to. */
export const onTheWayTo = (use: PoolUse, max: number): PoolUse => ({
  ...use,
  phase: 'Rolling',
  wantedMax: max,
  runningMax: Math.max(restingMaxOf(use), use.runningMax ?? 0),
  pods: { ...use.pods, old: Math.max(use.pods.old, use.replicas), fresh: 0 },
});

/** What it may hold at the peak of the rollout to the wanted numbers: of the one that comes, or of the one that is in progress. */
export function atPeak(use: PoolUse): Sum {
  const replicas = mostReplicas(use);
  const running = runningMaxOf(use);
  const larger = Math.max(running, use.wantedMax);
  const { surge } = allowanceOf(use.strategy, replicas);
  // Recreate starts no new pod before the last old one has ended.
  if (use.strategy.kind === 'Recreate') {
    return sumOf(use, [
      { role: 'running', max: larger, pods: replicas },
      { role: 'terminating', max: running, pods: besides(use, replicas) },
    ]);
  }
  return sumOf(use, [
    { role: 'running', max: use.wantedMax, pods: replicas },
    // Scaled up or overtaken in the middle of a rollout, there are surge pods of the old kind, too.
    { role: 'surge', max: larger, pods: surge },
    { role: 'terminating', max: running, pods: replicas + besides(use, replicas) },
  ]);
}

/** What a later rollout takes that changes nothing of the pool, with the wanted numbers everywhere: a new image. */
export const atRedeploy = (use: PoolUse): Sum =>
  atPeak({ ...use, phase: 'Done', runningMax: undefined, pods: { old: 0, terminating: 0 } });

/** The same, but no less than at rest: what it may have to go back to is kept for it also on its way. */
export function atMost(use: PoolUse): Sum {
  const [rest, peak] = [atRest(use), atPeak(use)];
  return peak.sessions > rest.sessions ? peak : rest;
}

/** What it counts for in the sum of the others: its peak while it is being rolled. */
export const atPresent = (use: PoolUse): Sum => (isRolling(use) ? atMost(use) : atRest(use));

export const isRolling = ({ phase }: Pick<PoolUse, 'phase'>): boolean => phase === 'Rolling' || phase === 'Stuck';

/**
 * Whether its total goes down: such a change is the cure, and nothing holds it. `poolsPerPod` is on both sides, since it is
 * taken to be so of old pods, too: to raise it together with a lower max passes for lowering.
 */
export const isLowering = ({ wantedMax, stayingMax }: PoolUse): boolean =>
  stayingMax !== undefined && wantedMax < stayingMax;

export const mostReplicas = ({ replicas, maxReplicas }: PoolUse): number => Math.max(replicas, maxReplicas ?? 0);

const runningMaxOf = ({ runningMax, wantedMax }: PoolUse) => runningMax ?? wantedMax;

/** Old pods besides one for each replica. In a rollout, those that terminate are most likely its own. */
function besides({ phase, strategy, pods }: PoolUse, replicas: number): number {
  const { old, fresh = 0, terminating } = pods;
  // With Recreate, new pods are a sign that the rollout's own old ones have ended.
  if (strategy.kind === 'Recreate' && fresh > 0) return old + terminating;
  return isRolling({ phase }) ? Math.max(0, old + terminating - replicas) : Math.max(0, old - replicas) + terminating;
}

function sumOf({ poolsPerPod }: PoolUse, parts: readonly Part[]): Sum {
  const sessions = parts.reduce((sum, { max, pods }) => sum + max * pods * poolsPerPod, 0);
  return { parts, poolsPerPod, sessions };
}
