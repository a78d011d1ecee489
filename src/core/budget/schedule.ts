/**
 * Which backends of a group may start their rollouts now, and what the others wait for. Each reconcile computes the schedule of
 * the whole group from the same data, so all profiles get the same one. A backend whose rollout is in progress counts for its
 * peak, any other for what its pods use now. Due rollouts start in a fixed order, at most `maxRollouts` at a time.
 */
import { exceedsLimit, assessRedeploy, assessRollout, type Fit } from './assess.ts';
import { groupLimits, type Ledger, ledgerOf, type Load } from './ledger.ts';
import { byId, idOf, type BackendUsage } from '../model/usage.ts';
import { settledSessions, worstCaseSessions, currentSessions, isLowering, isRolling } from './peak.ts';

export type Hold =
  /** Under the policy `Enforce`: the rollout does not fit, even after the rollouts that are in progress. */
  | { readonly kind: 'BudgetExceeded' }
  /** Pods of an earlier rollout of this backend still terminate. */
  | { readonly kind: 'PodsTerminating'; readonly pods: number }
  /** Other rollouts are in progress: as many as are allowed at a time, or their peaks leave no room until they are done. */
  | { readonly kind: 'RolloutQueued'; readonly rolling: NameList; readonly ahead: NameList };

/** The first `MAX_NAMES` of the own namespace, "namespace/name", and how many more there are there, and in other namespaces. */
export type NameList = { readonly first: readonly string[]; readonly more: number; readonly elsewhere: number };

const MAX_NAMES = 5;

export type ScheduleEntry = {
  readonly backend: BackendUsage;
  /** For the rollout to the new settings; for a redeploy where the backend is up to date. */
  readonly fit: Fit;
  /** For a later rollout that changes no pool setting. */
  readonly redeployFit: Fit;
  /** Why the rollout may not start now; undefined where it may, or none is due. */
  readonly hold: Hold | undefined;
};

export type ScheduleLimits = {
  /** Rollouts that may be in progress at a time. */
  readonly maxRollouts: number;
  /** Sessions that an administrator gives to all backends of the group together. */
  readonly groupLimit?: number | undefined;
};

/** One entry for each backend of a group, by namespace and name. */
export function schedule(
  backends: readonly BackendUsage[],
  { maxRollouts, groupLimit }: ScheduleLimits,
): readonly ScheduleEntry[] {
  const limits = groupLimits(backends, groupLimit);
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

/** What the backends earlier in the queue leave to the next one. */
type ScheduleState = {
  /** Each backend as it counts now: for its peak where its rollout is in progress, or starts now. */
  readonly current: Ledger;
  /** Each backend as it will count when all rollouts but the stuck ones are done. */
  readonly afterRollouts: Ledger;
  /** Backends that hold more sessions than they will: in a rollout, or with terminating pods. */
  readonly rolling: BackendUsage[];
  /** Backends with the hold `RolloutQueued`. */
  readonly queue: BackendUsage[];
  /** Rollouts that may still start. A stuck one takes no slot; below 0 where more are in progress than allowed. */
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
  return {
    fit: fitAfterRollouts,
    hold: { kind: 'RolloutQueued', rolling: nameList(others, backend), ahead: nameList(queue, backend) },
  };
}

function startRollout(backend: BackendUsage, state: ScheduleState): void {
  state.current.set(backend, worstCaseSessions(backend.pools).sessions);
  state.afterRollouts.set(backend, settledLoad({ ...backend, pools: { ...backend.pools, phase: 'Rolling' } }));
  if (!state.rolling.includes(backend)) state.rolling.push(backend);
  state.freeSlots -= 1;
}

/** A namespace learns nothing of another but how many there are. */
function nameList(backends: readonly BackendUsage[], { namespace }: BackendUsage): NameList {
  const here = backends.filter((one) => one.namespace === namespace);
  return {
    first: here.slice(0, MAX_NAMES).map(idOf),
    more: Math.max(0, here.length - MAX_NAMES),
    elsewhere: backends.length - here.length,
  };
}

/** Backends that nothing here holds: they lower `max`, or their policy is `Ignore`. */
const isExempt = ({ policy, pools }: BackendUsage) => policy === 'Ignore' || isLowering(pools);

const holdsExtraSessions = ({ pools }: BackendUsage) => isRolling(pools) || pools.pods.terminating > 0;

const currentLoad: Load = ({ pools, stuckSessions }) => stuckSessions ?? currentSessions(pools).sessions;

/** Without terminating pods: otherwise each pod that ends would change the status of every profile of the group. */
const settledLoad: Load = ({ pools }) => settledSessions(pools).sessions;

/** Nobody knows when a stuck rollout will be done, so waiting does not free the sessions of its peak. */
const afterRolloutsLoad: Load = (backend) =>
  backend.pools.phase === 'Stuck' ? currentLoad(backend) : (backend.stuckSessions ?? settledLoad(backend));

/**
 * Sorts by when a rollout may start: exempt ones first, then those whose rollout is in progress already (the others wait for
 * them), then backends that were rolled before, then newcomers. Within each, the oldest profile comes first.
 */
function byQueueOrder(one: BackendUsage, other: BackendUsage): number {
  const rank = (backend: BackendUsage) =>
    [isExempt(backend), backend.hasRolloutSlot, backend.wasRolledBefore, true].indexOf(true);
  return rank(one) - rank(other) || one.createdAt - other.createdAt || byId(one, other);
}
