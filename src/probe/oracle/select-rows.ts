/** Reads a view of the data dictionary for what is worth knowing, and not needed: only a broken connection is an error. */
import type oracledb from 'oracledb';
import { errorText } from '../verdict/driver-text.ts';
import { own, ownWords } from '../verdict/own-text.ts';
import type { Progress } from '../verdict/progress.ts';
import { codeOf } from './driver-error.ts';

/** To a user without the right to read it, a view does not exist (ORA-00942) or is forbidden (ORA-01031). */
const UNREADABLE = new Set(['ORA-00942', 'ORA-01031']);

/** Milliseconds after which a view is given up: those of a cluster wait for all of its instances. */
const CALL_TIMEOUT_MS = 3000;
const CALL_TIMEOUT = 'NJS-123';

/** A user with sessions from more machines than this is counted in part. */
const MAX_ROWS = 1000;

/** `rest`: the statement after the name of the view. */
export type Query = { readonly view: string; readonly columns: string; readonly rest?: string };

type Attempt<Row> = { readonly rows: readonly Row[] } | { readonly code: string; readonly error: unknown };

/** The rows, or the error of the database, or that it took too long. Throws the driver's error where the connection is broken. */
export async function tryRows<Row extends unknown[]>(
  connection: oracledb.Connection,
  { view, columns, rest = '' }: Query,
): Promise<Attempt<Row>> {
  connection.callTimeout = CALL_TIMEOUT_MS;
  try {
    const { rows = [] } = await connection.execute<Row>(`SELECT ${columns} FROM ${view}${rest}`, [], {
      maxRows: MAX_ROWS,
    });
    return { rows };
  } catch (error) {
    const code = codeOf(error) ?? '';
    if (!code.startsWith('ORA-') && code !== CALL_TIMEOUT) throw error;
    return { code, error };
  } finally {
    connection.callTimeout = 0;
  }
}

/** The rows; undefined where there are none to be had. Then `progress` has the view among the unreadable ones, or a warning. */
export async function selectRows<Row extends unknown[]>(
  connection: oracledb.Connection,
  query: Query,
  progress: Progress,
): Promise<readonly Row[] | undefined> {
  const found = await tryRows<Row>(connection, query);
  if ('rows' in found) return found.rows;
  if (UNREADABLE.has(found.code)) {
    const { limits } = progress;
    progress.limits = { ...limits, unreadableViews: [...(limits?.unreadableViews ?? []), query.view] };
  } else progress.warnings.push(own`Reading ${ownWords(query.view)}: ${errorText(found.error)}`);
  return undefined;
}
