/** Values that a client binds to a statement's variables. */
import { Garbled, type Reader } from '../wire/bytes.ts';
import { repeat } from '../wire/codec.ts';
import { clr, u8 } from '../wire/scalars.ts';
import { decodeDate, decodeNumber, ORACLE_TYPE, type Value } from '../wire/values.ts';

export type BindType = {
  readonly type: number;
  readonly form: number;
  readonly flags: number;
  readonly bytes: number;
};

/** A value as it came, with the type that says how to read it. */
export type Bind = { readonly type: number; readonly form: number; readonly raw: Buffer | null };

const ROW = 7;
const FLAG_ARRAY = 0x40;
const NULL_BOOLEAN = 253;
/** The form of national texts, which are UTF-16. */
const NATIONAL = 2;
/** Values that may be longer than this stand at the end of their row. */
const LONGEST_STRING = 32_767;

/** Types whose values are a byte string by its length. */
const SIMPLE: ReadonlySet<number> = new Set(Object.values(ORACLE_TYPE));

/** Whether this stand-in can find the end of values of these types. */
export const canRead = (types: readonly BindType[]): boolean =>
  types.every(({ type, flags }) => SIMPLE.has(type) && (flags & FLAG_ARRAY) === 0);

/** So many rows of binds, in the order of the types. Throws MoreNeeded. */
export function readBinds(from: Reader, types: readonly BindType[], rows: number): readonly (readonly Bind[])[] {
  if (types.length === 0) return [];
  return repeat(rows, () => readRow(from, types));
}

function readRow(from: Reader, types: readonly BindType[]): readonly Bind[] {
  const mark = u8.read(from, {});
  if (mark !== ROW) throw new Garbled(`read a row of binds: it begins with ${mark}`);
  const values = new Map<number, Buffer | null>();
  const isLast = ({ bytes }: BindType) => bytes > LONGEST_STRING;
  for (const [index, type] of types.entries()) if (!isLast(type)) values.set(index, readValue(from, type));
  for (const [index, type] of types.entries()) if (isLast(type)) values.set(index, readValue(from, type));
  return types.map(({ type, form }, index) => ({ type, form, raw: values.get(index) ?? null }));
}

function readValue(from: Reader, { type }: BindType): Buffer | null {
  if (type !== ORACLE_TYPE.boolean) return clr.read(from, {});
  const length = from.byte();
  if (length !== NULL_BOOLEAN) return from.take(length);
  from.byte();
  return null;
}

const DECODERS: ReadonlyMap<number, (raw: Buffer) => Value> = new Map<number, (raw: Buffer) => Value>([
  [ORACLE_TYPE.number, decodeNumber],
  [ORACLE_TYPE.integer, decodeNumber],
  [ORACLE_TYPE.date, decodeDate],
  [ORACLE_TYPE.timestamp, decodeDate],
  [ORACLE_TYPE.timestampWithTimeZone, decodeDate],
  [ORACLE_TYPE.timestampWithLocalTimeZone, decodeDate],
  [ORACLE_TYPE.boolean, (raw) => raw.at(-1) === 1],
]);

/** The value as a program sees it. Other types than these count as texts. */
export function valueOf({ type, form, raw }: Bind): Value {
  if (raw === null) return null;
  const decode = DECODERS.get(type);
  if (decode !== undefined) return decode(raw);
  return form === NATIONAL ? Buffer.from(raw).swap16().toString('utf16le') : raw.toString();
}
