/** Whether one backend's rollout fits beside the others of its database, by how much not, and what would fit. */
import type { Ledger } from './ledger.ts';
import { type Limit, roomUnder } from './limit.ts';
import type { Member, PoolUse } from '../model/usage.ts';
import { atPeak, atRedeploy, type Sum } from './peak.ts';

export type Judgement = {
  readonly sum: Sum;
  /** Sessions of the others that count towards the limit. */
  readonly others: number;
  /** The one that leaves least room; undefined where none is known. */
  readonly limit: Limit | undefined;
  /** Sessions above the room, below 0 where there is some left; undefined without a limit. */
  readonly excess: number | undefined;
  /** The largest max that fits; undefined where the wanted does, or none would. */
  readonly wouldFit: number | undefined;
};

export const isTooMuch = ({ excess }: Judgement): boolean => excess !== undefined && excess > 0;

/** Of the rollout to the wanted numbers; of the next one for whatever reason, where all pods run with them already. */
export function judgeRollout(member: Member, ledger: Ledger): Judgement {
  return judge(member, ledger, member.use.phase === 'Done' ? atRedeploy : atPeak);
}

/** Of any later rollout, with the wanted numbers everywhere. */
export function judgeRedeploy(member: Member, ledger: Ledger): Judgement {
  return judge(member, ledger, atRedeploy);
}

function judge(member: Member, ledger: Ledger, sumOf: (use: PoolUse) => Sum): Judgement {
  const sum = sumOf(member.use);
  const bounds = ledger
    .limitsOf(member)
    .map((limit) => ({ limit, others: ledger.othersUnder(limit, member) }))
    .toSorted((one, other) => roomIn(one) - roomIn(other));
  const [binding] = bounds;
  if (binding === undefined) {
    const others = ledger.othersUnder(undefined, member);
    return { sum, others, limit: undefined, excess: undefined, wouldFit: undefined };
  }
  const excess = sum.sessions - roomIn(binding);
  const wouldFit = excess > 0 ? largestThatFits(member.use, sumOf, roomIn(binding)) : undefined;
  return { sum, ...binding, excess, wouldFit };
}

type Bound = { readonly limit: Limit; readonly others: number };

const roomIn = ({ limit, others }: Bound) => roomUnder(limit) - others;

/** The sum grows with max: halving finds the last that fits. */
function largestThatFits(use: PoolUse, sumOf: (use: PoolUse) => Sum, room: number): number | undefined {
  const fits = (wantedMax: number) => sumOf({ ...use, wantedMax }).sessions <= room;
  if (!fits(1)) return undefined;
  let [least, most] = [1, use.wantedMax];
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (fits(middle)) least = middle;
    else most = middle;
  }
  return least;
}
