/** Which profiles share a database. Within a namespace, unless the operator's setting lists the group as shared. */
import { idOf, type Member, type MemberDatabase, byId } from '../model/usage.ts';

export type Group = {
  /** Unique among all groups. */
  readonly key: string;
  /** As a person calls it. */
  readonly name: string;
  /** By namespace and name. */
  readonly members: readonly Member[];
};

/** Every member is in exactly one group. `shared` names groups that reach over namespaces. */
export function groupsOf(members: readonly Member[], shared: readonly string[]): readonly Group[] {
  const sorted = members.toSorted(byId);
  const found = namesByConnectString(sorted);
  const groups = Map.groupBy(sorted, (member) => keyOf(member, found, shared));
  return [...groups].map(([key, together]) => {
    const [first] = together;
    return { key, name: first === undefined ? '' : databaseOf(first, found).name, members: together };
  });
}

function keyOf(member: Member, found: Found, shared: readonly string[]): string {
  const { by, name } = databaseOf(member, found);
  const isShared = by !== 'profile' && shared.includes(name);
  return JSON.stringify([isShared ? '' : member.namespace, by, name]);
}

type Database = { readonly by: 'group' | 'names' | 'connectString' | 'profile'; readonly name: string };

function databaseOf(member: Member, found: Found): Database {
  const { group, connectString } = member.database;
  if (group !== undefined) return { by: 'group', name: group };
  const names = namesOf(member) ?? found.get(placeOf(member));
  if (names !== undefined) return { by: 'names', name: names };
  if (connectString !== undefined) return { by: 'connectString', name: connectString };
  return { by: 'profile', name: idOf(member) };
}

/** What a database is called by its own profile; undefined where it goes by its connect string. */
export const nameOf = (database: MemberDatabase): string | undefined => database.group ?? namesOf({ database });

function namesOf({ database }: Pick<Member, 'database'>): string | undefined {
  const { uniqueName, pdbName } = database.learnt?.names ?? {};
  if (uniqueName === undefined) return undefined;
  return pdbName === undefined ? uniqueName : `${uniqueName}/${pdbName}`;
}

/** By namespace and connect string, what a database that was found under it calls itself. */
type Found = ReadonlyMap<string, string>;

/**
 * A profile that was not probed yet is of the database that its neighbours found under the same connect string. Those with
 * a group in the spec have left it to that: no word leads from them to who goes by names.
 */
function namesByConnectString(members: readonly Member[]): Found {
  const found = new Map<string, string>();
  for (const member of members.filter(({ database }) => database.group === undefined)) {
    const names = namesOf(member);
    const known = found.get(placeOf(member));
    if (names !== undefined && member.database.connectString !== undefined && (known === undefined || names < known))
      found.set(placeOf(member), names);
  }
  return found;
}

const placeOf = ({ namespace, database }: Member) => `${namespace}/${database.connectString ?? ''}`;

/** Words by which the group of a member is found: whoever is in it has one of them, or one of another that has one of them. */
export function wordsOf(member: Member, shared: readonly string[]): readonly string[] {
  const { namespace, database } = member;
  const { group, connectString } = database;
  const place = (name: string) => (shared.includes(name) ? '' : namespace);
  if (group !== undefined) return [`group ${place(group)} ${group}`];
  const names = namesOf(member);
  return [
    ...(names === undefined ? [] : [`names ${place(names)} ${names}`]),
    ...(connectString === undefined
      ? []
      : [`at ${place(connectString)} ${connectString}`, `at ${namespace} ${connectString}`]),
  ];
}
