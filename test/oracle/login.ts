/** How the tests let node-oracledb log on to a stand-in. */
import oracledb from 'oracledb';
import { vi } from 'vitest';
import type { StandIn } from './stand-in.ts';

/** APP with the password `right`, on the first service, unless told otherwise. */
export function loginTo(standIn: StandIn, changes: oracledb.ConnectionAttributes = {}): Promise<oracledb.Connection> {
  const attributes = { user: 'app', password: 'right', connectString: standIn.connectString() };
  return oracledb.getConnection({ ...attributes, ...changes });
}

export async function rowsOf(
  connection: oracledb.Connection,
  sql: string,
  binds: oracledb.BindParameters = [],
): Promise<unknown[][] | undefined> {
  return (await connection.execute<unknown[]>(sql, binds)).rows;
}

/** Resolves once the check holds: what a client did is seen by the server a moment later. */
export const soon = <T>(check: () => T | Promise<T>): Promise<T> => vi.waitFor(check, { timeout: 5000, interval: 3 });
