/**
 * Who of a group may start its rollout, and what the others wait for. Each profile works it out for all of them from the
 * same data, so that they agree: who is being rolled keeps its peak, who is not keeps what it runs with, and those that
 * are ready come one after another in an order that does not change.
 */
import { exceedsLimit, assessRedeploy, assessRollout, type Fit } from './assess.ts';
import { groupLimits, type Ledger, ledgerOf, type Load } from './ledger.ts';
import { byId, idOf, type BackendUsage } from '../model/usage.ts';
import { settledSessions, worstCaseSessions, currentSessions, isLowering, isRolling } from './peak.ts';

export type Hold =
  /** The sum does not fit, and the policy is to enforce it. It goes on by itself when there is room. */
  | { readonly kind: 'BudgetExceeded' }
  /** Pods of an earlier rollout have not ended yet. */
  | { readonly kind: 'PodsTerminating'; readonly pods: number }
  /** Others are being rolled: as many as may at a time, or so many that their surge leaves no room for now. */
  | { readonly kind: 'RolloutQueued'; readonly rolling: NameList; readonly ahead: NameList };

/** Reasons of `Ready` by which a profile says that only the budget keeps it from being rolled. */
export const HOLDS = ['BudgetExceeded', 'PodsTerminating', 'RolloutQueued'] as const satisfies readonly Hold['kind'][];

/** The first few, and how many more there are: a message has an end. */
export type NameList = { readonly first: readonly string[]; readonly more: number };

const MAX_NAMES = 5;

export type ScheduleEntry = {
  readonly backend: BackendUsage;
  readonly fit: Fit;
  /** Of a later rollout with the wanted numbers everywhere. */
  readonly redeployFit: Fit;
  /** Why it may not start now; undefined where it may, or has nothing to start. */
  readonly hold: Hold | undefined;
};

/** One standing for each member, by namespace and name. `maxRollouts`: backends of one database that are rolled at a time. */
export function schedule(backends: readonly BackendUsage[], maxRollouts: number): readonly ScheduleEntry[] {
  const limits = groupLimits(backends);
  const settled = ledgerOf(backends, limits, settledLoad);
  const state: ScheduleState = {
    current: ledgerOf(backends, limits, currentLoad),
    afterRollouts: ledgerOf(backends, limits, afterRolloutsLoad),
    rolling: backends.filter(holdsExtraSessions).toSorted(byId),
    freeSlots: maxRollouts - backends.filter(({ pools }) => pools.phase === 'Rolling').length,
    queue: [],
  };
  const placements = new Map<BackendUsage, Placement>();
  for (const backend of backends.filter(({ pools }) => pools.phase === 'Due').toSorted(byQueueOrder)) {
    const placement = place(backend, state);
    placements.set(backend, placement);
    if (placement.hold === undefined) startRollout(backend, state);
    else if (placement.hold.kind === 'RolloutQueued') state.queue.push(backend);
  }
  return backends.toSorted(byId).map((backend) => {
    const ledger = isRolling(backend.pools) ? state.current : settled;
    const { fit, hold } = placements.get(backend) ?? { fit: assessRollout(backend, ledger), hold: undefined };
    return { backend, fit, redeployFit: assessRedeploy(backend, settled), hold };
  });
}

type Placement = Pick<ScheduleEntry, 'fit' | 'hold'>;

/** What those that come first in the line leave to the next. */
type ScheduleState = {
  /** Who is being rolled, or starts now, counts for its peak. */
  readonly current: Ledger;
  /** Once those are done that get on. */
  readonly afterRollouts: Ledger;
  readonly rolling: BackendUsage[];
  /** Who waits for its turn. */
  readonly queue: BackendUsage[];
  /** Rollouts that may still start. One that does not get on is counted, but takes no turn. */
  freeSlots: number;
};

function place(backend: BackendUsage, { current, afterRollouts, rolling, queue, freeSlots }: ScheduleState): Placement {
  const fit = assessRollout(backend, current);
  if (isExempt(backend)) return { fit, hold: undefined };
  const pods = backend.awaitedPods;
  if (pods > 0) return { fit, hold: { kind: 'PodsTerminating', pods } };
  const isEnforced = backend.policy === 'Enforce';
  const fitAfterRollouts = assessRollout(backend, afterRollouts);
  if (isEnforced && exceedsLimit(fitAfterRollouts)) return { fit: fitAfterRollouts, hold: { kind: 'BudgetExceeded' } };
  if ((freeSlots > 0 || backend.hasRolloutSlot) && !(isEnforced && exceedsLimit(fit))) return { fit, hold: undefined };
  const others = rolling.filter((other) => other !== backend);
  return { fit: fitAfterRollouts, hold: { kind: 'RolloutQueued', rolling: nameList(others), ahead: nameList(queue) } };
}

function startRollout(backend: BackendUsage, state: ScheduleState): void {
  state.current.set(backend, worstCaseSessions(backend.pools).sessions);
  state.afterRollouts.set(backend, settledLoad({ ...backend, pools: { ...backend.pools, phase: 'Rolling' } }));
  if (!state.rolling.includes(backend)) state.rolling.push(backend);
  state.freeSlots -= 1;
}

const nameList = (backends: readonly BackendUsage[]): NameList => ({
  first: backends.slice(0, MAX_NAMES).map(idOf),
  more: Math.max(0, backends.length - MAX_NAMES),
});

/** Nothing holds what lowers the total, nor what is told to ignore it. */
const isExempt = ({ policy, pools }: BackendUsage) => policy === 'Ignore' || isLowering(pools);

/** Holds more sessions than it will. */
const holdsExtraSessions = ({ pools }: BackendUsage) => isRolling(pools) || pools.pods.terminating > 0;

const currentLoad: Load = ({ pools }) => currentSessions(pools).sessions;

/** Pods that terminate are no reason to tell everybody other numbers all the time. */
const settledLoad: Load = ({ pools }) => settledSessions(pools).sessions;

/** Of one that does not get on nobody knows when it will be done: its peak is room that nobody's turn brings back. */
const afterRolloutsLoad: Load = (backend) =>
  backend.pools.phase === 'Stuck' ? currentLoad(backend) : settledLoad(backend);

/**
 * First those that nothing holds, then who is being rolled already (the others wait for it), then those that were rolled
 * before, then newcomers; of these, the oldest profile first.
 */
function byQueueOrder(one: BackendUsage, other: BackendUsage): number {
  const rank = (backend: BackendUsage) =>
    [isExempt(backend), backend.hasRolloutSlot, backend.wasRolledBefore, true].indexOf(true);
  return rank(one) - rank(other) || one.createdAt - other.createdAt || byId(one, other);
}
