/** The statements that one session has open, by the numbers that its client knows them by. */
import { OracleError } from '../database/errors.ts';
import type { BindType } from '../messages/binds.ts';
import type { CursorShape } from '../messages/request.ts';
import type { Rows } from '../sql/answer.ts';

export type Cursor = {
  readonly id: number;
  readonly sql: string;
  bindTypes: readonly BindType[];
  /** What its last execution found, and how much of it was sent. Undefined for a statement that finds no rows. */
  result: Rows | undefined;
  sent: number;
};

export class Cursors {
  readonly #cursors = new Map<number, Cursor>();
  #lastId = 0;

  open(sql: string): Cursor {
    this.#lastId += 1;
    const cursor: Cursor = { id: this.#lastId, sql, bindTypes: [], result: undefined, sent: 0 };
    this.#cursors.set(cursor.id, cursor);
    return cursor;
  }

  /** Throws ORA-01001 for a number that is not open. */
  get(id: number): Cursor {
    const cursor = this.#cursors.get(id);
    if (cursor === undefined) throw new OracleError(1001);
    return cursor;
  }

  shapeOf(id: number): CursorShape | undefined {
    const cursor = this.#cursors.get(id);
    return cursor && { bindTypes: cursor.bindTypes, isQuery: cursor.result !== undefined };
  }

  close(ids: readonly number[]): void {
    for (const id of ids) this.#cursors.delete(id);
  }
}

/** The next rows that were not sent yet, at most so many. */
export function takeRows(cursor: Cursor, count: number): Rows['rows'] {
  const rows = cursor.result?.rows.slice(cursor.sent, cursor.sent + count) ?? [];
  cursor.sent += rows.length;
  return rows;
}

export const isExhausted = ({ result, sent }: Cursor): boolean => result === undefined || sent >= result.rows.length;
