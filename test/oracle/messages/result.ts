/** What comes back of a query: a description of its columns, and rows. */
import { encode, layout, list, preset, since } from '../wire/codec.ts';
import type { Dialect } from '../wire/dialect.ts';
import { Writer } from '../wire/bytes.ts';
import { clr, dalc, numbers, scale, text, u8, ub } from '../wire/scalars.ts';

const UTF8 = 873;

/** A column as clients see it. */
export type ColumnShape = {
  readonly name: string;
  readonly type: number;
  readonly bytes: number;
  /** 1 for texts, 2 for national texts, 0 for others. */
  readonly form: number;
  readonly scale: number;
};

export const columnDescription = layout({
  type: u8,
  flags: u8,
  precision: u8,
  scale,
  bytes: ub,
  elements: ub,
  continuation: ub,
  objectId: ub,
  version: ub,
  characterSet: ub,
  form: u8,
  characters: ub,
  columnId: since(8, ub),
  isNullable: preset(u8, 1),
  nameLength: u8,
  name: text(dalc),
  schema: ub,
  typeName: ub,
  position: ub,
  objectFlags: ub,
});

export const description = layout({
  type: preset(u8, 16),
  head: clr,
  rowBytes: ub,
  count: ub,
  separator: u8,
  columns: list('count', columnDescription),
  tail: numbers(6),
});

export function describe(columns: readonly ColumnShape[], dialect: Dialect): Buffer {
  const described = columns.map((column, index) => {
    const nameLength = Buffer.byteLength(column.name);
    const characterSet = column.form === 0 ? 0 : UTF8;
    return {
      ...columnDescription.zero,
      ...column,
      nameLength,
      characterSet,
      characters: column.form === 0 ? 0 : column.bytes,
      position: index + 1,
    };
  });
  const rowBytes = columns.reduce((sum, { bytes }) => sum + bytes, 0);
  return encode(description, { rowBytes, count: columns.length, columns: described }, dialect);
}

const transfer = {
  flags: u8,
  requests: ub,
  iteration: ub,
  rows: ub,
  bufferLength: ub,
  bitVector: ub,
  rowid: ub,
};

const rowHeader = layout({ type: preset(u8, 6), ...transfer });
/** As many directions as requests. */
const bindDirections = layout({ type: preset(u8, 11), ...transfer, directions: list('requests', u8) });
const DIRECTION_OUT = 16;

const ROW = 7;

/** A header, and each row with all of its columns. */
export function rowsOf(rows: readonly (readonly (Buffer | null)[])[], dialect: Dialect): Buffer {
  const to = new Writer(dialect);
  rowHeader.write(to, { rows: rows.length });
  for (const row of rows) {
    to.byte(ROW);
    for (const value of row) clr.write(to, value, {});
  }
  return to.bytes();
}

/** All binds are out binds, and these are their values. */
export function outBinds(values: readonly string[], dialect: Dialect): Buffer {
  const to = new Writer(dialect);
  bindDirections.write(to, { requests: values.length, directions: values.map(() => DIRECTION_OUT) });
  to.byte(ROW);
  for (const value of values) {
    text(clr).write(to, value, {});
    ub.write(to, 0, {});
  }
  return to.bytes();
}

/** Numbers that nobody reads. go-ora takes two whatever the count says, so there have to be two. */
export const outParameters = layout({
  type: preset(u8, 8),
  count: preset(ub, 6),
  values: numbers(6),
  transaction: ub,
  pairs: ub,
  registration: ub,
});
