/** Accounts that a run of tests makes in a database: the statements of a database administrator that make one. */

/** What an account is to be. Every limit is one of the profile of this user alone. */
export type AccountState = {
  readonly isLocked?: true;
  readonly isPasswordExpired?: true;
  readonly lacksCreateSession?: true;
  /** The life of its password is over, and nobody has logged on since. */
  readonly isGraceDue?: true;
  /** It may read the views of the data dictionary. */
  readonly readsCatalog?: true;
  /** Its name is of lower case, so it has to stand in quotes. */
  readonly hasQuotedName?: true;
  readonly sessionsPerUser?: number;
  readonly idleMinutes?: number;
  /** Wrong passwords in a row that lock the account. */
  readonly failedLogins?: number;
  readonly passwordDays?: number;
};

/** Days of grace of every account. */
const GRACE_DAYS = 5;

/** The shortest life of a password, in days. A database counts it in seconds. */
const SHORT_LIFE = '2/86400';

/** Makes profile and user, both of this name. Name and password hold no quotes. */
export function statementsFor(name: string, password: string, state: AccountState): readonly string[] {
  const limits = {
    SESSIONS_PER_USER: state.sessionsPerUser ?? 'UNLIMITED',
    IDLE_TIME: state.idleMinutes ?? 'UNLIMITED',
    CONNECT_TIME: 'UNLIMITED',
    FAILED_LOGIN_ATTEMPTS: state.failedLogins ?? 'UNLIMITED',
    PASSWORD_LIFE_TIME: state.isGraceDue ? SHORT_LIFE : (state.passwordDays ?? 'UNLIMITED'),
    PASSWORD_GRACE_TIME: GRACE_DAYS,
    PASSWORD_LOCK_TIME: 1,
    PASSWORD_VERIFY_FUNCTION: 'NULL',
  };
  const limit = Object.entries(limits).map(([resource, value]) => `${resource} ${value}`);
  return [
    `CREATE PROFILE "${name}" LIMIT ${limit.join(' ')}`,
    `CREATE USER "${name}" IDENTIFIED BY "${password}" PROFILE "${name}"`,
    ...(state.lacksCreateSession ? [] : [`GRANT CREATE SESSION TO "${name}"`]),
    ...(state.readsCatalog ? [`GRANT SELECT_CATALOG_ROLE TO "${name}"`] : []),
    ...(state.isLocked ? [`ALTER USER "${name}" ACCOUNT LOCK`] : []),
    ...(state.isPasswordExpired ? [`ALTER USER "${name}" PASSWORD EXPIRE`] : []),
  ];
}
