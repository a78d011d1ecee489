/** Which backends share a database. Groups end at the namespace, but for those that an administrator gives to several. */
import { idOf, type BackendUsage, type BackendDatabase, byId } from '../model/usage.ts';
import { addressesIn } from './address.ts';
import { components } from './components.ts';
import { type CrossNamespaceGroup, groupGivenTo } from '../model/cross-namespace-groups.ts';
import { shownConnectString } from '../../contract/connect-string.ts';

export type Group = {
  /** Unique among all groups. */
  readonly key: string;
  /** The name of the database: of the spec's group, as it calls itself, or what of the connect string may be shown. */
  readonly name: string;
  /** By namespace and name. */
  readonly members: readonly BackendUsage[];
  /** Sessions that an administrator gives to all of them together. */
  readonly limit?: number | undefined;
};

/** Every backend is in exactly one group. */
export function groupsOf(
  backends: readonly BackendUsage[],
  crossNamespace: readonly CrossNamespaceGroup[],
): readonly Group[] {
  const databases = databasesOf(backends.toSorted(byId), crossNamespace);
  return [...Map.groupBy(databases, ([, { key }]) => key)].map(([key, members]) => ({
    key,
    name: members[0]?.[1].name ?? '',
    members: members.map(([backend]) => backend),
    limit: members[0]?.[1].limit,
  }));
}

/** What the backend alone knows its database by: its group, else its identity; undefined before a probe has found that out. */
export const databaseName = (database: BackendDatabase): string | undefined => database.group ?? identityName(database);

function identityName({ facts }: BackendDatabase): string | undefined {
  const { uniqueName, pdbName } = facts?.identity ?? {};
  if (uniqueName === undefined) return undefined;
  return pdbName === undefined ? uniqueName : `${uniqueName}/${pdbName}`;
}

type DatabaseName = { readonly by: 'group' | 'identity' | 'connectString'; readonly name: string };

const keyOf = ({ namespace }: BackendUsage, { by, name }: DatabaseName): string =>
  JSON.stringify([namespace, by, name]);

/** A group without its members. */
type Database = Pick<Group, 'key' | 'name' | 'limit'>;

/** `backends` are sorted: where several would do, the first counts. */
function databasesOf(
  backends: readonly BackendUsage[],
  crossNamespace: readonly CrossNamespaceGroup[],
): ReadonlyMap<BackendUsage, Database> {
  const ungrouped = backends.filter(({ database }) => database.group === undefined);
  const identified = identifiedDatabases(ungrouped);
  const addressed = components(ungrouped, (backend) => placeOf(backend).addressKeys);
  const atAddress = new Map(
    [...Map.groupBy(addressed.keys(), (backend) => addressed.get(backend))].map(([address, members]) => [
      address,
      databaseAtAddress(members, identified),
    ]),
  );
  return new Map(
    backends.map((backend) => [
      backend,
      groupInSpec(backend, crossNamespace) ??
        identified.get(backend) ??
        atAddress.get(addressed.get(backend)) ?? {
          key: JSON.stringify(['profile', idOf(backend)]),
          name: idOf(backend),
        },
    ]),
  );
}

function groupInSpec(backend: BackendUsage, crossNamespace: readonly CrossNamespaceGroup[]): Database | undefined {
  const { group: name } = backend.database;
  if (name === undefined) return undefined;
  const given = groupGivenTo(crossNamespace, backend.namespace, name);
  if (given === undefined) return { name, key: keyOf(backend, { by: 'group', name }) };
  return { name, key: JSON.stringify(['crossNamespaceGroup', name]), limit: given.limit };
}

/** A backend whose database a probe has identified. `key` is for all databases of that name. */
type Identified = Database & { readonly backend: BackendUsage };

const identityOf = (backend: BackendUsage): Identified[] => {
  const name = identityName(backend.database);
  return name === undefined ? [] : [{ backend, name, key: keyOf(backend, { by: 'identity', name }) }];
};

/**
 * The databases that probes have identified. Their names do not suffice: each installation of Oracle Database Free has the same. So
 * backends whose databases have one name share it if they share a host, directly or through others. Where the host is not known, as
 * behind an alias, the name suffices.
 */
function identifiedDatabases(backends: readonly BackendUsage[]): ReadonlyMap<BackendUsage, Database> {
  const found = backends.flatMap(identityOf);
  const byHost = components(found, ({ backend, key }) =>
    placeOf(backend).hosts.map((host) => JSON.stringify([key, host])),
  );
  const first = new Map(
    [...Map.groupBy(found, ({ key }) => key)].map(([key, same]) => [
      key,
      same.flatMap((one) => byHost.get(one) ?? []).toSorted()[0] ?? key,
    ]),
  );
  return new Map(
    found.map((one) => [one.backend, { name: one.name, key: byHost.get(one) ?? first.get(one.key) ?? one.key }]),
  );
}

/** Of backends that are linked by addresses: the database that one of them has identified, else the first connect string. */
function databaseAtAddress(
  members: readonly BackendUsage[],
  identified: ReadonlyMap<BackendUsage, Database>,
): Database | undefined {
  const [known] = members
    .flatMap((backend) => identified.get(backend) ?? [])
    .toSorted((one, other) => (one.name < other.name || (one.name === other.name && one.key < other.key) ? -1 : 1));
  const [named] = members;
  const { connectString } = named?.database ?? {};
  if (known !== undefined || named === undefined || connectString === undefined) return known;
  const name = shownName(connectString) ?? `the connect string of ${idOf(named)}`;
  return { name, key: keyOf(named, { by: 'connectString', name: connectString }) };
}

/** A key of a Secret or ConfigMap that holds the connect string. */
const SOURCE = /^key [\w.-]+ of (?:Secret|ConfigMap) [\w.-]+$/;

/** Undefined where the connect string may hold credentials, or is one of another driver. */
const shownName = (connectString: string) =>
  SOURCE.test(connectString) ? connectString : shownConnectString(connectString);

/** Where the connect string of a backend leads. */
type Place = {
  readonly hosts: readonly string[];
  /**
   * Two ways to write one address have one key. A connect string without an address, such as an alias, is its own key. Always within the
   * backend's namespace.
   */
  readonly addressKeys: readonly string[];
};

/** A group is computed again with each change of a member. The other members are the same objects then, and not parsed again. */
const places = new WeakMap<BackendUsage, Place>();

function placeOf(backend: BackendUsage): Place {
  const known = places.get(backend);
  if (known !== undefined) return known;
  const place = findPlace(backend);
  places.set(backend, place);
  return place;
}

function findPlace(backend: BackendUsage): Place {
  const { namespace, database } = backend;
  const { connectString: name } = database;
  if (name === undefined) return { hosts: [], addressKeys: [] };
  const addresses = addressesIn(name, namespace);
  if (addresses.length === 0) return { hosts: [], addressKeys: [keyOf(backend, { by: 'connectString', name })] };
  return {
    hosts: addresses.map(({ host }) => host),
    addressKeys: addresses.map(({ host, port, service }) => JSON.stringify([namespace, host, port, service])),
  };
}

/**
 * Index keys under which the group of a backend is found without comparing all backends. Each member of the group has one of these
 * keys, or is linked to a member that has one by a key of both.
 */
export function linkKeys(backend: BackendUsage, crossNamespace: readonly CrossNamespaceGroup[]): readonly string[] {
  const inSpec = groupInSpec(backend, crossNamespace);
  if (inSpec !== undefined) return [inSpec.key];
  const identities = identityOf(backend).map(({ key }) => key);
  return [...new Set([...identities, ...placeOf(backend).addressKeys])];
}
