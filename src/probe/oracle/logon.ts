/**
 * The one logon that comes before everything else. A refusal ends the probe: ten refused logons lock an account, and
 * a pool of this driver that is refused tries again without pause.
 */
import oracledb from 'oracledb';
import { close } from './close.ts';
import { checkConnectString, withoutRetries } from './connect-string.ts';
import { askLimits, identityOf } from './database-facts.ts';
import { type NetworkWatch, watchNetwork } from './network-stage.ts';
import type { Parameters } from '../input/parameters.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Progress } from '../verdict/progress.ts';

/** Logs on once, asks the database who it is, and logs off. Throws the driver's error, or a ProbeError. */
export async function logOn(parameters: Parameters, progress: Progress): Promise<void> {
  const connection = await connect(parameters, progress);
  try {
    progress.reach('query');
    progress.database = identityOf(connection);
    if (connection.warning !== undefined) progress.warnings.push(connection.warning.message);
    await progress.time('pingMs', () => connection.ping());
    await progress.time('queryMs', () => query(connection));
    await askLimits(connection, progress);
  } finally {
    await close('the first connection', connection.close(), progress);
  }
}

async function connect(parameters: Parameters, progress: Progress): Promise<oracledb.Connection> {
  const network = watchNetwork();
  progress.reach(network.stage);
  const from = performance.now();
  try {
    checkConnectString(parameters.database.connectString);
    const connection = await oracledb.getConnection(credentials(parameters));
    progress.took('logonMs', performance.now() - (network.connectedAt() ?? from));
    return connection;
  } finally {
    network.stop();
    timeNetwork(network, from, progress);
  }
}

function timeNetwork(network: NetworkWatch, from: number, progress: Progress): void {
  const openedAt = network.openedAt();
  const connectedAt = network.connectedAt();
  if (openedAt === undefined) return;
  progress.took('resolveMs', openedAt - from);
  if (connectedAt !== undefined) progress.took('connectMs', connectedAt - openedAt);
}

/** What a logon takes, standalone or in a pool. */
export function credentials({ database, timeoutSeconds, wallet, tnsFolder }: Parameters) {
  return {
    user: database.user,
    password: database.password,
    connectString: withoutRetries(database.connectString),
    // For each address: TCP, TLS and the listener's answer. The logon itself has no limit but the watchdog.
    connectTimeout: Math.max(1, Math.min(10, Math.floor(timeoutSeconds / 3))),
    program: 'dbpool-probe',
    ...(tnsFolder !== undefined && { configDir: tnsFolder }),
    ...(wallet !== undefined && { walletLocation: wallet.folder }),
    ...(wallet?.password !== undefined && { walletPassword: wallet.password }),
  };
}

export async function query(connection: oracledb.Connection): Promise<void> {
  const { rows } = await connection.execute<[number]>('SELECT 1 FROM DUAL');
  if (rows?.[0]?.[0] !== 1) throw new ProbeError('QueryFailed', `SELECT 1 FROM DUAL gave ${JSON.stringify(rows)}`);
}
