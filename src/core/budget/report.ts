/** What the status says of a profile's place in its budget: the condition WithinSessionBudget, the column PEAK, and why it is held. */
import { isTooMuch, type Judgement } from './assess.ts';
import type { Member } from '../model/usage.ts';
import type { Hold, Names, Standing } from './schedule.ts';
import { judgementInWords, sumInWords } from './explain.ts';

export type Said = { readonly reason: string; readonly message: string };

export type BudgetReport = Said & {
  readonly status: 'True' | 'False' | 'Unknown';
  /** Sessions at the peak, of those that the limit allows: "560/600"; alone where none is known. */
  readonly peak: string;
  /** Why the rollout may not start; undefined where the budget does not hold it. */
  readonly hold: Said | undefined;
};

export function reportOf({ member, judgement, redeploy, hold }: Standing): BudgetReport {
  const peak = peakOf(judgement);
  if (member.policy === 'Ignore') {
    const message = `${sumInWords(judgement.sum)}: not judged (database.sessions.policy: Ignore)`;
    return { status: 'Unknown', reason: 'BudgetIgnored', message, peak, hold: undefined };
  }
  const isAll = member.use.phase === 'Done';
  const unknown = unknownInWords(member);
  const later = isAll || isTooMuch(judgement) || !isTooMuch(redeploy) ? '' : laterInWords(redeploy, unknown);
  const message = `${judgementInWords(judgement, unknown)}${later}`;
  return { ...verdictOf(judgement), message, peak, hold: hold && holdInWords(hold, message) };
}

function verdictOf(judgement: Judgement): Pick<BudgetReport, 'status' | 'reason'> {
  if (judgement.limit === undefined) return { status: 'Unknown', reason: 'LimitUnknown' };
  if (isTooMuch(judgement)) return { status: 'False', reason: 'BudgetExceeded' };
  return { status: 'True', reason: 'WithinBudget' };
}

const peakOf = ({ sum, limit }: Judgement) =>
  limit === undefined ? String(sum.sessions) : `${sum.sessions}/${limit.value}`;

/** A rollout from fewer connections may fit where the next one, from what it brings, does not. */
const laterInWords = (redeploy: Judgement, unknown: string) =>
  `. The next rollout after it does not fit: ${judgementInWords(redeploy, unknown)}`;

const LIMITS_VIEW = 'V$RESOURCE_LIMIT';

/** Why no limit is known, and what to do about it. */
function unknownInWords({ database: { learnt } }: Member): string {
  const give = 'give database.sessions.limit';
  if (learnt === undefined) return `no probe has asked the database yet; ${give} where none does`;
  return learnt.limits?.unreadableViews?.includes(LIMITS_VIEW) === true
    ? `the user is not permitted to read ${LIMITS_VIEW}; grant it, or ${give}`
    : `the database tells none; ${give}`;
}

function holdInWords(hold: Hold, arithmetic: string): Said {
  const { kind: reason } = hold;
  switch (hold.kind) {
    case 'BudgetExceeded':
      return { reason, message: `${arithmetic}. It is rolled by itself once there is room` };
    case 'PodsTerminating':
      return { reason, message: `${hold.pods} pods of an earlier rollout still terminate: their end is awaited` };
    case 'RolloutQueued': {
      const line = hold.ahead.first.length === 0 ? '' : `, then ${namesInWords(hold.ahead)}`;
      return {
        reason,
        message: `Backends of its database are rolled one after another: now ${namesInWords(hold.rolling)}${line}`,
      };
    }
  }
}

const namesInWords = ({ first, more }: Names) => `${first.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
