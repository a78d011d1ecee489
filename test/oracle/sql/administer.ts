/**
 * The statements of a database administrator that it knows. They change the settings, as a test would:
 *
 *   CREATE PROFILE name LIMIT resource value ...        DROP PROFILE name CASCADE
 *   CREATE USER name IDENTIFIED BY "password" PROFILE name        DROP USER name CASCADE
 *   GRANT CREATE SESSION | SELECT_CATALOG_ROLE TO name
 *   ALTER USER name ACCOUNT LOCK | PASSWORD EXPIRE
 *   ALTER SYSTEM KILL SESSION 'sid,serial#' IMMEDIATE
 */
import { accountName } from '../database/account.ts';
import type { Database } from '../database/database.ts';
import { OracleError } from '../database/errors.ts';
import { plainUser, type UserSettings } from '../settings.ts';
import type { Scope } from './views.ts';

type Words = Readonly<Record<string, string>>;

const NAME = String.raw`(?<name>\w+|"[^"]+")`;

const STATEMENTS: readonly (readonly [RegExp, (database: Database, words: Words) => void])[] = [
  [statement(`CREATE PROFILE ${NAME} LIMIT (?<limits>.+)`), createProfile],
  [statement(`CREATE USER ${NAME} IDENTIFIED BY "(?<password>[^"]+)" PROFILE (?<profile>\\w+|"[^"]+")`), createUser],
  [
    statement(`GRANT CREATE SESSION TO ${NAME}`),
    (database, { name }) => changeUser(database, name, () => ({ status: 'OPEN' })),
  ],
  [
    statement(`GRANT SELECT_CATALOG_ROLE TO ${NAME}`),
    (database, { name }) => changeUser(database, name, ({ roles }) => ({ roles: [...roles, 'SELECT_CATALOG_ROLE'] })),
  ],
  [
    statement(`ALTER USER ${NAME} ACCOUNT LOCK`),
    (database, { name }) => changeUser(database, name, () => ({ status: 'LOCKED' })),
  ],
  [
    statement(`ALTER USER ${NAME} PASSWORD EXPIRE`),
    (database, { name }) => changeUser(database, name, () => ({ status: 'EXPIRED' })),
  ],
  [statement(`DROP USER ${NAME} CASCADE`), dropUser],
  [statement(`DROP PROFILE ${NAME} CASCADE`), dropProfile],
  [statement(`ALTER SYSTEM KILL SESSION '(?<sid>\\d+),\\d+' IMMEDIATE`), killSession],
];

function statement(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`, 'i');
}

/** Runs the statement, in which white space is one space. Returns whether it is one of these. Throws ORA-01031 for all but a DBA. */
export function administer(sql: string, { session, database }: Scope): boolean {
  for (const [pattern, run] of STATEMENTS) {
    const match = pattern.exec(sql);
    if (match === null) continue;
    if (!session.account.settings.roles.includes('DBA')) throw new OracleError(1031);
    run(database, match.groups ?? {});
    return true;
  }
  return false;
}

function createProfile(database: Database, { name = '', limits = '' }: Words): void {
  const profile = accountName(name);
  if (database.profiles.has(profile)) throw new OracleError(2379);
  const words = limits.split(' ');
  const pairs = words.flatMap((word, index): [string, string][] =>
    index % 2 === 0 ? [[word.toUpperCase(), words[index + 1] ?? '']] : [],
  );
  database.profiles.set(profile, new Map(pairs));
}

const DAY_MS = 24 * 3600 * 1000;

/** A new user lacks CREATE SESSION. */
function createUser(database: Database, { name = '', password = '', profile = '' }: Words): void {
  if (database.account(name) !== undefined) throw new OracleError(1920);
  const limits = database.profiles.get(accountName(profile));
  if (limits === undefined) throw new OracleError(2380);
  const limitOf = (resource: string, otherwise: number | 'UNLIMITED') => amount(limits.get(resource)) ?? otherwise;
  const plain = plainUser(password);
  const [life, grace] = [limitOf('PASSWORD_LIFE_TIME', 'UNLIMITED'), limitOf('PASSWORD_GRACE_TIME', plain.graceDays)];
  setUser(database, name, {
    ...plain,
    status: 'NO_CREATE_SESSION',
    sessionsPerUser: limitOf('SESSIONS_PER_USER', plain.sessionsPerUser),
    idleTime: limitOf('IDLE_TIME', plain.idleTime),
    failedLoginAttempts: limitOf('FAILED_LOGIN_ATTEMPTS', plain.failedLoginAttempts),
    ...(grace !== 'UNLIMITED' && { graceDays: grace }),
    ...(life !== 'UNLIMITED' && { expiryDate: new Date(Date.now() + life * DAY_MS).toISOString() }),
  });
}

/** `30`, `100.5`, `2/86400`, `UNLIMITED`; undefined for DEFAULT and for what is not there. */
function amount(text: string | undefined): number | 'UNLIMITED' | undefined {
  if (text === undefined || text.toUpperCase() === 'DEFAULT') return undefined;
  if (text.toUpperCase() === 'UNLIMITED') return 'UNLIMITED';
  const [value = 0, divisor = 1] = text.split('/').map(Number);
  return value / divisor;
}

function changeUser(database: Database, name = '', change: (user: UserSettings) => Partial<UserSettings>): void {
  const account = database.account(name);
  if (account === undefined) throw new OracleError(1918);
  setUser(database, name, { ...account.settings, ...change(account.settings) });
}

function setUser(database: Database, name: string, user: UserSettings): void {
  const { settings } = database;
  database.settings = { ...settings, users: { ...settings.users, [`"${accountName(name)}"`]: user } };
}

function dropUser(database: Database, { name = '' }: Words): void {
  const account = database.account(name);
  if (account === undefined) throw new OracleError(1918);
  const isConnected = database.sessions.some((session) => session.account === account && !session.isKilled);
  if (isConnected) throw new OracleError(1940);
  const users = Object.entries(database.settings.users).filter(([key]) => accountName(key) !== account.name);
  database.settings = { ...database.settings, users: Object.fromEntries(users) };
}

function dropProfile(database: Database, { name = '' }: Words): void {
  if (!database.profiles.delete(accountName(name))) throw new OracleError(2380);
}

function killSession(database: Database, { sid }: Words): void {
  const session = database.session(Number(sid));
  if (session === undefined) throw new OracleError(30, 'User session ID does not exist.');
  session.kill(28);
}
