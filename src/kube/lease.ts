/**
 * Leader election over a Lease, as in client-go: at most one replica leads at a time, as far as clocks can tell. A process
 * that is paused may still send a write after it lost the lease; the preconditions of each write (uid, resourceVersion) make
 * that harmless, not this file.
 *
 * No two clocks are compared. A replica that waits measures on its own clock for how long the record is unchanged; the leader
 * measures for how long it has not renewed the record. The times in the record are for people.
 *
 *   acquire ──► leader ──► renew ──► lost: another replica holds the lease, or the renewal was late. The process must exit.
 *                                └─► stopped ──► release: the next leader need not wait
 */
import * as z from 'zod';
import { abortAfter, timerMs, type TimerMs } from '../runtime/timers.ts';
import type { Client } from './client.ts';
import { type Clock, CLOCK } from './clock.ts';
import { ApiError, retryAfterMs } from './errors.ts';
import type { KubeObject, Lease, Resource } from './types.ts';

const LEASES: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' };

/** A record that is unchanged for so long has expired: any replica may take it. client-go's LeaseDuration. */
const DURATION_SECONDS = 15;

/** A leader without a renewal for so long is no leader any more, well before the record expires. client-go's RenewDeadline. */
const RENEW_DEADLINE_MS = 10_000;

/** The longest time from the start of an attempt to the start of the next one. client-go's RetryPeriod. */
const RETRY_PERIOD_MS = 2000;

/** The shortest pause after an attempt that failed. */
const LEAST_PAUSE_MS = 200;

/**
 * How long a request may take, but for the retries of a leader. A renewal counts from when it was sent, so two of them have to
 * fit into the renew deadline: half of it is the slowest API server under which a leader can lead.
 */
const REQUEST_TIMEOUT_MS = RENEW_DEADLINE_MS / 2;

/** How long a shutdown waits for the release. */
const RELEASE_TIMEOUT_MS = 1000;

export type ElectorClock = Clock & {
  /** A signal that is aborted after `ms` milliseconds. */
  readonly timeout: (ms: TimerMs) => AbortSignal;
  /** Milliseconds since the epoch, for the times in the record. */
  readonly date: () => number;
};

export type ElectorOptions = {
  readonly client: Client;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process: a restarted pod keeps its name, but must not take the lease of the process before for its own. */
  readonly identity: string;
  /** Called with the error of a failed attempt, once while it stays the same. The next attempt follows by itself. */
  readonly onError: (error: unknown) => void;
  readonly clock?: ElectorClock;
  readonly random?: () => number;
};

const ELECTOR_CLOCK: ElectorClock = { ...CLOCK, timeout: abortAfter, date: Date.now };

/** The fields of the record that are read. Invalid values get defaults. */
const recordSchema = z
  .object({
    holderIdentity: z.string().catch(''),
    leaseDurationSeconds: z.number().positive().max(60).catch(DURATION_SECONDS),
    /** One more has to fit into an int32, or the API server rejects each update. */
    leaseTransitions: z
      .int()
      .min(0)
      .max(2 ** 31 - 2)
      .catch(0),
  })
  .catch({ holderIdentity: '', leaseDurationSeconds: DURATION_SECONDS, leaseTransitions: 0 });

type LeaseRecord = z.infer<typeof recordSchema>;

/** When a request of an attempt is given up: with the signal, after `requestMs` milliseconds, or at `until` on the clock. */
type Limits = { readonly signal: AbortSignal; readonly requestMs: number; readonly until: number };

export class Elector {
  readonly #options: ElectorOptions;
  readonly #clock: ElectorClock;
  readonly #random: () => number;
  /** The record as it was last read, and when it expires on our clock. */
  #observed: { readonly spec: string; readonly until: number } | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #acquireTime = '';
  /** Whether the record may name this process: a write without a response may have been carried out. */
  #mayHold = false;
  /** The error of the last attempt; undefined where it succeeded. */
  #lastError: unknown;
  /** When the last attempt succeeded, or when the first one started. */
  #lastContactAt: number | undefined;
  /** When the last attempt started. */
  #lastAttemptAt = Number.NEGATIVE_INFINITY;
  /** The response to our last write: it need not be read again while nobody else writes. */
  #lastWritten: Lease | undefined;
  /** Milliseconds that the server asked to wait in its last response. */
  #retryAfterMs = 0;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? ELECTOR_CLOCK;
    this.#random = options.random ?? Math.random;
  }

  /** Whether this process is the leader now. Counts from before the renewal was sent; other replicas count from after it. */
  isLeader(): boolean {
    return this.#leftMs() > 0;
  }

  /** When an attempt last succeeded, on the elector's clock, and the error since; undefined before the first attempt. */
  get contact(): { readonly lastContactAt: number; readonly error: unknown } | undefined {
    return this.#lastContactAt === undefined
      ? undefined
      : { lastContactAt: this.#lastContactAt, error: this.#lastError };
  }

  /** Resolves with true once this process is the leader, with false once the signal is aborted. Never rejects. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      await this.#attempt({ signal, requestMs: REQUEST_TIMEOUT_MS, until: Number.POSITIVE_INFINITY });
      if (this.isLeader()) return true;
      await this.#clock.pause(timerMs(this.#waitMs()), signal);
    }
    return false;
  }

  /** Renews until the signal is aborted (`stopped`), or until this process is no leader any more (`lost`). Never rejects. */
  async renew(signal: AbortSignal): Promise<'lost' | 'stopped'> {
    while (this.isLeader() && !signal.aborted) {
      await this.#clock.pause(timerMs(this.#renewalPauseMs()), signal);
      if (this.isLeader()) await this.#attempt({ signal, requestMs: this.#renewalMs(), until: this.#leadsUntil });
    }
    return signal.aborted ? 'stopped' : 'lost';
  }

  /** Gives up the lease, so that another replica can take it at once. Resolves within a second. Never rejects. */
  async release(): Promise<void> {
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    if (!this.#mayHold) return;
    const signal = this.#clock.timeout(timerMs(RELEASE_TIMEOUT_MS));
    const limits = { signal, requestMs: RELEASE_TIMEOUT_MS, until: Number.POSITIVE_INFINITY };
    await this.#releaseRecord(limits).catch(this.#options.onError);
  }

  async #releaseRecord(limits: Limits): Promise<void> {
    const lease = this.#lastWritten ?? (await this.#read(limits));
    this.#lastWritten = undefined;
    if (lease === undefined || recordOf(lease).holderIdentity !== this.#options.identity) return;
    const free = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#microTime() };
    try {
      await this.#write(lease, free, limits);
    } catch (error) {
      // Another client wrote to it, or the renewal that the shutdown aborted was carried out after all.
      if (!(error instanceof ApiError && error.isConflict)) throw error;
      await this.#releaseRecord(limits);
    }
  }

  async #attempt(limits: Limits): Promise<void> {
    this.#lastAttemptAt = this.#clock.now();
    this.#lastContactAt ??= this.#lastAttemptAt;
    try {
      await this.#acquireOrRenew(limits);
      this.#lastContactAt = this.#clock.now();
      this.#lastError = undefined;
      this.#retryAfterMs = 0;
    } catch (error) {
      this.#retryAfterMs = retryAfterMs(error);
      const isRepeated = String(error) === String(this.#lastError);
      this.#lastError = error;
      if (!limits.signal.aborted && !isRepeated) this.#options.onError(error);
    }
  }

  /** The leader renews by one write over its last one. Where another client wrote meanwhile, and for a standby, a read comes first. */
  async #acquireOrRenew(limits: Limits): Promise<void> {
    const own = this.#lastWritten;
    this.#lastWritten = undefined;
    if (own !== undefined && (await this.#renewOver(own, limits))) return;
    const lease = await this.#read(limits);
    if (this.#isOursOrFree(lease, recordOf(lease))) await this.#claim(lease, limits);
    else this.#renewedAt = Number.NEGATIVE_INFINITY;
  }

  /** Resolves with false where another client changed or deleted the lease since our last write. */
  async #renewOver(own: Lease, limits: Limits): Promise<boolean> {
    try {
      await this.#claim(own, limits);
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.isConflict || error.isNotFound)) return false;
      throw error;
    }
  }

  /** Writes this process into the record. Throws a conflict where another client wrote since `lease` was read. */
  async #claim(lease: Lease | undefined, limits: Limits): Promise<void> {
    const { holderIdentity, leaseTransitions } = recordOf(lease);
    const isOurs = holderIdentity === this.#options.identity;
    if (!isOurs || this.#acquireTime === '') this.#acquireTime = this.#microTime();
    const renewedAt = this.#clock.now();
    this.#lastWritten = await this.#write(
      lease,
      {
        holderIdentity: this.#options.identity,
        leaseDurationSeconds: DURATION_SECONDS,
        acquireTime: this.#acquireTime,
        renewTime: this.#microTime(),
        leaseTransitions: leaseTransitions + (isOurs || lease === undefined ? 0 : 1),
      },
      limits,
    );
    this.#renewedAt = renewedAt;
  }

  #isOursOrFree(lease: Lease | undefined, { holderIdentity, leaseDurationSeconds }: LeaseRecord): boolean {
    const now = this.#clock.now();
    const spec = JSON.stringify(lease?.spec ?? {});
    if (this.#observed?.spec !== spec) this.#observed = { spec, until: now + leaseDurationSeconds * 1000 };
    return holderIdentity === '' || holderIdentity === this.#options.identity || now >= this.#observed.until;
  }

  #read(limits: Limits): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    return client.get(LEASES, namespace, name, this.#requestSignal(limits));
  }

  /** Updates the lease as it was read, or creates it. Throws a conflict where another client wrote since. */
  async #write(lease: Lease | undefined, spec: NonNullable<Lease['spec']>, limits: Limits): Promise<KubeObject> {
    const { client, namespace, name } = this.#options;
    const signal = this.#requestSignal(limits);
    const object = {
      apiVersion: LEASES.apiVersion,
      kind: LEASES.kind,
      metadata: { ...lease?.metadata, namespace, name },
      spec,
    };
    this.#mayHold = true;
    return lease === undefined
      ? await client.create(LEASES, object, signal)
      : await client.update(LEASES, object, signal);
  }

  #requestSignal({ signal, requestMs, until }: Limits): AbortSignal {
    const ms = Math.min(requestMs, until - this.#clock.now());
    return AbortSignal.any([signal, this.#clock.timeout(timerMs(ms))]);
  }

  /** When this process is no leader any more by its last renewal, on the clock. */
  get #leadsUntil(): number {
    return this.#renewedAt + RENEW_DEADLINE_MS;
  }

  /** Milliseconds for which this process is still the leader by its last renewal; negative where it is not. */
  #leftMs(): number {
    return this.#leadsUntil - this.#clock.now();
  }

  /** 50 to 90 % of the retry period, so that replicas spread. */
  #retryMs(): number {
    return RETRY_PERIOD_MS * (0.5 + 0.4 * this.#random());
  }

  /**
   * Milliseconds that a request of the next renewal may take. After a failure it is half of the time that is left, so that
   * there is time for others after a connection that hangs.
   */
  #renewalMs(): number {
    return this.#lastError === undefined ? REQUEST_TIMEOUT_MS : this.#leftMs() / 2;
  }

  /**
   * Milliseconds until the next attempt of a leader: shorter the less time is left, longer where the server asked for it. What
   * the last attempt took is part of it, so a renewal that took longer than the retry period is followed by the next at once.
   */
  #renewalPauseMs(): number {
    const leftMs = this.#leftMs();
    const tookMs = this.#clock.now() - this.#lastAttemptAt;
    const retryMs = Math.min(this.#retryMs(), leftMs / 4) - tookMs;
    const leastMs = this.#lastError === undefined ? 0 : LEAST_PAUSE_MS;
    return Math.min(Math.max(retryMs, leastMs, Math.min(this.#retryAfterMs, leftMs / 2)), leftMs);
  }

  /** Milliseconds until the next attempt of a standby: no later than the record expires. */
  #waitMs(): number {
    const retryMs = Math.max(this.#retryMs(), Math.min(this.#retryAfterMs, DURATION_SECONDS * 1000));
    const leftMs = (this.#observed?.until ?? 0) - this.#clock.now();
    return leftMs > 0 ? Math.min(retryMs, leftMs) : retryMs;
  }

  /** A MicroTime needs six digits: the API server rejects three, as Date writes them. */
  #microTime(): string {
    return new Date(this.#clock.date()).toISOString().replace('Z', '000Z');
  }
}

const recordOf = (lease: Lease | undefined): LeaseRecord => recordSchema.parse(lease?.spec ?? {});
