/** How the tests let node-oracledb log on to a stand-in. */
import oracledb from 'oracledb';
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
