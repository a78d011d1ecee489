/**
 * Who of a group may start its rollout, and what the others wait for. Each profile works it out for all of them from the
 * same data, so that they agree: who is being rolled keeps its peak, who is not keeps what it runs with, and those that
 * are ready come one after another in an order that does not change.
 */
import { isTooMuch, judgeRedeploy, judgeRollout, type Judgement } from './assess.ts';
import { boundsOf, type Ledger, ledgerOf, type Load } from './ledger.ts';
import { byId, idOf, type Member } from '../model/usage.ts';
import { atCalm, atMost, atPresent, isLowering, isRolling } from './peak.ts';

export type Hold =
  /** The sum does not fit, and the policy is to enforce it. It goes on by itself when there is room. */
  | { readonly kind: 'BudgetExceeded' }
  /** Pods of an earlier rollout have not ended yet. */
  | { readonly kind: 'PodsTerminating'; readonly pods: number }
  /** Others are being rolled: as many as may at a time, or so many that their surge leaves no room for now. */
  | { readonly kind: 'RolloutQueued'; readonly rolling: Names; readonly ahead: Names };

/** Reasons of `Ready` by which a profile says that only the budget keeps it from being rolled. */
export const HOLDS = ['BudgetExceeded', 'PodsTerminating', 'RolloutQueued'] as const satisfies readonly Hold['kind'][];

/** The first few, and how many more there are: a message has an end. */
export type Names = { readonly first: readonly string[]; readonly more: number };

const MOST_NAMED = 5;

export type Standing = {
  readonly member: Member;
  readonly judgement: Judgement;
  /** Of a later rollout with the wanted numbers everywhere. */
  readonly redeploy: Judgement;
  /** Why it may not start now; undefined where it may, or has nothing to start. */
  readonly hold: Hold | undefined;
};

/** One standing for each member, by namespace and name. `mostRollouts`: backends of one database that are rolled at a time. */
export function schedule(members: readonly Member[], mostRollouts: number): readonly Standing[] {
  const bounds = boundsOf(members);
  const calm = ledgerOf(members, bounds, calmLoad);
  const line: Line = {
    present: ledgerOf(members, bounds, presentLoad),
    afterwards: ledgerOf(members, bounds, afterwardsLoad),
    rolling: members.filter(isInTheWay).toSorted(byId),
    turns: mostRollouts - members.filter(({ use }) => use.phase === 'Rolling').length,
    ahead: [],
  };
  const placed = new Map<Member, Place>();
  for (const member of members.filter(({ use }) => use.phase === 'Ready').toSorted(byTurn)) {
    const place = placeOf(member, line);
    placed.set(member, place);
    if (place.hold === undefined) start(member, line);
    else if (place.hold.kind === 'RolloutQueued') line.ahead.push(member);
  }
  return members.toSorted(byId).map((member) => {
    const ledger = isRolling(member.use) ? line.present : calm;
    const { judgement, hold } = placed.get(member) ?? { judgement: judgeRollout(member, ledger), hold: undefined };
    return { member, judgement, redeploy: judgeRedeploy(member, calm), hold };
  });
}

type Place = Pick<Standing, 'judgement' | 'hold'>;

/** What those that come first in the line leave to the next. */
type Line = {
  /** Who is being rolled, or starts now, counts for its peak. */
  readonly present: Ledger;
  /** Once those are done that get on. */
  readonly afterwards: Ledger;
  readonly rolling: Member[];
  /** Who waits for its turn. */
  readonly ahead: Member[];
  /** Rollouts that may still start. One that does not get on is counted, but takes no turn. */
  turns: number;
};

function placeOf(member: Member, { present, afterwards, rolling, ahead, turns }: Line): Place {
  const judgement = judgeRollout(member, present);
  if (isFree(member)) return { judgement, hold: undefined };
  const pods = member.awaitedPods;
  if (pods > 0) return { judgement, hold: { kind: 'PodsTerminating', pods } };
  const isEnforced = member.policy === 'Enforce';
  const later = judgeRollout(member, afterwards);
  if (isEnforced && isTooMuch(later)) return { judgement: later, hold: { kind: 'BudgetExceeded' } };
  if ((turns > 0 || member.isUnderWay) && !(isEnforced && isTooMuch(judgement))) return { judgement, hold: undefined };
  const others = rolling.filter((other) => other !== member);
  return { judgement: later, hold: { kind: 'RolloutQueued', rolling: namesOf(others), ahead: namesOf(ahead) } };
}

function start(member: Member, line: Line): void {
  line.present.count(member, atMost(member.use).sessions);
  line.afterwards.count(member, calmLoad({ ...member, use: { ...member.use, phase: 'Rolling' } }));
  if (!line.rolling.includes(member)) line.rolling.push(member);
  line.turns -= 1;
}

const namesOf = (members: readonly Member[]): Names => ({
  first: members.slice(0, MOST_NAMED).map(idOf),
  more: Math.max(0, members.length - MOST_NAMED),
});

/** Nothing holds what lowers the total, nor what is told to ignore it. */
const isFree = ({ policy, use }: Member) => policy === 'Ignore' || isLowering(use);

/** Holds more sessions than it will. */
const isInTheWay = ({ use }: Member) => isRolling(use) || use.pods.terminating > 0;

const presentLoad: Load = ({ use }) => atPresent(use).sessions;

/** Pods that terminate are no reason to tell everybody other numbers all the time. */
const calmLoad: Load = ({ use }) => atCalm(use).sessions;

/** Of one that does not get on nobody knows when it will be done: its peak is room that nobody's turn brings back. */
const afterwardsLoad: Load = (member) => (member.use.phase === 'Stuck' ? presentLoad(member) : calmLoad(member));

/**
 * First those that nothing holds, then who is being rolled already (the others wait for it), then those that were rolled
 * before, then newcomers; of these, the oldest profile first.
 */
function byTurn(one: Member, other: Member): number {
  const rank = (member: Member) => [isFree(member), member.isUnderWay, member.isEstablished, true].indexOf(true);
  return rank(one) - rank(other) || one.createdAt - other.createdAt || byId(one, other);
}
