/** The state behind all connections: accounts, processes, sessions, limits. It knows no bytes. */
import { randomBytes } from 'node:crypto';
import type { Challenge } from '../logon/verifier.ts';
import { type Fault, plainUser, type Settings, type Stage } from '../settings.ts';
import { Account, accountName } from './account.ts';
import { OracleError } from './errors.ts';
import { type Client, Session } from './session.ts';
import { createStatistics, type Statistics } from './statistics.ts';

type Limit = number | 'UNLIMITED';
const isReached = (limit: Limit, held: number) => limit !== 'UNLIMITED' && held >= limit;

export class Database {
  readonly statistics: Statistics = createStatistics();
  /** The limits of each profile of users, as a database administrator wrote them. */
  readonly profiles = new Map<string, ReadonlyMap<string, string>>();
  readonly #accounts = new Map<string, Account>();
  readonly #sessions = new Map<number, Session>();
  readonly #faultsMet = new Map<Fault, number>();
  #settings: Settings;
  #nobody: Account | undefined;
  #processes = 0;
  #lastSid = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.settings = settings;
  }

  get settings(): Settings {
    return this.#settings;
  }

  /** Accounts of the same name keep their history. */
  set settings(settings: Settings) {
    this.#settings = settings;
    const users = new Map(Object.entries(settings.users).map(([name, user]) => [accountName(name), user]));
    for (const name of this.#accounts.keys()) if (!users.has(name)) this.#accounts.delete(name);
    for (const [name, user] of users) {
      const account = this.#accounts.get(name);
      if (account === undefined) this.#accounts.set(name, new Account(name, user));
      else account.settings = user;
    }
  }

  get accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** Sessions and processes in use, those of others included. */
  get inUse(): { readonly sessions: number; readonly processes: number } {
    const { otherSessions, otherProcesses } = this.#settings.limits;
    return { sessions: this.#sessions.size + otherSessions, processes: this.#processes + otherProcesses };
  }

  account(name: string): Account | undefined {
    return this.#accounts.get(accountName(name));
  }

  session(sid: number): Session | undefined {
    return this.#sessions.get(sid);
  }

  /** What is to happen at this stage, once for each call. */
  meetFault(stage: Stage): Fault | undefined {
    const fault = this.#settings.faults[stage];
    if (fault === undefined) return undefined;
    const met = this.#faultsMet.get(fault) ?? 0;
    this.#faultsMet.set(fault, met + 1);
    return fault.times === undefined || met < fault.times ? fault : undefined;
  }

  /** Why the listener does not let somebody in; undefined if it does. */
  refusalFor(target: {
    readonly service: string;
    readonly sid: string;
    readonly isDedicated: boolean;
  }): number | undefined {
    const { services, sids, limits } = this.#settings;
    const knows = (names: readonly string[], name: string) =>
      names.some((one) => one.toUpperCase() === name.toUpperCase());
    if (target.service === '' && target.sid === '') return 12504;
    if (target.service !== '' && !knows(services, target.service)) return 12514;
    if (target.service === '' && !knows(sids, target.sid)) return 12505;
    if (limits.processesCheckedBy === 'listener' && isReached(limits.processes, this.inUse.processes)) {
      return target.isDedicated ? 12520 : 12516;
    }
    return undefined;
  }

  /** A process for a connection that the listener let in. */
  startProcess(): Disposable {
    this.#processes += 1;
    this.statistics.peakProcesses = Math.max(this.statistics.peakProcesses, this.#processes);
    return { [Symbol.dispose]: () => void (this.#processes -= 1) };
  }

  /** A challenge for anybody: who does not exist is given one too, and fails it. */
  challenge(user: string): Challenge {
    const account = this.account(user);
    if (account !== undefined) return account.challenge();
    this.#nobody ??= new Account('', plainUser(randomBytes(16).toString('hex')));
    return this.#nobody.challenge();
  }

  /** Throws an OracleError where the account or a limit is against it. */
  logOn(user: string, isProven: boolean, client: Client): Session {
    const account = this.account(user);
    if (account === undefined) throw new OracleError(1017);
    if (account.isLocked) throw new OracleError(28000);
    if (!isProven) {
      account.countFailure();
      throw new OracleError(1017);
    }
    account.unlock();
    account.beginGrace();
    this.#checkAccount(account);
    this.#checkLimits(account);
    return this.#openSession(account, client);
  }

  /** Ends a session; again does no harm. */
  logOff(session: Session): void {
    this.#sessions.delete(session.sid);
    this.statistics.sessions = this.#sessions.size;
  }

  /** Counters at 0, accounts unlocked, faults as if never met. Sessions stay. */
  reset(): void {
    const sessions = this.#sessions.size;
    Object.assign(this.statistics, createStatistics(), {
      sessions,
      peakSessions: sessions,
      peakProcesses: this.#processes,
    });
    this.#faultsMet.clear();
    for (const account of this.accounts) {
      account.failedLogons = 0;
      account.unlock();
    }
  }

  #checkAccount({ name, settings: { status } }: Account): void {
    if (status === 'EXPIRED') throw new OracleError(28001);
    if (status === 'NO_CREATE_SESSION') {
      throw new OracleError(1045, `user ${name} lacks CREATE SESSION privilege; logon denied`);
    }
  }

  #checkLimits(account: Account): void {
    const { sessions, processes } = this.#settings.limits;
    // The process of this very logon counts already.
    if (isReached(processes, this.inUse.processes - 1)) {
      throw new OracleError(20, `maximum number of processes (${processes}) exceeded`);
    }
    if (isReached(sessions, this.inUse.sessions)) throw new OracleError(18);
    const own = this.sessions.filter((session) => session.account === account).length;
    if (isReached(account.settings.sessionsPerUser, own)) throw new OracleError(2391);
  }

  #openSession(account: Account, client: Client): Session {
    this.#lastSid += 1;
    const session = new Session(this.#lastSid, 1 + (this.#lastSid % 65_535), account, client);
    this.#sessions.set(session.sid, session);
    this.statistics.sessions = this.#sessions.size;
    this.statistics.peakSessions = Math.max(this.statistics.peakSessions, this.#sessions.size);
    return session;
  }
}
