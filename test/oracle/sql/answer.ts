/** What a statement comes to: columns and rows in Oracle's form, or just that it is done. */
import type { ColumnShape } from '../messages/result.ts';
import { encodeDate, encodeNumber, encodeTimestamp, ORACLE_TYPE, type Value } from '../wire/values.ts';

export type Rows = {
  readonly kind: 'rows';
  readonly columns: readonly ColumnShape[];
  readonly rows: readonly (readonly (Buffer | null)[])[];
};

export type Done = {
  readonly kind: 'done';
  /** Rows that were changed. */
  readonly rowCount: number;
  /** Values of all binds of a PL/SQL block that has out binds. */
  readonly out?: readonly string[] | undefined;
};

export type Answer = Rows | Done;

export type ColumnType = 'VARCHAR2' | 'NUMBER' | 'DATE' | 'TIMESTAMP WITH TIME ZONE';

/** Type, bytes at most, form and scale of each type's columns. */
const SHAPES: Readonly<Record<ColumnType, Omit<ColumnShape, 'name'>>> = {
  VARCHAR2: { type: ORACLE_TYPE.varchar, bytes: 4000, form: 1, scale: 0 },
  NUMBER: { type: ORACLE_TYPE.number, bytes: 22, form: 0, scale: -127 },
  DATE: { type: ORACLE_TYPE.date, bytes: 7, form: 0, scale: 0 },
  'TIMESTAMP WITH TIME ZONE': { type: ORACLE_TYPE.timestampWithTimeZone, bytes: 13, form: 0, scale: 0 },
};

export const columnShape = (name: string, type: ColumnType): ColumnShape => ({ name, ...SHAPES[type] });

/** A value in the form of its column's type; the empty text is null, as in Oracle. */
export function encodeValue(value: Value, type: ColumnType): Buffer | null {
  if (value === null || value === '') return null;
  switch (type) {
    case 'VARCHAR2':
      return Buffer.from(String(value));
    case 'NUMBER':
      return encodeNumber(typeof value === 'number' ? value : String(value));
    case 'DATE':
      return encodeDate(dateOf(value));
    case 'TIMESTAMP WITH TIME ZONE':
      return encodeTimestamp(dateOf(value));
  }
}

const dateOf = (value: Value) => (value instanceof Date ? value : new Date(String(value)));
