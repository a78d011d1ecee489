/**
 * From the four numbers to a pool of node-oracledb (Thin mode). This is the file to take into a backend of your own: it
 * knows neither the environment nor HTTP.
 */
import oracledb, { type Connection, type Pool } from 'oracledb';
import type { Database, PoolSize } from './settings.ts';

/** How long one attempt to reach the database may take: the network, not the logon. */
const CONNECT_TIMEOUT_SECONDS = 5;

/**
 * Opens the pool; it has a connection when this resolves. Rejects with the driver's error after one attempt to log in.
 * Do not call it again at once then: ten refused logons lock an account.
 */
export async function openPool(size: PoolSize, { user, password, connectString }: Database): Promise<Pool> {
  const database = { user, password, connectString, connectTimeout: CONNECT_TIMEOUT_SECONDS };

  // createPool proves nothing, since it connects in the background; and where its logon is refused, it repeats it
  // without pause until there are poolMin connections. So one connection outside the pool goes first.
  const first = await oracledb.getConnection(database);
  await first.close();

  const pool = await oracledb.createPool({
    ...database,
    poolMin: size.min,
    poolMax: size.max,
    poolIncrement: 1,
    // DB_POOL_TIMEOUT is how long a caller waits. Mind the unit, and that it is not poolTimeout: that one says after
    // which time an idle connection is closed.
    queueTimeout: size.timeoutSeconds * 1000,
    // DB_POOL_RECYCLE is the age at which a connection is replaced, when it is next taken or given back.
    maxLifetimeSession: size.recycleSeconds,
    enableStatistics: true,
  });
  await withConnection(pool, (connection) => connection.ping());
  return pool;
}

/** Borrows a connection for `work`. Rejects with NJS-040 where none is free within DB_POOL_TIMEOUT. */
export async function withConnection<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await pool.getConnection();
  try {
    return await work(connection);
  } finally {
    await connection.close(); // back into the pool
  }
}

/** What an error says, in one line and without the driver's link to its help. */
export function messageOf(error: unknown): string {
  const lines = String(error instanceof Error ? error.message : error).split('\n');
  return lines.filter((line) => !line.startsWith('Help: ')).join(': ');
}
