/**
 * An Oracle stand-in for tests, not an Oracle Database: it speaks the thin protocol to real drivers, on loopback, and
 * does what its settings say. README.md tells what it can do and what it leaves out.
 */
import { Database } from './database/database.ts';
import { Listener } from './listener.ts';
import type { Account } from './database/account.ts';
import type { Session } from './database/session.ts';
import type { Statistics } from './database/statistics.ts';
import { mergePatch, READ_ONCE, readSettings, type Settings, type SettingsInput } from './settings.ts';

export type { SettingsInput as StandInSettings } from './settings.ts';

export class StandIn implements AsyncDisposable {
  readonly #database: Database;
  readonly #listener: Listener;

  private constructor(database: Database, listener: Listener) {
    this.#database = database;
    this.#listener = listener;
  }

  /** Listens on 127.0.0.1, on a port that the system chooses, unless the settings say otherwise. */
  static async start(given: unknown = {}): Promise<StandIn> {
    const database = new Database(readSettings(given));
    return new StandIn(database, await Listener.start(database));
  }

  get port(): number {
    return this.#listener.port;
  }

  /** For drivers: `127.0.0.1:1521/FREEPDB1`, with `tcps://` in front where TLS is on. */
  connectString(service = this.settings.services[0] ?? ''): string {
    return `${this.settings.tls === undefined ? '' : 'tcps://'}127.0.0.1:${this.port}/${service}`;
  }

  get settings(): Settings {
    return this.#database.settings;
  }

  /** Counters as they stand; the object changes with them. */
  get statistics(): Readonly<Statistics> {
    return this.#database.statistics;
  }

  get sessions(): readonly Session[] {
    return this.#database.sessions;
  }

  /** Sessions and processes in use, those that others are supposed to hold included. */
  get inUse(): { readonly sessions: number; readonly processes: number } {
    return this.#database.inUse;
  }

  get accounts(): readonly Account[] {
    return this.#database.accounts;
  }

  /** Merges into the settings; null takes a key away. Throws, and changes nothing, where that cannot be used. */
  change(patch: unknown): void {
    const changed = readSettings(mergePatch(this.settings, patch));
    for (const key of READ_ONCE) {
      if (JSON.stringify(changed[key]) !== JSON.stringify(this.settings[key])) {
        throw new Error(`change the settings of the Oracle stand-in: ${key} is read once, at the start`);
      }
    }
    this.#database.settings = changed;
  }

  /** The session's next call fails with this ORA code. Returns whether there is such a session. */
  kill(sid: number, code = 28): boolean {
    const session = this.#database.session(sid);
    session?.kill(code);
    return session !== undefined;
  }

  /** Opens an account that wrong passwords locked. Returns whether there is such a user. */
  unlock(user: string): boolean {
    const account = this.#database.account(user);
    account?.unlock();
    return account !== undefined;
  }

  /** Cuts all connections in mid-sentence; returns how many. */
  drop(): number {
    return this.#listener.drop();
  }

  /** Counters at 0, accounts unlocked, faults as if never met. */
  reset(): void {
    this.#database.reset();
  }

  async close(): Promise<void> {
    await this.#listener.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

export const startStandIn = (settings: SettingsInput = {}): Promise<StandIn> => StandIn.start(settings);
