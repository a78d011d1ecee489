/** Whether one backend's rollout fits beside the others of its database, by how much not, and what would fit. */
import type { Ledger } from './ledger.ts';
import { type Limit, available } from './limit.ts';
import type { BackendUsage, PoolUsage } from '../model/usage.ts';
import { peakSessions, redeploySessions, type SessionSum } from './peak.ts';

export type Fit = {
  readonly sum: SessionSum;
  /** Sessions of the others that count towards the limit. */
  readonly otherSessions: number;
  /** The one that leaves least room; undefined where none is known. */
  readonly limit: Limit | undefined;
  /** Sessions above the room, below 0 where there is some left; undefined without a limit. */
  readonly excess: number | undefined;
  /** The largest max that fits; undefined where the wanted does, or none would. */
  readonly largestMax: number | undefined;
};

export const exceedsLimit = ({ excess }: Fit): boolean => excess !== undefined && excess > 0;

/** Of the rollout to the wanted numbers; of the next one for whatever reason, where all pods run with them already. */
export function assessRollout(backend: BackendUsage, ledger: Ledger): Fit {
  return assess(backend, ledger, backend.pools.phase === 'UpToDate' ? redeploySessions : peakSessions);
}

/** Of any later rollout, with the wanted numbers everywhere. */
export function assessRedeploy(backend: BackendUsage, ledger: Ledger): Fit {
  return assess(backend, ledger, redeploySessions);
}

function assess(backend: BackendUsage, ledger: Ledger, sumOf: (pools: PoolUsage) => SessionSum): Fit {
  const sum = sumOf(backend.pools);
  const bounds = ledger
    .limitsOf(backend)
    .map((limit) => ({ limit, otherSessions: ledger.otherSessions(limit, backend) }))
    .toSorted((one, other) => availableIn(one) - availableIn(other));
  const [binding] = bounds;
  if (binding === undefined) {
    const otherSessions = ledger.otherSessions(undefined, backend);
    return { sum, otherSessions, limit: undefined, excess: undefined, largestMax: undefined };
  }
  const excess = sum.sessions - availableIn(binding);
  const largestMax = excess > 0 ? largestFittingMax(backend.pools, sumOf, availableIn(binding)) : undefined;
  return { sum, ...binding, excess, largestMax };
}

type Bound = { readonly limit: Limit; readonly otherSessions: number };

const availableIn = ({ limit, otherSessions }: Bound) => available(limit) - otherSessions;

/** The sum grows with max: halving finds the last that fits. */
function largestFittingMax(
  pools: PoolUsage,
  sumOf: (pools: PoolUsage) => SessionSum,
  room: number,
): number | undefined {
  const fits = (newMax: number) => sumOf({ ...pools, newMax }).sessions <= room;
  if (!fits(1)) return undefined;
  let [least, most] = [1, pools.newMax];
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (fits(middle)) least = middle;
    else most = middle;
  }
  return least;
}
