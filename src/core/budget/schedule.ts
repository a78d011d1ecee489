/**
 * Who of a group may start its rollout, and what the others wait for. Each profile works it out for all of them from the
 * same data, so that they agree: who is being rolled keeps its peak, who is not keeps what it runs with, and those that
 * are ready come one after another in an order that does not change.
 */
import { isTooMuch, judgeRedeploy, judgeRollout, type Judgement, type Load } from './judge.ts';
import { byId, idOf, type Member } from './member.ts';
import { atPeak, atPresent, atRest, isLowering, isRolling } from './peak.ts';

export type Hold =
  /** The sum does not fit, and the policy is to enforce it. It goes on by itself when there is room. */
  | { readonly kind: 'BudgetExceeded' }
  /** Pods of an earlier rollout have not ended yet. */
  | { readonly kind: 'PodsTerminating'; readonly pods: number }
  /** Others are being rolled: as many as may at a time, or so many that their surge leaves no room for now. */
  | { readonly kind: 'AwaitingTurn'; readonly rolling: readonly string[]; readonly ahead: readonly string[] };

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
  const starting: Member[] = [];
  const ahead: Member[] = [];
  const placed = new Map<Member, Place>();
  for (const member of members.filter(({ use }) => use.phase === 'Ready').toSorted(byTurn)) {
    const place = placeOf(member, { members, starting, ahead, mostRollouts });
    placed.set(member, place);
    if (place.hold === undefined) starting.push(member);
    else if (place.hold.kind === 'AwaitingTurn') ahead.push(member);
  }
  return members.toSorted(byId).map((member) => {
    const load = isRolling(member.use) ? presentLoad(starting) : restLoad;
    const { judgement, hold } = placed.get(member) ?? {
      judgement: judgeRollout(member, members, load),
      hold: undefined,
    };
    return { member, judgement, redeploy: judgeRedeploy(member, members, restLoad), hold };
  });
}

type Place = Pick<Standing, 'judgement' | 'hold'>;

type Line = {
  readonly members: readonly Member[];
  /** Those before it in the line that start now. */
  readonly starting: readonly Member[];
  /** Those before it in the line that wait for their turn. */
  readonly ahead: readonly Member[];
  readonly mostRollouts: number;
};

function placeOf(member: Member, { members, starting, ahead, mostRollouts }: Line): Place {
  const judgement = judgeRollout(member, members, presentLoad(starting));
  if (isFree(member)) return { judgement, hold: undefined };
  const pods = member.use.pods.terminating - member.overduePods;
  if (pods > 0) return { judgement, hold: { kind: 'PodsTerminating', pods } };
  const isEnforced = member.policy === 'Enforce';
  const afterwards = judgeRollout(member, members, loadAfter(starting));
  if (isEnforced && isTooMuch(afterwards)) return { judgement: afterwards, hold: { kind: 'BudgetExceeded' } };
  // One that does not get on is counted, but not waited for.
  const turnsTaken = members.filter(({ use }) => use.phase === 'Rolling').length + starting.length;
  if (turnsTaken < mostRollouts && !(isEnforced && isTooMuch(judgement))) return { judgement, hold: undefined };
  const rolling = [...members.filter(({ use }) => isRolling(use)).toSorted(byId), ...starting];
  return {
    judgement: afterwards,
    hold: { kind: 'AwaitingTurn', rolling: rolling.map(idOf), ahead: ahead.map(idOf) },
  };
}

/** Nothing holds what lowers the total, nor what is told to ignore it. */
const isFree = ({ policy, use }: Member) => policy === 'Ignore' || isLowering(use);

const restLoad: Load = ({ use }) => atRest(use).sessions;

const presentLoad =
  (starting: readonly Member[]): Load =>
  (member) =>
    (starting.includes(member) ? atPeak(member.use) : atPresent(member.use)).sessions;

/** Once those that are being rolled or start now are done. */
const loadAfter =
  (starting: readonly Member[]): Load =>
  (member) =>
    restLoad(starting.includes(member) ? { ...member, use: { ...member.use, phase: 'Rolling' } } : member);

/** First those that nothing holds, then those that were rolled before, then newcomers; of these, the oldest profile first. */
function byTurn(one: Member, other: Member): number {
  const rank = (member: Member) => (isFree(member) ? 0 : member.isEstablished ? 1 : 2);
  return rank(one) - rank(other) || one.createdAt - other.createdAt || byId(one, other);
}
