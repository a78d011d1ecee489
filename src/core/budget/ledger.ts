/** What the members of a group hold at one moment under each of its limits, so that one is judged without asking all the others. */
import { type Limit, limitsOf } from './limit.ts';
import type { Member } from '../model/usage.ts';
import { type UserOf, usersOf } from './users.ts';

export type Bounds = {
  readonly userOf: UserOf;
  /** The limits of a group by the user whose sessions they bound; undefined: all sessions. */
  readonly limits: ReadonlyMap<string | undefined, readonly Limit[]>;
};

export function boundsOf(members: readonly Member[]): Bounds {
  const userOf = usersOf(members);
  return { userOf, limits: Map.groupBy(limitsOf(members, userOf), ({ user }) => user) };
}

/** Sessions that a member counts for. */
export type Load = (member: Member) => number;

export type Ledger = {
  /** The limits that bind a member. */
  readonly limitsOf: (member: Member) => readonly Limit[];
  /** What all but this one hold under a limit; in all where there is none. */
  readonly othersUnder: (limit: Limit | undefined, member: Member) => number;
  /** From now on the member counts for so many. */
  readonly count: (member: Member, sessions: number) => void;
};

export function ledgerOf(members: readonly Member[], { limits, userOf }: Bounds, load: Load): Ledger {
  const loads = new Map<Member, number>();
  const totals = new Map<string | undefined, number>();
  const add = (user: string | undefined, sessions: number) => totals.set(user, (totals.get(user) ?? 0) + sessions);
  const count = (member: Member, sessions: number) => {
    const more = sessions - (loads.get(member) ?? 0);
    loads.set(member, sessions);
    add(undefined, more);
    const user = userOf(member);
    if (user !== undefined) add(user, more);
  };
  for (const member of members) count(member, load(member));
  return {
    count,
    limitsOf: (member) => {
      const user = userOf(member);
      return [...(limits.get(undefined) ?? []), ...(user === undefined ? [] : (limits.get(user) ?? []))];
    },
    othersUnder: (limit, member) => (totals.get(limit?.user) ?? 0) - (loads.get(member) ?? 0),
  };
}
