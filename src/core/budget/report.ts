/** What the status says about the session budget: condition WithinSessionBudget, column BUDGET, and why a rollout is held. */
import { exceedsLimit, type Fit } from './assess.ts';
import { available } from './limit.ts';
import { count } from '../model/count.ts';
import type { BackendUsage } from '../model/usage.ts';
import type { Hold, NameList, ScheduleEntry } from './schedule.ts';
import { explainFit, explainOwnSum, explainSum } from './explain.ts';

export type HoldReport = { readonly reason: Hold['kind']; readonly message: string };

export type BudgetReport = {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: 'WithinBudget' | 'BudgetExceeded' | 'LimitUnknown' | 'BudgetIgnored';
  readonly message: string;
  /** "fits", "over by 100 (680/580)", "no limit known" or "ignored". */
  readonly summary: string;
  /** Whether the numbers of the other backends are reported: where the rollout does not fit, or is held. */
  readonly showsOthers: boolean;
  /** Reason and message of `Ready` while the budget holds the rollout; else undefined. */
  readonly hold: HoldReport | undefined;
};

export function budgetReport({ backend, fit, redeployFit, hold }: ScheduleEntry): BudgetReport {
  if (backend.policy === 'Ignore') {
    const message = `${explainSum(fit.sum)}, not compared with a limit (spec.database.sessions.policy: Ignore)`;
    return {
      status: 'Unknown',
      reason: 'BudgetIgnored',
      message,
      summary: 'ignored',
      showsOthers: false,
      hold: undefined,
    };
  }
  const isUpToDate = backend.pools.phase === 'UpToDate';
  const unknown = explainUnknownLimit(backend);
  const later =
    isUpToDate || exceedsLimit(fit) || !exceedsLimit(redeployFit) ? '' : explainRedeploy(redeployFit, unknown);
  const showsOthers = exceedsLimit(fit) || hold !== undefined;
  const message = `${showsOthers ? explainFit(fit, unknown) : explainOwnSum(fit, unknown)}${later}`;
  return {
    ...statusAndReason(fit),
    message,
    summary: summaryOf(fit),
    showsOthers,
    hold: hold && explainHold(hold, message),
  };
}

function statusAndReason(fit: Fit): Pick<BudgetReport, 'status' | 'reason'> {
  if (fit.limit === undefined) return { status: 'Unknown', reason: 'LimitUnknown' };
  if (exceedsLimit(fit)) return { status: 'False', reason: 'BudgetExceeded' };
  return { status: 'True', reason: 'WithinBudget' };
}

/** "over by 100 (680/580)": 680 sessions of this peak and of the others, and 580 that the limit leaves beside the reserve. */
function summaryOf({ sum, otherSessions, limit, excess }: Fit): string {
  if (limit === undefined || excess === undefined) return 'no limit known';
  return excess <= 0 ? 'fits' : `over by ${excess} (${sum.sessions + otherSessions}/${available(limit)})`;
}

/** A rollout from a lower `max` may fit where the next one, which starts from the new `max`, does not. */
const explainRedeploy = (redeploy: Fit, unknown: string) =>
  `. A later rollout will not fit: ${explainFit(redeploy, unknown)}`;

const LIMITS_VIEW = 'V$RESOURCE_LIMIT';

/** Why no limit is known, and the remedy. */
function explainUnknownLimit({ database: { facts } }: BackendUsage): string {
  if (facts === undefined) return 'no probe has read one yet. Set spec.database.sessions.limit if none will';
  const { user = 'of the probe' } = facts;
  return facts.limits?.unreadableViews?.includes(LIMITS_VIEW) === true
    ? `user ${user} may not read ${LIMITS_VIEW}. Run GRANT SELECT ON V_$RESOURCE_LIMIT for it, or set spec.database.sessions.limit`
    : 'the database reports none. Set spec.database.sessions.limit';
}

function explainHold(hold: Hold, arithmetic: string): HoldReport {
  const { kind: reason } = hold;
  switch (hold.kind) {
    case 'BudgetExceeded':
      return { reason, message: `${arithmetic}. The rollout starts automatically when there is room` };
    case 'PodsTerminating': {
      const pods = count(hold.pods, 'pod');
      return { reason, message: `The rollout waits for ${pods} of an earlier rollout to terminate` };
    }
    case 'RolloutQueued':
      return { reason, message: `The rollout waits for others of the same database. ${explainQueue(hold)}` };
  }
}

/** "In progress: shop/orders. Next in the queue: shop/cart". */
function explainQueue({ rolling, ahead }: Extract<Hold, { kind: 'RolloutQueued' }>): string {
  const isNext = ahead.first.length === 0 && ahead.elsewhere === 0;
  const next = isNext ? '' : `. Next in the queue: ${formatNames(ahead)}`;
  return `In progress: ${formatNames(rolling)}${next}`;
}

/** "shop/orders, shop/cart and 2 more, 3 in other namespaces". */
function formatNames({ first, more, elsewhere }: NameList): string {
  const here = `${first.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
  return [here, elsewhere === 0 ? '' : `${elsewhere} in other namespaces`].filter((text) => text !== '').join(', ');
}
