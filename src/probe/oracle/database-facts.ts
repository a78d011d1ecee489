/**
 * What the probe reads about the database: its identity, the user, session limits, and when the password expires. A pool is
 * proven without any of it, so what cannot be read is no failure.
 */
import type oracledb from 'oracledb';
import type { Verdict } from '../../contract/verdict.ts';
import { own, type Text } from '../verdict/own-text.ts';
import type { Progress } from '../verdict/progress.ts';
import { selectRows } from './select-rows.ts';
import { countSessions } from './session-count.ts';

type Limits = NonNullable<Verdict['limits']>;

const DAY_MS = 24 * 3600 * 1000;

/** A password that expires within so many days is worth a warning. */
const EXPIRY_WARNING_DAYS = 14;

/** Names and version of the database. They came with the answer to the logon, so no query is sent. */
export function databaseIdentity(connection: oracledb.Connection): Progress['database'] {
  const identity = {
    version: connection.oracleServerVersionString,
    name: connection.dbName,
    uniqueName: connection.dbUniqueName,
    pdbName: connection.pdbName,
    service: connection.serviceName,
    instance: connection.instanceName,
  };
  return Object.fromEntries(Object.entries(identity).filter(([, value]) => typeof value === 'string' && value !== ''));
}

/**
 * Reads session user, limits, expiry of the password and the sessions of the user into `progress`. A view that cannot be read
 * becomes an unreadable view or a warning; only a broken connection is thrown.
 */
export async function queryFacts(connection: oracledb.Connection, progress: Progress): Promise<void> {
  const select: Select = async (view, columns, rest = '') =>
    (await selectRows(connection, { view, columns, rest }, progress)) ?? [];
  await queryUser(select, progress);
  const userLimits = await queryUserLimits(select);
  const { cluster, ...instanceLimits } = await queryInstance(select);
  progress.sessionCount = await countSessions(connection, cluster === 'FALSE', progress);
  // Meanwhile `selectRows` may have added unreadable views.
  progress.limits = { ...progress.limits, ...userLimits, ...instanceLimits };
}

type Select = <Row extends unknown[]>(view: string, columns: string, rest?: string) => Promise<readonly Row[]>;

async function queryUser(select: Select, progress: Progress): Promise<void> {
  const [user] = await select<[string, Date | null]>('USER_USERS', 'username, expiry_date');
  if (user === undefined) return;
  const [name, expiry] = user;
  progress.database = { ...progress.database, user: name };
  if (expiry instanceof Date) recordPasswordExpiry(Math.floor((expiry.getTime() - Date.now()) / DAY_MS), progress);
}

async function queryUserLimits(select: Select): Promise<Limits> {
  const rows = await select<[string, string]>('USER_RESOURCE_LIMITS', 'resource_name, limit');
  const [sessionsPerUser, idleTime] = ['SESSIONS_PER_USER', 'IDLE_TIME'].map(
    (resource) => rows.find(([name]) => name === resource)?.[1],
  );
  return { ...(sessionsPerUser !== undefined && { sessionsPerUser }), ...(idleTime !== undefined && { idleTime }) };
}

/** The limits of the instance, and whether it is one of a cluster: TRUE or FALSE, undefined where that cannot be read. */
async function queryInstance(select: Select): Promise<Limits & { readonly cluster?: string | undefined }> {
  const limits: Limits = {};
  const columns = 'resource_name, current_utilization, limit_value';
  const resources = await select<[string, number, string]>('V$RESOURCE_LIMIT', columns);
  for (const name of ['sessions', 'processes'] as const) {
    const found = resources.find(([resource]) => resource === name);
    if (found !== undefined) limits[name] = { inUse: found[1], limit: found[2].trim() };
  }
  const names = " WHERE name IN ('cpu_count', 'cluster_database')";
  const parameters = new Map(await select<[string, string | null]>('V$PARAMETER', 'name, value', names));
  const cpus = parameters.get('cpu_count') ?? '';
  const cluster = parameters.get('cluster_database') ?? undefined;
  return { ...limits, ...(/^[1-9]\d{0,4}$/.test(cpus) && { cpus: Number(cpus) }), cluster };
}

function recordPasswordExpiry(days: number, progress: Progress): void {
  progress.passwordExpiresInDays = days;
  if (days < EXPIRY_WARNING_DAYS && !progress.warnings.some(isGracePeriodWarning))
    progress.warnings.push(own`The password of the user expires in ${days} days`);
}

/** In the grace period of a password the database itself warns at the logon. */
const isGracePeriodWarning = (warning: Text) => /^ORA-280(?:02|11)\b/.test(String(warning));

/** Sessions that the probe may open so that `reserve` sessions stay free for others; Infinity where no limit is known. May be negative. */
export function freeSessions(limits: Limits | undefined, reserve: number): number {
  const free = [limits?.sessions, limits?.processes].flatMap((usage) =>
    usage !== undefined && /^\d+$/.test(usage.limit) ? [Number(usage.limit) - usage.inUse - reserve] : [],
  );
  return Math.min(...free);
}
