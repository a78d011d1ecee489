/** Who owns which environment variable of a pod template, from `metadata.managedFields`. */
import type { ObjectMeta } from '../kube/types.ts';

type ManagedFields = NonNullable<ObjectMeta['managedFields']>;
type Fields = { readonly [path: string]: Fields | undefined };

/** Managers by "container/variable". A manager that owns any part of the entry is named. */
export function environmentManagers(entries: ManagedFields): ReadonlyMap<string, readonly string[]> {
  const managers = new Map<string, string[]>();
  for (const { manager, fieldsV1 } of entries) {
    const containers = fieldAt(fieldsV1 as Fields | undefined, 'f:spec', 'f:template', 'f:spec', 'f:containers');
    for (const [container, fields] of named(containers)) {
      for (const [variable] of named(fieldAt(fields, 'f:env'))) {
        const key = `${container}/${variable}`;
        const found = managers.get(key) ?? [];
        if (manager !== undefined && !found.includes(manager)) found.push(manager);
        managers.set(key, found);
      }
    }
  }
  return managers;
}

function fieldAt(fields: Fields | undefined, ...path: readonly string[]): Fields | undefined {
  return path.reduce<Fields | undefined>((found, step) => found?.[step], fields);
}

/** Members of a list keyed by name: `k:{"name":"app"}`. */
function* named(fields: Fields | undefined): Generator<[string, Fields | undefined]> {
  for (const [key, value] of Object.entries(fields ?? {})) {
    const name = /^k:\{"name":"([^"\\]*)"\}$/.exec(key)?.[1];
    if (name !== undefined) yield [name, value];
  }
}
