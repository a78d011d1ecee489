/** The statements that one session has open, by the numbers that its client knows them by. */
import { OracleError } from '../database/errors.ts';
import type { BindType } from '../messages/binds.ts';
import type { CursorShape } from '../messages/request.ts';
import type { Rows } from '../sql/answer.ts';

export const MAX_OPEN_CURSORS = 300;

export type Cursor = {
  readonly id: number;
  readonly sql: string;
  bindTypes: readonly BindType[];
  /** What its last execution found, and how much of it was sent. Undefined for a statement that finds no rows. */
  result: Rows | undefined;
  sent: number;
  /** The columns as the client knows them. */
  described: Rows['columns'];
};

export class Cursors {
  readonly #cursors = new Map<number, Cursor>();
  #lastId = 0;

  /** Throws ORA-01000 for one too many. */
  open(sql: string): Cursor {
    if (this.#cursors.size >= MAX_OPEN_CURSORS) throw new OracleError(1000);
    this.#lastId += 1;
    const cursor: Cursor = { id: this.#lastId, sql, bindTypes: [], result: undefined, sent: 0, described: [] };
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
