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

/** Levels of a value that is read from a text. A manifest has twenty; functions that call themselves have room for thousands. */
const MAX_DEPTH = 200;

/** The value in a text that somebody else may have written; undefined where there is none, or it is nested too deep to be walked. */
export function parseJson(text: string | undefined): unknown {
  if (text === undefined || depthOf(text) > MAX_DEPTH) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/gs;

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [bracket] of text.replace(STRING, '').matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
