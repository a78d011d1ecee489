/** Which profiles share a database. Within a namespace, unless the operator's setting lists the group as shared. */
import { idOf, type BackendUsage, type BackendDatabase, byId } from '../model/usage.ts';

export type Group = {
  /** Unique among all groups. */
  readonly key: string;
  /** As a person calls it. */
  readonly name: string;
  /** By namespace and name. */
  readonly members: readonly BackendUsage[];
};

/** Every member is in exactly one group. `shared` names groups that reach over namespaces. */
export function groupsOf(backends: readonly BackendUsage[], shared: readonly string[]): readonly Group[] {
  const sorted = backends.toSorted(byId);
  const found = identitiesByAddress(sorted);
  const groups = Map.groupBy(sorted, (backend) => groupKey(backend, found, shared));
  return [...groups].map(([key, together]) => {
    const [first] = together;
    return { key, name: first === undefined ? '' : databaseOf(first, found).name, members: together };
  });
}

function groupKey(backend: BackendUsage, found: IdentityByAddress, shared: readonly string[]): string {
  const { by, name } = databaseOf(backend, found);
  const isShared = by !== 'profile' && shared.includes(name);
  return JSON.stringify([isShared ? '' : backend.namespace, by, name]);
}

type Database = { readonly by: 'group' | 'names' | 'connectString' | 'profile'; readonly name: string };

function databaseOf(backend: BackendUsage, found: IdentityByAddress): Database {
  const { group, connectString } = backend.database;
  if (group !== undefined) return { by: 'group', name: group };
  const names = identityName(backend) ?? found.get(databaseAddress(backend));
  if (names !== undefined) return { by: 'names', name: names };
  if (connectString !== undefined) return { by: 'connectString', name: connectString };
  return { by: 'profile', name: idOf(backend) };
}

/** What a database is called by its own profile; undefined where it goes by its connect string. */
export const databaseName = (database: BackendDatabase): string | undefined =>
  database.group ?? identityName({ database });

function identityName({ database }: Pick<BackendUsage, 'database'>): string | undefined {
  const { uniqueName, pdbName } = database.facts?.identity ?? {};
  if (uniqueName === undefined) return undefined;
  return pdbName === undefined ? uniqueName : `${uniqueName}/${pdbName}`;
}

/** By namespace and connect string, what a database that was found under it calls itself. */
type IdentityByAddress = ReadonlyMap<string, string>;

/**
 * A profile that was not probed yet is of the database that its neighbours found under the same connect string. Those with
 * a group in the spec have left it to that: no word leads from them to who goes by names.
 */
function identitiesByAddress(backends: readonly BackendUsage[]): IdentityByAddress {
  const found = new Map<string, string>();
  for (const backend of backends.filter(({ database }) => database.group === undefined)) {
    const names = identityName(backend);
    const known = found.get(databaseAddress(backend));
    if (names !== undefined && backend.database.connectString !== undefined && (known === undefined || names < known))
      found.set(databaseAddress(backend), names);
  }
  return found;
}

const databaseAddress = ({ namespace, database }: BackendUsage) => `${namespace}/${database.connectString ?? ''}`;

/** Words by which the group of a member is found: whoever is in it has one of them, or one of another that has one of them. */
export function linkKeys(backend: BackendUsage, shared: readonly string[]): readonly string[] {
  const { namespace, database } = backend;
  const { group, connectString } = database;
  const place = (name: string) => (shared.includes(name) ? '' : namespace);
  if (group !== undefined) return [`group ${place(group)} ${group}`];
  const names = identityName(backend);
  return [
    ...(names === undefined ? [] : [`names ${place(names)} ${names}`]),
    ...(connectString === undefined
      ? []
      : [`at ${place(connectString)} ${connectString}`, `at ${namespace} ${connectString}`]),
  ];
}
