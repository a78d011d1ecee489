/**
 * The single logon that comes before the pool. If the database rejects it, the probe ends: ten rejected logons lock an account,
 * and a pool of this driver retries a rejected logon without pause.
 */
import oracledb from 'oracledb';
import type { Parameters } from '../input/parameters.ts';
import { own } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';
import { close } from './close.ts';
import { addressTimeoutSeconds } from './connect-string.ts';
import { databaseIdentity, queryFacts } from './database-facts.ts';
import { explain, warnOfFailedAddresses } from './failed-addresses.ts';
import { type NetworkWatch, watchNetwork } from './network-stage.ts';
import { PROBE_PROGRAM } from './session-count.ts';
import { within } from './time-limit.ts';

/** Logs on once, pings, queries, reads the facts of the database, and logs off. Throws the driver's error or a ProbeError. */
export async function logOn(parameters: Parameters, progress: Progress): Promise<void> {
  const connection = await connect(parameters, progress);
  try {
    progress.reach('query');
    progress.database = databaseIdentity(connection);
    if (connection.warning !== undefined) progress.warnings.push(connection.warning.message);
    await progress.time('pingMs', () => connection.ping());
    await progress.time('queryMs', () => query(connection));
    await queryFacts(connection, progress);
  } finally {
    await close('the first connection', connection.close(), progress);
  }
}

async function connect(parameters: Parameters, progress: Progress): Promise<oracledb.Connection> {
  const network = watchNetwork();
  progress.reach(network.stage);
  const from = performance.now();
  try {
    const connection = await logOnInTime(parameters, network);
    progress.took('logonMs', performance.now() - (network.connectedAt() ?? from));
    warnOfFailedAddresses(network, progress);
    return connection;
  } catch (error) {
    throw await explain(error, { connectString: parameters.database.connectString, network, progress });
  } finally {
    network.stop();
    recordNetworkTimes(network, from, progress);
  }
}

/** Of the probe's time, so much may pass before the logon begins: the rest is for logon and pool. */
const CONNECT_SHARE = 0.6;

/** Logs on. The driver limits each address; this limits all of them together, and the resolution of their names. */
function logOnInTime(parameters: Parameters, network: NetworkWatch): Promise<oracledb.Connection> {
  const logon = oracledb.getConnection(connectionOptions(parameters));
  const { timeoutSeconds } = parameters;
  return within(timeoutSeconds * 1000 * CONNECT_SHARE, logon, () => {
    // The database has to answer now, and only the watchdog limits it.
    if (network.stage() === 'server' || network.stage() === 'logon') return logon;
    const error = new ProbeError('TimedOut', own`nothing answered within ${timeoutSeconds * CONNECT_SHARE} s`);
    network.abort(error);
    return Promise.reject(error);
  });
}

function recordNetworkTimes(network: NetworkWatch, from: number, progress: Progress): void {
  const openedAt = network.openedAt();
  const connectedAt = network.connectedAt();
  if (openedAt === undefined) return;
  progress.took('resolveMs', openedAt - from);
  if (connectedAt !== undefined) progress.took('connectMs', connectedAt - openedAt);
}

/** The driver's options for reaching the database and logging on, for a single connection or a pool. */
export function connectionOptions({ database, timeoutSeconds, wallet, tnsDir }: Parameters) {
  return {
    user: database.user,
    password: database.password,
    connectString: database.connectString,
    connectTimeout: addressTimeoutSeconds(timeoutSeconds),
    program: PROBE_PROGRAM,
    ...(tnsDir !== undefined && { configDir: tnsDir }),
    ...(wallet !== undefined && { walletLocation: wallet.dir }),
    ...(wallet?.password !== undefined && { walletPassword: wallet.password }),
  };
}

/** Throws a ProbeError (QueryFailed) where SELECT 1 FROM DUAL returns anything but 1. */
export async function query(connection: oracledb.Connection): Promise<void> {
  const { rows } = await connection.execute<[number]>('SELECT 1 FROM DUAL');
  if (rows?.[0]?.[0] !== 1)
    throw new ProbeError('QueryFailed', own`SELECT 1 FROM DUAL returned ${JSON.stringify(rows)}`);
}
