/**
 * Which backends share a database. Groups end at the namespace, unless the operator's setting CROSS_NAMESPACE_GROUPS lists the
 * name of the group.
 */
import { idOf, type BackendUsage, type BackendDatabase, byId } from '../model/usage.ts';

export type Group = {
  /** Unique among all groups. */
  readonly key: string;
  /** The name of the database: of the spec's group, as it calls itself, or the connect string. */
  readonly name: string;
  /** By namespace and name. */
  readonly members: readonly BackendUsage[];
};

/** Every backend is in exactly one group. `shared` names the groups that span namespaces. */
export function groupsOf(backends: readonly BackendUsage[], shared: readonly string[]): readonly Group[] {
  const sorted = backends.toSorted(byId);
  const identities = identitiesByAddress(sorted);
  const databases = new Map(sorted.map((backend) => [backend, databaseOf(backend, identities)]));
  const groups = Map.groupBy(databases, ([backend, database]) => keyOf(backend, database, shared));
  return [...groups].map(([key, members]) => ({
    key,
    name: members[0]?.[1].name ?? '',
    members: members.map(([backend]) => backend),
  }));
}

type DatabaseName = { readonly by: 'group' | 'identity' | 'connectString' | 'profile'; readonly name: string };

function keyOf({ namespace }: BackendUsage, { by, name }: DatabaseName, shared: readonly string[]): string {
  const isShared = by !== 'profile' && shared.includes(name);
  return JSON.stringify([isShared ? '' : namespace, by, name]);
}

/** The names that a backend itself has for its database, the one to group by first; none where it has no database. */
function ownNames(database: BackendDatabase): readonly DatabaseName[] {
  const { group, connectString } = database;
  if (group !== undefined) return [{ by: 'group', name: group }];
  const identity = identityName(database);
  return [
    ...(identity === undefined ? [] : [{ by: 'identity' as const, name: identity }]),
    ...(connectString === undefined ? [] : [{ by: 'connectString' as const, name: connectString }]),
  ];
}

function databaseOf(backend: BackendUsage, identities: IdentityByAddress): DatabaseName {
  const [own = { by: 'profile' as const, name: idOf(backend) }] = ownNames(backend.database);
  const identity = own.by === 'connectString' ? identities.get(addressKey(backend, own)) : undefined;
  return identity === undefined ? own : { by: 'identity', name: identity };
}

/** What the backend alone knows its database by: its group, else its identity; undefined before a probe has found that out. */
export const databaseName = (database: BackendDatabase): string | undefined => database.group ?? identityName(database);

function identityName({ facts }: BackendDatabase): string | undefined {
  const { uniqueName, pdbName } = facts?.identity ?? {};
  if (uniqueName === undefined) return undefined;
  return pdbName === undefined ? uniqueName : `${uniqueName}/${pdbName}`;
}

/** The identity of the database that probes found at a connect string, by `addressKey`. */
type IdentityByAddress = ReadonlyMap<string, string>;

/**
 * With it, a backend that was not probed yet joins those with the same connect string that were. Backends with a group in the
 * spec are left out: they share sessions by that alone. Where one connect string led to several databases, the first by name
 * counts.
 */
function identitiesByAddress(backends: readonly BackendUsage[]): IdentityByAddress {
  const found = new Map<string, string>();
  for (const backend of backends) {
    const names = ownNames(backend.database);
    const identity = names.find(({ by }) => by === 'identity')?.name;
    const address = names.find(({ by }) => by === 'connectString');
    if (identity === undefined || address === undefined) continue;
    const key = addressKey(backend, address);
    const known = found.get(key);
    if (known === undefined || identity < known) found.set(key, identity);
  }
  return found;
}

/** Index key of a connect string. Always within the backend's namespace, even if a shared group has the name of the string. */
const addressKey = (backend: BackendUsage, connectString: DatabaseName) => keyOf(backend, connectString, []);

/**
 * Index keys under which the group of a backend is found without comparing all backends. Each member of the group has one of these
 * keys, or is linked to a member that has one by a key of both. `shared` names the groups that span namespaces.
 */
export function linkKeys(backend: BackendUsage, shared: readonly string[]): readonly string[] {
  const names = ownNames(backend.database);
  const addresses = names.filter(({ by }) => by === 'connectString').map((name) => addressKey(backend, name));
  return [...new Set([...names.map((name) => keyOf(backend, name, shared)), ...addresses])];
}
