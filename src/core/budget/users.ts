/** Whose sessions the members of a group open. */
import { byId, type BackendUsage } from '../model/usage.ts';

/** The session user; undefined where no probe has told. */
export type UserOf = (backend: BackendUsage) => string | undefined;

/** By the last verdict, else by that of a neighbour with the same credentials: a profile may be probed later, or never. */
export function sessionUsers(backends: readonly BackendUsage[]): UserOf {
  const found = new Map<string, string>();
  for (const backend of backends.toSorted(byId)) {
    const key = credentialsKey(backend);
    const user = backend.database.facts?.user;
    if (key !== undefined && user !== undefined && !found.has(key)) found.set(key, user);
  }
  return (backend) => backend.database.facts?.user ?? found.get(credentialsKey(backend) ?? '');
}

/** A Secret is of one namespace. */
const credentialsKey = ({ namespace, database: { usernameSource } }: BackendUsage) =>
  usernameSource === undefined ? undefined : `${namespace}/${usernameSource}`;
