/** The backend's process: opens the pool, then listens. On SIGTERM it stops in reverse order and exits with 0. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Pool } from 'oracledb';
import { within } from './deadline.ts';
import { messageOf, openPool } from './pool.ts';
import { createBackend } from './server.ts';
import { type Database, type PoolSize, readSettings } from './settings.ts';

const START_DEADLINE_MS = 15_000;

/** Together shorter than the pod's terminationGracePeriodSeconds. */
const REQUESTS_DEADLINE_MS = 3000;
const POOL_DEADLINE_MS = 3000;

/** How long the pool waits for connections that are out, before it cuts them. */
const DRAIN_SECONDS = 1;

async function main(): Promise<void> {
  // From the first moment on: the first process of a container ignores a signal that it has no listener for.
  const stop = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]).then(() => 'stop' as const);
  const { size, database, host, port } = readSettings(process.env);

  const pool = await Promise.race([open(size, database), stop]);
  if (pool === 'stop') return;
  console.log(
    `Database Pool initialized successfully. Size: min=${size.min}, max=${size.max}, timeout=${size.timeoutSeconds}s`,
  );
  const server = createBackend(pool, size).listen(port, host);
  await once(server, 'listening');
  console.log(`listening on port ${portOf(server)}`);

  await stop;
  console.log('stopping');
  await finishRequests(server);
  await closePool(pool);
}

async function open(size: PoolSize, database: Database): Promise<Pool> {
  try {
    return await within(START_DEADLINE_MS, openPool(size, database));
  } catch (error) {
    const what = `open the pool on ${database.connectString} as ${database.user}`;
    throw new Error(`${what}: ${messageOf(error)}`, { cause: error });
  }
}

/** Takes no new request, and waits for those under way. */
async function finishRequests(server: Server): Promise<void> {
  const closed = once(server, 'close');
  const cut = setTimeout(() => server.closeAllConnections(), REQUESTS_DEADLINE_MS);
  server.close();
  await closed;
  clearTimeout(cut);
}

/** A pool that waits for a database that does not answer never closes: then the process ends without it. */
async function closePool(pool: Pool): Promise<void> {
  try {
    await within(POOL_DEADLINE_MS, pool.close(DRAIN_SECONDS));
  } catch (error) {
    console.error(`close the pool: ${messageOf(error)}`);
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

try {
  await main();
  process.exit(0);
} catch (error) {
  // After one attempt: Kubernetes starts the container again, later each time.
  console.error(messageOf(error));
  process.exit(1);
}
