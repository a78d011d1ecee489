/** What bounds the sessions of a group: what a spec says, else what probes have learnt of the database, and of its users. */
import { byId, idOf, type BackendUsage } from '../model/usage.ts';
import type { UserOf } from './users.ts';

export type Limit = {
  /** `limit` from a spec, else what Oracle calls it: sessions, processes, SESSIONS_PER_USER. */
  readonly name: 'limit' | 'sessions' | 'processes' | 'SESSIONS_PER_USER';
  readonly value: number;
  /** Sessions of it to be left to others: the largest that any profile asks for. */
  readonly reserve: number;
  /** The profile that asks for so much, where others ask for less. */
  readonly reserveSource: string | undefined;
  /** The profile that it comes from, where others say more. */
  readonly limitSource: string | undefined;
  /** The user whose sessions it bounds; undefined: all sessions. */
  readonly user: string | undefined;
};

/** Sessions that backends may have under a limit; below 0 where the reserve alone is more. */
export const available = ({ value, reserve }: Limit): number => value - reserve;

/** A limit that a spec gives stands in for what was learnt of the whole database, not for what binds one user. */
export function limitsOf(backends: readonly BackendUsage[], userOf: UserOf): readonly Limit[] {
  const sorted = backends.toSorted(byId);
  const ofUsers = [...Map.groupBy(sorted, userOf)].flatMap(([user, theirs]) =>
    user === undefined
      ? []
      : smallest('SESSIONS_PER_USER', theirs, ({ facts }) => parseLimit(facts?.limits?.sessionsPerUser), user),
  );
  const given = smallest('limit', sorted, ({ limit }) => limit);
  if (given.length > 0) return [...given, ...ofUsers];
  return [
    ...smallest('sessions', sorted, ({ facts }) => parseLimit(facts?.limits?.sessions?.limit)),
    ...smallest('processes', sorted, ({ facts }) => parseLimit(facts?.limits?.processes?.limit)),
    ...ofUsers,
  ];
}

function smallest(
  name: Limit['name'],
  backends: readonly BackendUsage[],
  valueOf: (database: BackendUsage['database']) => number | undefined,
  user?: string,
): readonly Limit[] {
  const said = backends.flatMap((backend) => {
    const value = valueOf(backend.database);
    return value === undefined ? [] : [{ value, id: idOf(backend) }];
  });
  const [least] = said.toSorted(byValue);
  if (least === undefined) return [];
  const reserves = backends.map((backend) => ({ value: backend.database.reserve, id: idOf(backend) }));
  const most = reserves.toSorted(byValue).at(-1) ?? { value: 0, id: '' };
  return [
    {
      name,
      value: least.value,
      reserve: most.value,
      reserveSource: differ(reserves) ? most.id : undefined,
      limitSource: differ(said) ? least.id : undefined,
      user,
    },
  ];
}

type Said = { readonly value: number; readonly id: string };

const byValue = (one: Said, other: Said) => one.value - other.value;

const differ = (said: readonly Said[]) => said.some(({ value }) => value !== said[0]?.value);

/** UNLIMITED and DEFAULT bound nothing that is known. */
const parseLimit = (text: string | undefined) =>
  text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
