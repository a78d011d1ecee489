/** Which profiles share a database. Within a namespace, unless the operator's setting lists the group as shared. */
import { idOf, type Member, byId } from './member.ts';

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
  const groups = Map.groupBy(sorted, (member) => keyOf(member, sorted, shared));
  return [...groups].map(([key, together]) => {
    const [first] = together;
    return { key, name: first === undefined ? '' : databaseOf(first, sorted).name, members: together };
  });
}

function keyOf(member: Member, all: readonly Member[], shared: readonly string[]): string {
  const { by, name } = databaseOf(member, all);
  const isShared = by !== 'profile' && shared.includes(name);
  return JSON.stringify([isShared ? '' : member.namespace, by, name]);
}

type Database = { readonly by: 'group' | 'names' | 'connectString' | 'profile'; readonly name: string };

function databaseOf(member: Member, all: readonly Member[]): Database {
  const { group, connectString } = member.database;
  if (group !== undefined) return { by: 'group', name: group };
  const names = namesOf(member) ?? namesByConnectString(member, all);
  if (names !== undefined) return { by: 'names', name: names };
  if (connectString !== undefined) return { by: 'connectString', name: connectString };
  return { by: 'profile', name: idOf(member) };
}

function namesOf({ database }: Member): string | undefined {
  const { uniqueName, pdbName } = database.learnt?.names ?? {};
  if (uniqueName === undefined) return undefined;
  return pdbName === undefined ? uniqueName : `${uniqueName}/${pdbName}`;
}

/** A profile that was not probed yet is of the database that its neighbours found under the same connect string. */
function namesByConnectString({ namespace, database }: Member, all: readonly Member[]): string | undefined {
  if (database.connectString === undefined) return undefined;
  return all
    .filter((other) => other.namespace === namespace && other.database.connectString === database.connectString)
    .flatMap((other) => namesOf(other) ?? [])
    .toSorted()[0];
}
