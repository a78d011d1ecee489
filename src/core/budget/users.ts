/** Whose sessions the members of a group open. */
import { byId, type Member } from '../model/usage.ts';

/** The session user; undefined where no probe has told. */
export type UserOf = (member: Member) => string | undefined;

/** By the last verdict, else by that of a neighbour with the same credentials: a profile may be probed later, or never. */
export function usersOf(members: readonly Member[]): UserOf {
  const found = new Map<string, string>();
  for (const member of members.toSorted(byId)) {
    const key = credentialsOf(member);
    const user = member.database.learnt?.user;
    if (key !== undefined && user !== undefined && !found.has(key)) found.set(key, user);
  }
  return (member) => member.database.learnt?.user ?? found.get(credentialsOf(member) ?? '');
}

/** A Secret is of one namespace. */
const credentialsOf = ({ namespace, database: { credentials } }: Member) =>
  credentials === undefined ? undefined : `${namespace}/${credentials}`;
