/** Plain JSON: a short, stable hash of it, and equality. The order of keys does not matter. */
import { createHash } from 'node:crypto';

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Hexadecimal digits of a hash: 40 bits keep names short, and two configurations of one profile do not collide. */
export const HASH_LENGTH = 10;

/** SHA-256 over the canonical JSON of `value`, cut to HASH_LENGTH hexadecimal digits. An undefined member counts as absent. */
export function hashOf(value: JsonValue): string {
  return createHash('sha256').update(canonical(value)).digest('hex').slice(0, HASH_LENGTH);
}

function canonical(value: JsonValue): string {
  if (value === undefined) return 'null';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonical).join(',')}]`;
  const entries = Object.entries(value as Record<string, JsonValue>)
    .filter(([, member]) => member !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
}

/** Whether two values of plain JSON are equal. An undefined member counts as absent, unlike in `isDeepStrictEqual` of node:util. */
export function isDeepEqualJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || a === null || typeof b !== 'object' || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isDeepEqualJson(Reflect.get(a, key), Reflect.get(b, key)));
}
