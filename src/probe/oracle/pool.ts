/** Opens the pool with the profile's settings, fills it with connections that are held, and tests the full pool's timeout. */
import oracledb from 'oracledb';
import type { Parameters } from '../input/parameters.ts';
import { own, ownWords } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';
import { close } from './close.ts';
import { freeSessions } from './database-facts.ts';
import { connectionOptions, query } from './logon.ts';

/** How long a caller of the full pool waits here. */
const WAIT_MS = 100;

/** How much later than that the error may come on a busy node. */
const TOLERANCE_MS = 2000;

/** Fills a pool and shows that it keeps its limit; call it only after `logOn`. Throws the driver's error or a ProbeError. */
export async function provePool(parameters: Parameters, progress: Progress): Promise<void> {
  progress.reach('pool');
  const connections = connectionsToOpen(parameters, progress);
  progress.requested = connections;
  const pool = await openPool(parameters);
  try {
    await progress.time('fillMs', () => fill(pool, connections, progress));
    await proveTimeout(pool, progress.opened);
  } finally {
    // With a drain time of 0, connections that are in use are closed, too.
    await close('the pool', pool.close(0), progress);
  }
}

/** The requested connections, or fewer where the instance has not so many sessions to spare, but at least one. */
function connectionsToOpen({ connections, reservedSessions }: Parameters, progress: Progress): number {
  const free = Math.max(1, freeSessions(progress.limits, reservedSessions));
  if (free >= connections) return connections;
  progress.warnings.push(
    own`The instance has few free sessions: the probe opens ${free} of ${connections} connections and leaves ${reservedSessions} sessions to others`,
  );
  return free;
}

/**
 * Opens the pool with the profile's settings, translated to the driver's options. The driver ignores unknown options, so a test
 * reads them back from the pool. `maxLifetimeSession` is set and its effect not awaited: that would prove the driver, not the
 * database.
 */
export function openPool(parameters: Parameters): Promise<oracledb.Pool> {
  const { max, timeoutSeconds, recycleSeconds } = parameters.pool;
  return oracledb.createPool({
    ...connectionOptions(parameters),
    // A pool that fills itself retries a rejected logon without pause, and reports the old error to a later caller. With 0
    // it opens a connection only for a waiting caller, and that caller gets the error.
    poolMin: 0,
    poolMax: max,
    poolIncrement: 1,
    queueTimeout: timeoutSeconds * 1000,
    queueMax: 1,
    maxLifetimeSession: recycleSeconds,
    poolPingInterval: 0,
    homogeneous: true,
    enableStatistics: true,
  });
}

/** Takes connections one at a time and holds them. The first error ends it. */
async function fill(pool: oracledb.Pool, connections: number, progress: Progress): Promise<void> {
  while (progress.opened < connections) {
    const connection = await pool.getConnection();
    progress.opened += 1;
    await connection.ping();
    await query(connection);
  }
}

/**
 * Shrinks the pool to the connections that it holds, which makes it full without one more session, and asks for another: the
 * driver must reject that caller, not earlier than after the timeout and not much later.
 */
async function proveTimeout(pool: oracledb.Pool, held: number): Promise<void> {
  await pool.reconfigure({ poolMax: held, queueTimeout: WAIT_MS });
  const from = performance.now();
  const result = await pool.getConnection().then(() => 'a connection', codeOfTimeout);
  const waitedMs = Math.round(performance.now() - from);
  // Timers may be a millisecond early.
  if (result === 'NJS-040' && waitedMs >= WAIT_MS - 2 && waitedMs <= WAIT_MS + TOLERANCE_MS) return;
  throw new ProbeError(
    'PoolTimeoutNotEnforced',
    own`a caller of the full pool got ${ownWords(result)} after ${waitedMs} ms; expected NJS-040 after ${WAIT_MS} ms`,
  );
}

function codeOfTimeout(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'NJS-040') return error.code;
  throw error;
}
