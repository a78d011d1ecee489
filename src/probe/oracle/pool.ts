/**
 * The pool with the profile's numbers: opened, filled by connections that are held, and then full. Comes only after a
 * logon that worked.
 */
import oracledb from 'oracledb';
import { close } from './close.ts';
import { freeSessions } from './database-facts.ts';
import { credentials, query } from './logon.ts';
import type { Parameters } from '../input/parameters.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';

/** How long a caller of the full pool is let wait, and how much later it may be told on a busy node. */
const WAIT_MS = 100;
const LATE_MS = 2000;

/** Fills a pool and shows that it keeps its limit. Throws the driver's error, or a ProbeError. */
export async function provePool(parameters: Parameters, progress: Progress): Promise<void> {
  progress.reach('pool');
  const connections = affordable(parameters, progress);
  progress.requested = connections;
  const pool = await openPool(parameters);
  try {
    await progress.time('fillMs', () => fill(pool, connections, progress));
    await proveWait(pool, progress.opened);
  } finally {
    // By force: what is held is logged off, too.
    await close('the pool', pool.close(0), progress);
  }
}

/** As many of the wanted connections as the instance can spare, but one at least. */
function affordable({ connections: wanted, reservedSessions }: Parameters, progress: Progress): number {
  const free = Math.max(1, freeSessions(progress.limits, reservedSessions));
  if (free >= wanted) return wanted;
  progress.warnings.push(
    `The instance has so few free sessions that ${free} of ${wanted} connections were tried: ${reservedSessions} are left to others`,
  );
  return free;
}

/**
 * The profile's numbers in the driver's words; it ignores an option that it does not know, so a test looks them up in
 * the pool. Recycle is set and not waited for: its unit is whole seconds, and it would prove the driver, not the
 * database.
 */
export function openPool(parameters: Parameters): Promise<oracledb.Pool> {
  const { max, timeoutSeconds, recycleSeconds } = parameters.pool;
  return oracledb.createPool({
    ...credentials(parameters),
    // A pool that fills itself tries again without pause where it is refused, and throws an old refusal at a later
    // caller. With 0 it opens a connection only for a caller that waits, and that caller gets the error.
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

/** Takes connections one at a time and holds them. Ends with the first error. */
async function fill(pool: oracledb.Pool, connections: number, progress: Progress): Promise<void> {
  while (progress.opened < connections) {
    const connection = await pool.getConnection();
    progress.opened += 1;
    await connection.ping();
    await query(connection);
  }
}

/**
 * Makes the pool just as large as what it holds, which fills it without one session more, and asks for another
 * connection: that must come to nothing, neither at once nor much too late.
 */
async function proveWait(pool: oracledb.Pool, held: number): Promise<void> {
  await pool.reconfigure({ poolMax: held, queueTimeout: WAIT_MS });
  const from = performance.now();
  const came = await pool.getConnection().then(() => 'a connection', codeOfTimeout);
  const waitedMs = Math.round(performance.now() - from);
  // Timers may be a millisecond early.
  if (came === 'NJS-040' && waitedMs >= WAIT_MS - 2 && waitedMs <= WAIT_MS + LATE_MS) return;
  throw new ProbeError(
    'PoolTimeoutNotEnforced',
    `a caller of the full pool got ${came} after ${waitedMs} ms; expected NJS-040 after ${WAIT_MS} ms`,
  );
}

function codeOfTimeout(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'NJS-040') return error.code;
  throw error;
}
