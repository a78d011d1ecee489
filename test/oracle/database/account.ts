/** A user's account: its password's verifier, and how often somebody failed to log on to it. */
import { type Challenge, challenge, createVerifier, type Verifier } from '../logon/verifier.ts';
import type { UserSettings } from '../settings.ts';

export type AccountStatus = 'OPEN' | 'EXPIRED' | 'EXPIRED(GRACE)' | 'LOCKED' | 'LOCKED(TIMED)';

const STATUS = {
  OPEN: 'OPEN',
  LOCKED: 'LOCKED',
  EXPIRED: 'EXPIRED',
  GRACE: 'EXPIRED(GRACE)',
  NO_CREATE_SESSION: 'OPEN',
} as const satisfies Record<UserSettings['status'], AccountStatus>;

const DAY_MS = 24 * 3600 * 1000;

export class Account {
  readonly name: string;
  settings: UserSettings;
  /** Logons with a wrong password, in all. */
  failedLogons = 0;
  /** Those since the last one with the right password; too many lock the account. */
  #failedAttempts = 0;
  #verifier: Verifier | undefined;
  #graceEndsAt: Date | undefined;

  constructor(name: string, settings: UserSettings) {
    this.name = name;
    this.settings = settings;
  }

  get status(): AccountStatus {
    const { failedLoginAttempts, status } = this.settings;
    const isLocked = failedLoginAttempts !== 'UNLIMITED' && this.#failedAttempts >= failedLoginAttempts;
    if (isLocked) return 'LOCKED(TIMED)';
    return this.#graceEndsAt !== undefined && this.#isGraceDue() ? 'EXPIRED(GRACE)' : STATUS[status];
  }

  get isLocked(): boolean {
    return this.status === 'LOCKED' || this.status === 'LOCKED(TIMED)';
  }

  challenge(): Challenge {
    const { verifier: kind, password } = this.settings;
    if (this.#verifier?.kind !== kind || this.#verifier.password !== password) {
      this.#verifier = createVerifier(kind, password);
    }
    return challenge(this.#verifier);
  }

  /** When the password expires; in its days of grace, when these are over. */
  get expiryDate(): Date | null {
    const { expiryDate, status, graceDays } = this.settings;
    if (this.#graceEndsAt !== undefined && this.#isGraceDue()) return this.#graceEndsAt;
    if (expiryDate !== undefined) return new Date(expiryDate);
    return status === 'GRACE' ? new Date(Date.now() + graceDays * DAY_MS) : null;
  }

  /** What the first logon does after the life of the password is over. */
  beginGrace(): void {
    if (this.#isGraceDue()) this.#graceEndsAt ??= new Date(Date.now() + this.settings.graceDays * DAY_MS);
  }

  #isGraceDue(): boolean {
    const { status, expiryDate } = this.settings;
    return status === 'OPEN' && expiryDate !== undefined && Date.parse(expiryDate) <= Date.now();
  }

  countFailure(): void {
    this.failedLogons += 1;
    this.#failedAttempts += 1;
  }

  /** What a logon with the right password does, and a database administrator. */
  unlock(): void {
    this.#failedAttempts = 0;
  }
}

/** Names without quotes are upper case, as in Oracle. */
export const accountName = (name: string): string => /^"(.*)"$/.exec(name)?.[1] ?? name.toUpperCase();
