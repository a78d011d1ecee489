/** Reads `metadata.managedFields`: who owns which environment variable, which entries are the operator's, and who wrote what last, and when. */
import { FIELD_MANAGER } from '../core/model/naming.ts';
import type { ObservedVariable } from '../core/model/observed.ts';
import type { ObjectMeta } from '../kube/types.ts';
import { milliseconds } from './metadata.ts';

type ManagedFields = NonNullable<ObjectMeta['managedFields']>;
type Fields = { readonly [path: string]: Fields | undefined };

export type VariableOwners = Pick<ObservedVariable, 'managers' | 'sourceManagers'>;

/** By "container/variable". */
export function variableOwners(entries: ManagedFields): ReadonlyMap<string, VariableOwners> {
  const owners = new Map<string, VariableOwners>();
  for (const { manager, fieldsV1 } of entries) {
    const containers = fieldAt(fieldsV1 as Fields | undefined, 'f:spec', 'f:template', 'f:spec', 'f:containers');
    for (const [container, fields] of named(containers)) {
      for (const [variable, parts] of named(fieldAt(fields, 'f:env'))) {
        const key = `${container}/${variable}`;
        const { managers, sourceManagers } = owners.get(key) ?? NOBODY;
        owners.set(key, {
          managers: withManager(managers, manager),
          sourceManagers: ownsSource(parts) ? withManager(sourceManagers, manager) : sourceManagers,
        });
      }
    }
  }
  return owners;
}

export const NOBODY: VariableOwners = { managers: [], sourceManagers: [] };

const withManager = (managers: readonly string[], manager: string | undefined): readonly string[] =>
  manager === undefined || managers.includes(manager) ? managers : [...managers, manager];

/** A `valueFrom` of which a manager owns no source is one whose source another manager has taken over. */
function ownsSource(parts: Fields | undefined): boolean {
  const { 'f:value': value, 'f:valueFrom': valueFrom } = parts ?? {};
  return value !== undefined || Object.keys(valueFrom ?? {}).some((part) => part !== '.');
}

function fieldAt(fields: Fields | undefined, ...path: readonly string[]): Fields | undefined {
  return path.reduce<Fields | undefined>((found, step) => found?.[step], fields);
}

/** Entries of a list that is keyed by name: `k:{"name":"app"}`. */
function* named(fields: Fields | undefined): Generator<[string, Fields | undefined]> {
  for (const [key, value] of Object.entries(fields ?? {})) {
    const name = /^k:\{"name":"([^"\\]*)"\}$/.exec(key)?.[1];
    if (name !== undefined) yield [name, value];
  }
}

/**
 * The field manager that wrote any field last; undefined where no write since the operator's own is known. The API server keeps no
 * entry for a writer that only removes fields.
 */
export function lastWriter(entries: ManagedFields): string | undefined {
  const dated = entries
    .filter(({ subresource }) => !subresource)
    .map(({ manager, time }) => ({ manager, at: milliseconds(time) }))
    .toSorted((a, b) => b.at - a.at);
  const own = dated.find(({ manager }) => manager === FIELD_MANAGER);
  const other = dated.find(({ manager }) => manager !== FIELD_MANAGER);
  return other !== undefined && other.at >= (own?.at ?? 0) ? other.manager : undefined;
}

/** Indexes of the operator's entries, in order. */
export const ownEntryIndexes = (entries: ManagedFields): readonly number[] =>
  entries.flatMap(({ manager, subresource }, index) => (manager === FIELD_MANAGER && !subresource ? [index] : []));

/** When another manager last wrote to the object, not counting its status; else when the object was created. Milliseconds since the epoch. */
export function specChangedAt(metadata: ObjectMeta | undefined): number {
  const written = (metadata?.managedFields ?? [])
    .filter(({ manager, subresource }) => manager !== FIELD_MANAGER && !subresource)
    .map(({ time }) => milliseconds(time));
  return Math.max(milliseconds(metadata?.creationTimestamp), ...written);
}

/**
 * When the spec of a running pod was last changed, as by a resize; undefined where nobody knows. `kubectl debug` adds a container of its own
 * and ends none.
 */
export function changedInPlaceAt(metadata: ObjectMeta | undefined): number | undefined {
  if ((metadata?.generation ?? 1) <= 1) return undefined;
  const times = (metadata?.managedFields ?? [])
    .filter(({ subresource }) => subresource !== 'status' && subresource !== 'ephemeralcontainers')
    .map(({ time }) => milliseconds(time));
  const last = Math.max(0, ...times);
  return last > milliseconds(metadata?.creationTimestamp) ? last : undefined;
}

/** Whether the last write but for the status was one of `spec.replicas` by an autoscaler or `kubectl scale`; false where it is unclear. */
export function wasScaledLast(metadata: ObjectMeta | undefined): boolean {
  const writes = (metadata?.managedFields ?? []).filter(({ subresource }) => subresource !== 'status');
  const times = writes.map(({ time }) => milliseconds(time));
  const newest = writes.filter((_, index) => times[index] === Math.max(...times));
  return newest.length === 1 && newest[0]?.subresource === 'scale';
}

/** When the status of the object last changed; undefined where nobody has written one. Milliseconds since the epoch. */
export function statusChangedAt(metadata: ObjectMeta | undefined): number | undefined {
  const times = (metadata?.managedFields ?? [])
    .filter(({ subresource }) => subresource === 'status')
    .map(({ time }) => milliseconds(time));
  return times.length === 0 ? undefined : Math.max(...times);
}
