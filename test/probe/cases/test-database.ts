/** A database that was named for tests: a run makes users and profiles in it, and drops them. Every session is short, so none is in the way. */
import { randomBytes } from 'node:crypto';
import oracledb from 'oracledb';
import { pause } from '../../../src/runtime/timers.ts';
import { type AccountState, statementsFor } from './account.ts';
import { isDroppedBy, newRun } from './names.ts';

/** Whoever may make users and profiles, grant roles, end sessions, and read DBA_USERS: SYSTEM, or another one with the role DBA. */
export type Administrator = { readonly connectString: string; readonly user: string; readonly password: string };

export type TestAccount = {
  /** As the dictionary has it. */
  readonly name: string;
  /** As one logs on with it. */
  readonly user: string;
  readonly password: string;
};

/** Users made in these are users of all pluggable databases, or of those to come. */
const REFUSED = new Set(['CDB$ROOT', 'PDB$SEED']);

/** A database needs a moment to end the sessions of a probe that is gone. */
const END_OF_SESSIONS_MS = 30_000;
const POLL_MS = 100;

type Facts = Pick<TestDatabase, 'limitsResources' | 'banner'>;

export class TestDatabase {
  readonly connectString: string;
  /** What the names of its users and profiles begin with. */
  readonly run: string;
  /** Whether the instance holds sessions to the limits of their profiles. */
  readonly limitsResources: boolean;
  /** What it says that it is. */
  readonly banner: string;
  readonly #administrator: Administrator;
  #accounts = 0;

  private constructor(administrator: Administrator, run: string, facts: Facts) {
    this.#administrator = administrator;
    this.connectString = administrator.connectString;
    this.run = run;
    this.limitsResources = facts.limitsResources;
    this.banner = facts.banner;
  }

  /** Logs on and looks; changes nothing. Throws an Error where it is the root of a container database, or its seed. */
  static async open(administrator: Administrator, run = newRun()): Promise<TestDatabase> {
    return asAdministrator(administrator, async (connection) => {
      const [[container] = []] = await select(connection, "SELECT sys_context('userenv', 'con_name') FROM dual");
      const name = String(container);
      if (REFUSED.has(name)) {
        throw new Error(`${name} is no pluggable database: users that are made there reach into others`);
      }
      const [[limits] = []] = await select(connection, "SELECT value FROM v$parameter WHERE name = 'resource_limit'");
      const [[banner] = []] = await select(connection, 'SELECT banner FROM v$version');
      const limitsResources = String(limits).toUpperCase() === 'TRUE';
      return new TestDatabase(administrator, run, { limitsResources, banner: String(banner) });
    });
  }

  /** Makes an account with a name and a password of its own. Rejects with the driver's error. */
  async createAccount(state: AccountState = {}): Promise<TestAccount> {
    this.#accounts += 1;
    const upper = `${this.run}_${this.#accounts}`;
    const name = state.hasQuotedName ? upper.toLowerCase() : upper;
    const password = `Aa1_${randomBytes(8).toString('hex')}`;
    await this.#administer(async (connection) => {
      for (const statement of statementsFor(name, password, state)) await connection.execute(statement);
      if (state.isGraceDue) await passwordEnds(connection, name);
    });
    return { name, user: state.hasQuotedName ? `"${name}"` : name, password };
  }

  /** `OPEN`, `LOCKED(TIMED)`; undefined where there is no such user. */
  async statusOf({ name }: TestAccount): Promise<string | undefined> {
    const sql = 'SELECT account_status FROM dba_users WHERE username = :name';
    const [row] = await this.#administer((connection) => select(connection, sql, { name }));
    return row === undefined ? undefined : String(row[0]);
  }

  async sessionsOf({ name }: TestAccount): Promise<number> {
    return (await this.#administer((connection) => sessionsOf(connection, name))).length;
  }

  /**
   * Drops what this run made, and what another one left on an earlier day. Returns the names of what it dropped. Throws an
   * AggregateError whose message names what is left.
   */
  async drop(): Promise<readonly string[]> {
    return this.#administer(async (connection) => {
      const isOurs = (name: unknown): name is string => isDroppedBy(this.run, String(name));
      const users = (await select(connection, 'SELECT username FROM dba_users')).map(([name]) => name).filter(isOurs);
      const left = await failuresOf(users, (name) => dropUser(connection, name));
      const sql = "SELECT profile FROM dba_profiles WHERE resource_name = 'SESSIONS_PER_USER'";
      const profiles = (await select(connection, sql)).map(([name]) => name).filter(isOurs);
      left.push(...(await failuresOf(profiles, (name) => run(connection, `DROP PROFILE "${name}" CASCADE`))));
      if (left.length > 0) {
        const names = left.map(({ name, error }) => `${name} (${String(error)})`);
        throw new AggregateError(
          left.map(({ error }) => error),
          `left in the database: ${names.join(', ')}`,
        );
      }
      return [...new Set([...users, ...profiles])];
    });
  }

  #administer<T>(work: (connection: oracledb.Connection) => Promise<T>): Promise<T> {
    return asAdministrator(this.#administrator, work);
  }
}

async function asAdministrator<T>(
  administrator: Administrator,
  work: (connection: oracledb.Connection) => Promise<T>,
): Promise<T> {
  const connection = await oracledb.getConnection(administrator);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function select(connection: oracledb.Connection, sql: string, binds: oracledb.BindParameters = {}) {
  return (await connection.execute<unknown[]>(sql, binds)).rows ?? [];
}

async function run(connection: oracledb.Connection, sql: string): Promise<void> {
  await connection.execute(sql);
}

const sessionsOf = (connection: oracledb.Connection, name: string) =>
  select(connection, 'SELECT sid, serial# FROM v$session WHERE username = :name', { name });

/** Resolves once the life of the password is over by the database's own clock. */
async function passwordEnds(connection: oracledb.Connection, name: string): Promise<void> {
  for (;;) {
    const sql = 'SELECT expiry_date, sysdate FROM dba_users WHERE username = :name';
    const [[expiry, now] = []] = await select(connection, sql, { name });
    if (expiry instanceof Date && now instanceof Date && expiry < now) return;
    await pause(POLL_MS);
  }
}

/** Ends the user's sessions and drops the user. Some sessions take a while to end. */
async function dropUser(connection: oracledb.Connection, name: string): Promise<void> {
  const endAt = performance.now() + END_OF_SESSIONS_MS;
  for (;;) {
    for (const [sid, serial] of await sessionsOf(connection, name)) {
      await run(connection, `ALTER SYSTEM KILL SESSION '${Number(sid)},${Number(serial)}' IMMEDIATE`).catch(
        ignoreEnded,
      );
    }
    try {
      return await run(connection, `DROP USER "${name}" CASCADE`);
    } catch (error) {
      if (codeOf(error) !== 'ORA-01940' || performance.now() > endAt) throw error;
      await pause(POLL_MS);
    }
  }
}

/** A session that has ended meanwhile, or is marked for its end, needs nobody. */
function ignoreEnded(error: unknown): void {
  if (!['ORA-00030', 'ORA-00031'].includes(codeOf(error))) throw error;
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '');

async function failuresOf(names: readonly string[], work: (name: string) => Promise<void>) {
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const name of names) await work(name).catch((error: unknown) => failures.push({ name, error }));
  return failures;
}
