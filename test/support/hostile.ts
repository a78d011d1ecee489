/** Objects as nobody writes them: samples in which some values are replaced, removed or added, by JSON of any type and size. */
import fc from 'fast-check';

/** JSON, and what JSON.parse makes of numbers that are too large. */
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  Infinity,
  '',
  'x',
  ' ',
  '-1',
  '1e400',
  '9007199254740993',
  '99999999999999999999',
  '\u0000\u001B[31m\u202E',
  '\uD83D',
  '😀'.repeat(3000),
  'x'.repeat(100_000),
  '__proto__',
  'constructor',
  '9999-12-31T23:59:59Z',
  '+275760-09-13T00:00:00Z',
  '2200-01-01T00:00:00Z',
  '[]',
  '{"at":9e15,"sequence":9e15}',
  '['.repeat(50_000),
  '['.repeat(20_000) + ']'.repeat(20_000),
  '{"__proto__":{"attempt":1}}',
  [],
  {},
  [null],
  [[]],
  [{}],
  JSON.parse('{"__proto__":{"x":1},"constructor":1,"toString":null}'),
];

type Json = Record<string, unknown> | unknown[];

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** Every object and list in a value, with the keys of its members. */
function placesIn(value: unknown): readonly (readonly [Json, string])[] {
  if (!isJson(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => [[value, key] as const, ...placesIn(member)]);
}

/** An assignment to `__proto__` would set the prototype: JSON.parse makes it a member. */
const put = (target: Json, key: string, value: unknown) =>
  Object.defineProperty(target, key, {
    value: structuredClone(value),
    enumerable: true,
    configurable: true,
    writable: true,
  });

/** An annotation, or a termination message, that holds an object. */
const isJsonText = ([target, key]: readonly [Json, string]) => {
  const text: unknown = Reflect.get(target, key);
  return typeof text === 'string' && /^\{".*\}$/.test(text);
};

type Change = {
  readonly kind: 'put' | 'remove' | 'repeat' | 'add' | 'edit';
  readonly at: number;
  readonly value: unknown;
};

function change(object: Json, { kind, at, value }: Change): void {
  const all = placesIn(object);
  const places = kind === 'edit' ? all.filter(isJsonText) : all;
  const [target, key] = places[at % places.length] ?? [object, 'metadata'];
  if (kind === 'put') put(target, key, value);
  else if (kind === 'edit' && places.length > 0) {
    const inner = JSON.parse(String(Reflect.get(target, key))) as Json;
    change(inner, { kind: 'put', at: Math.floor(at / places.length), value });
    put(target, key, JSON.stringify(inner));
  } else if (kind === 'add' && !Array.isArray(target))
    put(target, typeof value === 'string' ? value.slice(0, 50) : '__proto__', value);
  else if (kind === 'remove') Reflect.deleteProperty(target, key);
  else if (Array.isArray(target)) target.push(...Array.from({ length: 300 }, () => structuredClone(target[0])));
}

const changes = fc.array(
  fc.record({
    kind: fc.constantFrom(
      'put' as const,
      'put' as const,
      'edit' as const,
      'remove' as const,
      'repeat' as const,
      'add' as const,
    ),
    at: fc.nat({ max: 10_000 }),
    value: fc.oneof(fc.constantFrom(...VALUES), fc.jsonValue()),
  }),
  { maxLength: 4 },
);

/** The sample, with up to four changes somewhere in it. */
export const hostile = <T extends object>(sample: T): fc.Arbitrary<T> =>
  changes.map((all) => {
    const object = structuredClone(sample);
    for (const one of all) change(object as Json, one);
    return object;
  });
