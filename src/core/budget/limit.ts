/** The limits on the sessions of a group: from the specs, else from the database, and for each user of it. */
import { byId, idOf, type BackendUsage } from '../model/usage.ts';
import { heldSessions } from './peak.ts';

export type Limit = {
  /**
   * `limit` is database.sessions.limit of a spec, and `group limit` that of a group which an administrator gives to several namespaces. The
   * others are Oracle's names.
   */
  readonly name: 'limit' | 'group limit' | 'sessions' | 'processes' | 'SESSIONS_PER_USER';
  /** In sessions. */
  readonly value: number;
  /** Sessions of `value` that backends must leave to others: the largest reserve of the group. */
  readonly reserve: number;
  /** Sessions of `value` that others had in use at the last probe; 0 where nobody knows. They use the reserve first. */
  readonly usedByOthers: number;
  /** "namespace/name" of the profile with that reserve; undefined where all profiles have the same. */
  readonly reserveSource: string | undefined;
  /** "namespace/name" of the profile that `value` comes from; undefined where all profiles have the same. */
  readonly limitSource: string | undefined;
  /** The session user that the limit applies to; undefined where it applies to all. */
  readonly user: string | undefined;
};

/** Sessions that backends may use under a limit; below 0 where the reserve, or what others use, exceeds the limit. */
export const available = ({ value, reserve, usedByOthers }: Limit): number => value - Math.max(reserve, usedByOthers);

/** The session user of a backend; undefined where no probe has found it out. */
export type UserOf = (backend: BackendUsage) => string | undefined;

/**
 * From a backend's own probes, else from those of a backend with the same user name Secret: a profile may be probed later, or
 * never.
 */
export function sessionUsers(backends: readonly BackendUsage[]): UserOf {
  const users = new Map<string, string>();
  for (const backend of backends.toSorted(byId)) {
    const key = credentialsKey(backend);
    const user = backend.database.facts?.user;
    if (key !== undefined && user !== undefined && !users.has(key)) users.set(key, user);
  }
  return (backend) => backend.database.facts?.user ?? users.get(credentialsKey(backend) ?? '');
}

const credentialsKey = ({ namespace, database: { usernameSource } }: BackendUsage) =>
  usernameSource === undefined ? undefined : `${namespace}/${usernameSource}`;

/**
 * All limits that backends of one namespace know. A limit in a spec replaces what probes read of the whole database, but neither the limits
 * of a user, nor that of a group of several namespaces, in sessions.
 */
export function limitsOf(
  backends: readonly BackendUsage[],
  userOf: UserOf,
  groupLimit: number | undefined,
): readonly Limit[] {
  const sorted = backends.toSorted(byId);
  const given = groupLimit === undefined ? [] : smallest(sorted, { name: 'group limit' }, () => groupLimit);
  const ofUsers = [...Map.groupBy(sorted, userOf)].flatMap(([user, theirs]) =>
    user === undefined
      ? []
      : smallest(theirs, { name: 'SESSIONS_PER_USER', user }, ({ facts }) =>
          parseLimit(facts?.limits?.sessionsPerUser),
        ),
  );
  const ofSpecs = smallest(sorted.filter(isCompared), { name: 'limit' }, ({ limit }) => limit);
  if (ofSpecs.length > 0) return [...given, ...ofSpecs, ...ofUsers];
  return [...given, ...ofInstance(sorted, 'sessions'), ...ofInstance(sorted, 'processes'), ...ofUsers];
}

/** What an ignored backend says of limit and reserve is no limit for others. */
const isCompared = ({ policy }: BackendUsage): boolean => policy !== 'Ignore';

const ofInstance = (backends: readonly BackendUsage[], name: 'sessions' | 'processes'): readonly Limit[] =>
  smallest(backends, { name }, ({ facts }) => parseLimit(facts?.limits?.[name]?.limit)).map((limit) => ({
    ...limit,
    usedByOthers: usedByOthers(backends, name),
  }));

/** What was in use at the newest probe of any backend, without what the backends could hold then. */
function usedByOthers(backends: readonly BackendUsage[], name: 'sessions' | 'processes'): number {
  const [newest] = backends
    .flatMap(({ database: { facts } }) => {
      const inUse = facts?.limits?.[name]?.inUse;
      return inUse === undefined ? [] : [{ inUse, measured: facts?.measured }];
    })
    .toSorted((one, other) => (other.measured?.at ?? 0) - (one.measured?.at ?? 0));
  if (newest === undefined) return 0;
  const heldNow = () => backends.reduce((sum, { pools }) => sum + heldSessions(pools), 0);
  return Math.max(0, newest.inUse - (newest.measured?.ownSessions ?? heldNow()));
}

type LimitId = { readonly name: Limit['name']; readonly user?: string };

/** The smallest value that any backend has for this limit, with the largest reserve; none where no backend has a value. */
function smallest(
  backends: readonly BackendUsage[],
  { name, user }: LimitId,
  valueOf: (database: BackendUsage['database']) => number | undefined,
): readonly Limit[] {
  const values = backends.flatMap((backend) => {
    const value = valueOf(backend.database);
    return value === undefined ? [] : [{ value, id: idOf(backend) }];
  });
  const [least] = values.toSorted(byValue);
  if (least === undefined) return [];
  const reserves = backends
    .filter(isCompared)
    .map((backend) => ({ value: backend.database.reserve, id: idOf(backend) }));
  const most = reserves.toSorted(byValue).at(-1) ?? { value: 0, id: '' };
  return [
    {
      name,
      value: least.value,
      reserve: most.value,
      usedByOthers: 0,
      reserveSource: differ(reserves) ? most.id : undefined,
      limitSource: differ(values) ? least.id : undefined,
      user,
    },
  ];
}

type ValueOfProfile = { readonly value: number; readonly id: string };

const byValue = (one: ValueOfProfile, other: ValueOfProfile) => one.value - other.value;

const differ = (values: readonly ValueOfProfile[]) => values.some(({ value }) => value !== values[0]?.value);

/** Oracle's UNLIMITED and DEFAULT are no known limit. */
const parseLimit = (text: string | undefined) =>
  text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
