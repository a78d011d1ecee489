/**
 * Running totals of the sessions of a group, under each of its limits. With them one backend is assessed in constant time,
 * without adding up all the others again.
 */
import { type Limit, limitsOf, sessionUsers, type UserOf } from './limit.ts';
import type { BackendUsage } from '../model/usage.ts';

export type GroupLimits = {
  readonly userOf: UserOf;
  /** By namespace: what its specs and its verdicts say binds no other. */
  readonly limits: ReadonlyMap<string, NamespaceLimits>;
};

/** By the session user that they apply to; under `undefined`, those that apply to all. */
type NamespaceLimits = ReadonlyMap<string | undefined, readonly Limit[]>;

/** `groupLimit`: sessions that an administrator gives to all backends together. */
export function groupLimits(backends: readonly BackendUsage[], groupLimit: number | undefined): GroupLimits {
  const userOf = sessionUsers(backends);
  const limitsIn = (members: readonly BackendUsage[]): NamespaceLimits =>
    Map.groupBy(limitsOf(members, userOf, groupLimit), ({ user }) => user);
  const byNamespace = Map.groupBy(backends, ({ namespace }) => namespace);
  return { userOf, limits: new Map([...byNamespace].map(([namespace, members]) => [namespace, limitsIn(members)])) };
}

/** Sessions that a backend counts for. */
export type Load = (backend: BackendUsage) => number;

export type Ledger = {
  /** The limits that apply to a backend. */
  readonly limitsOf: (backend: BackendUsage) => readonly Limit[];
  /** Sessions of the other backends that count towards `limit`. If it is undefined, those of all other backends of the group. */
  readonly otherSessions: (limit: Limit | undefined, backend: BackendUsage) => number;
  /** Replaces the sessions that a backend counts for. */
  readonly set: (backend: BackendUsage, sessions: number) => void;
};

/** A ledger in which each backend counts for its `load`. */
export function ledgerOf(backends: readonly BackendUsage[], { limits, userOf }: GroupLimits, load: Load): Ledger {
  const loads = new Map<BackendUsage, number>();
  const totals = new Map<string | undefined, number>();
  const add = (user: string | undefined, sessions: number) => totals.set(user, (totals.get(user) ?? 0) + sessions);
  const set = (backend: BackendUsage, sessions: number) => {
    const change = sessions - (loads.get(backend) ?? 0);
    loads.set(backend, sessions);
    add(undefined, change);
    const user = userOf(backend);
    if (user !== undefined) add(user, change);
  };
  for (const backend of backends) set(backend, load(backend));
  return {
    set,
    limitsOf: (backend) => {
      const user = userOf(backend);
      const theirs = limits.get(backend.namespace);
      return [...(theirs?.get(undefined) ?? []), ...(user === undefined ? [] : (theirs?.get(user) ?? []))];
    },
    otherSessions: (limit, backend) => (totals.get(limit?.user) ?? 0) - (loads.get(backend) ?? 0),
  };
}
