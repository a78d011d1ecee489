/** What bounds the sessions of a group: what a spec says, else what probes have learnt of the database, and of its users. */
import { byId, idOf, type Member } from '../model/usage.ts';
import type { UserOf } from './users.ts';

export type Limit = {
  /** `limit` from a spec, else what Oracle calls it: sessions, processes, SESSIONS_PER_USER. */
  readonly name: 'limit' | 'sessions' | 'processes' | 'SESSIONS_PER_USER';
  readonly value: number;
  /** Sessions of it to be left to others: the largest that any profile asks for. */
  readonly reserve: number;
  /** The profile that asks for so much, where others ask for less. */
  readonly reserveOf: string | undefined;
  /** The profile that it comes from, where others say more. */
  readonly smallestOf: string | undefined;
  /** The user whose sessions it bounds; undefined: all sessions. */
  readonly user: string | undefined;
};

/** Sessions that backends may have under a limit; below 0 where the reserve alone is more. */
export const roomUnder = ({ value, reserve }: Limit): number => value - reserve;

/** A limit that a spec gives stands in for what was learnt of the whole database, not for what binds one user. */
export function limitsOf(members: readonly Member[], userOf: UserOf): readonly Limit[] {
  const sorted = members.toSorted(byId);
  const ofUsers = [...Map.groupBy(sorted, userOf)].flatMap(([user, theirs]) =>
    user === undefined
      ? []
      : smallest('SESSIONS_PER_USER', theirs, ({ learnt }) => numberOf(learnt?.limits?.sessionsPerUser), user),
  );
  const given = smallest('limit', sorted, ({ limit }) => limit);
  if (given.length > 0) return [...given, ...ofUsers];
  return [
    ...smallest('sessions', sorted, ({ learnt }) => numberOf(learnt?.limits?.sessions?.limit)),
    ...smallest('processes', sorted, ({ learnt }) => numberOf(learnt?.limits?.processes?.limit)),
    ...ofUsers,
  ];
}

function smallest(
  name: Limit['name'],
  members: readonly Member[],
  valueOf: (database: Member['database']) => number | undefined,
  user?: string,
): readonly Limit[] {
  const said = members.flatMap((member) => {
    const value = valueOf(member.database);
    return value === undefined ? [] : [{ value, id: idOf(member) }];
  });
  const [least] = said.toSorted(byValue);
  if (least === undefined) return [];
  const reserves = members.map((member) => ({ value: member.database.reserve, id: idOf(member) }));
  const most = reserves.toSorted(byValue).at(-1) ?? { value: 0, id: '' };
  return [
    {
      name,
      value: least.value,
      reserve: most.value,
      reserveOf: isDisputed(reserves) ? most.id : undefined,
      smallestOf: isDisputed(said) ? least.id : undefined,
      user,
    },
  ];
}

type Said = { readonly value: number; readonly id: string };

const byValue = (one: Said, other: Said) => one.value - other.value;

const isDisputed = (said: readonly Said[]) => said.some(({ value }) => value !== said[0]?.value);

/** UNLIMITED and DEFAULT bound nothing that is known. */
const numberOf = (text: string | undefined) =>
  text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
