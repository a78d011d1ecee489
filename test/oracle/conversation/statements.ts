/** Runs statements and sends what they find, so many rows at a time as the client asks for. */
import { isDeepStrictEqual } from 'node:util';
import type { Database } from '../database/database.ts';
import { oraError } from '../database/errors.ts';
import type { Session } from '../database/session.ts';
import { type Ending, failure, success } from '../messages/endings.ts';
import type { Execute } from '../messages/request.ts';
import { describe, outBinds, outParameters, rowsOf } from '../messages/result.ts';
import { runStatement } from '../sql/run.ts';
import { encode } from '../wire/codec.ts';
import type { Dialect } from '../wire/dialect.ts';
import { type Cursor, type Cursors, isExhausted, takeRows } from './cursors.ts';

/** What a call is worked on with. */
export type Work = {
  readonly session: Session;
  readonly database: Database;
  readonly cursors: Cursors;
  readonly dialect: Dialect;
  /** The request's, for the answer. */
  readonly sequence: number;
  /** Aborted when the client cancels the call, or goes. */
  readonly signal: AbortSignal;
};

export async function execute(call: Execute, work: Work): Promise<Buffer> {
  const { cursors, dialect, sequence, session, database, signal } = work;
  const cursor = call.cursorId === 0 ? cursors.open(call.sql ?? '') : cursors.get(call.cursorId);
  if (call.bindTypes.length > 0) cursor.bindTypes = call.bindTypes;
  const answer = await runStatement(cursor.sql, call.binds, { session, database }, signal).catch((error: unknown) => {
    if (call.cursorId === 0) cursors.close([cursor.id]);
    throw error;
  });
  if (answer.kind === 'rows') {
    cursor.result = answer;
    cursor.sent = 0;
    return firstRows(cursor, call, work);
  }
  const ending = { sequence, cursorId: cursor.id, rowCount: answer.rowCount };
  const values = answer.out === undefined ? [] : [outBinds(answer.out, dialect)];
  return Buffer.concat([...values, encode(outParameters, {}, dialect), success(ending, dialect)]);
}

function firstRows(cursor: Cursor, { sql, rows, isDescribeOnly }: Execute, { dialect, sequence }: Work): Buffer {
  const columns = cursor.result?.columns ?? [];
  // A bind of another type makes other columns of a statement that the client knows already.
  const isDescribed = sql !== undefined || isDescribeOnly || !isDeepStrictEqual(columns, cursor.described);
  cursor.described = columns;
  const isFetched = rows > 0 && !isDescribeOnly;
  const parts = [
    ...(isDescribed ? [describe(columns, dialect)] : []),
    ...(isFetched ? [rowsOf(takeRows(cursor, rows), dialect)] : []),
    encode(outParameters, {}, dialect),
  ];
  const ending = { sequence, cursorId: cursor.id, rowCount: cursor.sent };
  return Buffer.concat([...parts, isFetched ? fetched(cursor, ending, dialect) : success(ending, dialect)]);
}

export function fetch(cursor: Cursor, count: number, { dialect, sequence }: Work): Buffer {
  const rows = rowsOf(takeRows(cursor, count), dialect);
  return Buffer.concat([rows, fetched(cursor, { sequence, cursorId: cursor.id, rowCount: cursor.sent }, dialect)]);
}

/** Success while rows are left, and ORA-01403 once all were sent. */
const fetched = (cursor: Cursor, ending: Ending, dialect: Dialect): Buffer =>
  isExhausted(cursor) ? failure(oraError(1403), ending, dialect) : success(ending, dialect);
