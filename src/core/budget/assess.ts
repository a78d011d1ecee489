/** Whether the rollout of a backend fits beside the others of its database, and if not, by how much and which `max` would. */
import type { Ledger } from './ledger.ts';
import { available, type Limit } from './limit.ts';
import type { BackendUsage, PoolUsage } from '../model/usage.ts';
import { peakSessions, redeploySessions, type SessionSum } from './peak.ts';

/** How a rollout fits under the limit that leaves it least room. */
export type Fit = {
  readonly sum: SessionSum;
  /** Sessions of the other backends that count towards the limit. */
  readonly otherSessions: number;
  /** The limit that leaves this backend the least room; undefined where no limit is known. */
  readonly limit: Limit | undefined;
  /** The lowest limit that applies, but for what others use, even if another one leaves less room; undefined where no limit is known. */
  readonly smallestLimit: Limit | undefined;
  /** Sessions above what is available; 0 or less where it fits; undefined where no limit is known. */
  readonly excess: number | undefined;
  /** The largest `max` that would fit; undefined where the new one fits, or none does. */
  readonly largestMax: number | undefined;
};

export const exceedsLimit = ({ excess }: Fit): boolean => excess !== undefined && excess > 0;

/** For the rollout to the new settings; for a redeploy where the backend is up to date. */
export function assessRollout(backend: BackendUsage, ledger: Ledger): Fit {
  return assess(backend, ledger, backend.pools.phase === 'UpToDate' ? redeploySessions : peakSessions);
}

/** For a later rollout of anything else, with the new settings in all pods. */
export function assessRedeploy(backend: BackendUsage, ledger: Ledger): Fit {
  return assess(backend, ledger, redeploySessions);
}

type SumOf = (pools: PoolUsage) => SessionSum;

function assess(backend: BackendUsage, ledger: Ledger, sumOf: SumOf): Fit {
  const sum = sumOf(backend.pools);
  const limits = ledger.limitsOf(backend);
  const [smallestLimit] = limits
    .map((limit) => ({ ...limit, usedByOthers: 0 }))
    .toSorted((one, other) => available(one) - available(other));
  const [tightest] = limits
    .map((limit) => ({ limit, otherSessions: ledger.otherSessions(limit, backend) }))
    .toSorted((one, other) => roomUnder(one) - roomUnder(other));
  if (tightest === undefined) {
    const otherSessions = ledger.otherSessions(undefined, backend);
    return { sum, otherSessions, limit: undefined, smallestLimit, excess: undefined, largestMax: undefined };
  }
  const excess = sum.sessions - roomUnder(tightest);
  const largestMax = excess > 0 ? largestFittingMax(backend.pools, sumOf, roomUnder(tightest)) : undefined;
  return { sum, ...tightest, smallestLimit, excess, largestMax };
}

/** Sessions that the other backends leave to this one. */
const roomUnder = ({ limit, otherSessions }: { readonly limit: Limit; readonly otherSessions: number }) =>
  available(limit) - otherSessions;

/** By bisection, since the sum grows with `newMax`. Undefined where not even 1 fits. */
function largestFittingMax(pools: PoolUsage, sumOf: SumOf, room: number): number | undefined {
  const fits = (newMax: number) => sumOf({ ...pools, newMax }).sessions <= room;
  if (!fits(1)) return undefined;
  let [fitting, tooLarge] = [1, pools.newMax];
  while (tooLarge - fitting > 1) {
    const middle = Math.floor((fitting + tooLarge) / 2);
    if (fits(middle)) fitting = middle;
    else tooLarge = middle;
  }
  return fitting;
}
