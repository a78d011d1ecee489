/** What the members of a group hold at one moment under each of its limits, so that one is judged without asking all the others. */
import { type Limit, limitsOf } from './limit.ts';
import type { BackendUsage } from '../model/usage.ts';
import { type UserOf, sessionUsers } from './users.ts';

export type GroupLimits = {
  readonly userOf: UserOf;
  /** The limits of a group by the user whose sessions they bound; undefined: all sessions. */
  readonly limits: ReadonlyMap<string | undefined, readonly Limit[]>;
};

export function groupLimits(backends: readonly BackendUsage[]): GroupLimits {
  const userOf = sessionUsers(backends);
  return { userOf, limits: Map.groupBy(limitsOf(backends, userOf), ({ user }) => user) };
}

/** Sessions that a member counts for. */
export type Load = (backend: BackendUsage) => number;

export type Ledger = {
  /** The limits that bind a member. */
  readonly limitsOf: (backend: BackendUsage) => readonly Limit[];
  /** What all but this one hold under a limit; in all where there is none. */
  readonly otherSessions: (limit: Limit | undefined, backend: BackendUsage) => number;
  /** From now on the member counts for so many. */
  readonly set: (backend: BackendUsage, sessions: number) => void;
};

export function ledgerOf(backends: readonly BackendUsage[], { limits, userOf }: GroupLimits, load: Load): Ledger {
  const loads = new Map<BackendUsage, number>();
  const totals = new Map<string | undefined, number>();
  const add = (user: string | undefined, sessions: number) => totals.set(user, (totals.get(user) ?? 0) + sessions);
  const count = (backend: BackendUsage, sessions: number) => {
    const more = sessions - (loads.get(backend) ?? 0);
    loads.set(backend, sessions);
    add(undefined, more);
    const user = userOf(backend);
    if (user !== undefined) add(user, more);
  };
  for (const backend of backends) count(backend, load(backend));
  return {
    set: count,
    limitsOf: (backend) => {
      const user = userOf(backend);
      return [...(limits.get(undefined) ?? []), ...(user === undefined ? [] : (limits.get(user) ?? []))];
    },
    otherSessions: (limit, backend) => (totals.get(limit?.user) ?? 0) - (loads.get(backend) ?? 0),
  };
}
