/** A session: who holds it, and whether somebody killed it. */
import { OracleError } from './errors.ts';
import type { Account } from './account.ts';

/** What a client told of itself while it connected and logged on. */
export type Client = {
  readonly service: string;
  readonly program: string;
  readonly machine: string;
  readonly osUser: string;
  readonly terminal: string;
  readonly driver: string;
  readonly address: string;
  readonly protocol: 'tcp' | 'tcps';
};

export class Session {
  readonly sid: number;
  readonly serial: number;
  readonly account: Account;
  readonly client: Client;
  readonly loggedOnAt = new Date();
  #killedWith: number | undefined;

  constructor(sid: number, serial: number, account: Account, client: Client) {
    this.sid = sid;
    this.serial = serial;
    this.account = account;
    this.client = client;
  }

  get user(): string {
    return this.account.name;
  }

  /** Its next call fails with this error, and the connection ends with it. */
  kill(code: number): void {
    this.#killedWith = code;
  }

  /** Throws the error that the session was killed with. */
  throwIfKilled(): void {
    if (this.#killedWith !== undefined) throw new OracleError(this.#killedWith);
  }

  get isKilled(): boolean {
    return this.#killedWith !== undefined;
  }

  /** As it is shown to people. */
  toJSON(): object {
    const { sid, serial, user, isKilled, client, loggedOnAt } = this;
    return { sid, serial, user, isKilled, ...client, loggedOnAt: loggedOnAt.toISOString() };
  }
}
