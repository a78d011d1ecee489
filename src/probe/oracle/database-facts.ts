/** What the database says of itself, of the user, its limits and the end of its password. Nothing of it is needed for a proof. */
import type oracledb from 'oracledb';
import type { Verdict } from '../../contract/verdict.ts';
import { messageOf } from '../verdict/driver-text.ts';
import type { Progress } from '../verdict/progress.ts';

type Limits = NonNullable<Verdict['limits']>;

const DAY_MS = 24 * 3600 * 1000;

/** Days before its end from which on a password is worth a warning. */
const SOON_DAYS = 14;

/** A view that is not there for somebody and one that they may not read are one and the same to them. */
const NOT_PERMITTED = new Set(['ORA-00942', 'ORA-01031']);

/** All of it comes with the logon's answer. */
export function identityOf(connection: oracledb.Connection): Progress['database'] {
  const facts = {
    version: connection.oracleServerVersionString,
    name: connection.dbName,
    uniqueName: connection.dbUniqueName,
    pdbName: connection.pdbName,
    service: connection.serviceName,
    instance: connection.instanceName,
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value === 'string' && value !== ''));
}

/** Asks for the session user, limits and the password's end. What cannot be read is told; only a broken connection is thrown. */
export async function askLimits(connection: oracledb.Connection, progress: Progress): Promise<void> {
  const ask: Ask = (view, columns, where = '') => rowsOf(connection, { view, columns, where }, progress);
  await askUser(ask, progress);
  const limits = { ...(await limitsOfUser(ask)), ...(await limitsOfInstance(ask)) };
  // What may not be read is noted there meanwhile.
  progress.limits = { ...progress.limits, ...limits };
}

type Ask = <Row extends unknown[]>(view: string, columns: string, where?: string) => Promise<readonly Row[]>;

async function askUser(ask: Ask, progress: Progress): Promise<void> {
  const [user] = await ask<[string, Date | null]>('USER_USERS', 'username, expiry_date');
  if (user === undefined) return;
  const [name, expiry] = user;
  progress.database = { ...progress.database, user: name };
  if (expiry instanceof Date) expires(Math.floor((expiry.getTime() - Date.now()) / DAY_MS), progress);
}

async function limitsOfUser(ask: Ask): Promise<Limits> {
  const rows = await ask<[string, string]>('USER_RESOURCE_LIMITS', 'resource_name, limit');
  const [sessionsPerUser, idleTime] = ['SESSIONS_PER_USER', 'IDLE_TIME'].map(
    (wanted) => rows.find(([name]) => name === wanted)?.[1],
  );
  return { ...(sessionsPerUser !== undefined && { sessionsPerUser }), ...(idleTime !== undefined && { idleTime }) };
}

async function limitsOfInstance(ask: Ask): Promise<Limits> {
  const limits: Limits = {};
  const columns = 'resource_name, current_utilization, limit_value';
  const resources = await ask<[string, number, string]>('V$RESOURCE_LIMIT', columns);
  for (const name of ['sessions', 'processes'] as const) {
    const found = resources.find(([resource]) => resource === name);
    if (found !== undefined) limits[name] = { inUse: found[1], limit: found[2].trim() };
  }
  const [row] = await ask<[string]>('V$PARAMETER', 'value', " WHERE name = 'cpu_count'");
  return row !== undefined && /^[1-9]\d{0,4}$/.test(row[0]) ? { ...limits, cpus: Number(row[0]) } : limits;
}

function expires(days: number, progress: Progress): void {
  progress.passwordExpiresInDays = days;
  if (days < SOON_DAYS && !progress.warnings.some(isOfGrace))
    progress.warnings.push(`The password of the user expires in ${days} days`);
}

/** In a password's days of grace the database says so itself. */
const isOfGrace = (warning: string) => /^ORA-280(?:02|11)\b/.test(warning);

async function rowsOf<Row extends unknown[]>(
  connection: oracledb.Connection,
  { view, columns, where }: { readonly view: string; readonly columns: string; readonly where: string },
  progress: Progress,
): Promise<readonly Row[]> {
  try {
    return (await connection.execute<Row>(`SELECT ${columns} FROM ${view}${where}`)).rows ?? [];
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('ORA-')) throw error;
    if (NOT_PERMITTED.has(code)) progress.limits = withoutRight(progress.limits, view);
    else progress.warnings.push(`Reading ${view}: ${messageOf(error)}`);
    return [];
  }
}

const withoutRight = (limits: Limits | undefined, view: string): Limits => ({
  ...limits,
  unreadableViews: [...(limits?.unreadableViews ?? []), view],
});

/** Sessions that a probe may open and leave to others what they need; Infinity where no limit is known. */
export function freeSessions(limits: Limits | undefined, reserve: number): number {
  const free = [limits?.sessions, limits?.processes].flatMap((usage) =>
    usage !== undefined && /^\d+$/.test(usage.limit) ? [Number(usage.limit) - usage.inUse - reserve] : [],
  );
  return Math.min(...free);
}
