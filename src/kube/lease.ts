/**
 * Leader election over a Lease: of all replicas at most one leads, as far as clocks can tell. It keeps two leaders from
 * working against each other for long; what a late writer could break is fenced by uid and resourceVersion, not here.
 *
 * No two clocks are compared. Whoever waits measures on its own clock for how long it has seen the record unchanged, and
 * whoever leads for how long it has not renewed it; the times in the record are for people. Knows nothing of what is led.
 *
 *   acquire ──► leads ──► keep ──► lost: another holds it, or it was not renewed in time. The process must end.
 *                              └─► stopped ──► release: the next one need not wait
 */
import * as z from 'zod';
import type { Client } from './client.ts';
import { type Clock, CLOCK } from './clock.ts';
import { ApiError, retryAfterMs } from './errors.ts';
import type { KubeObject, Lease, Resource } from './types.ts';

const LEASES: Resource = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', plural: 'leases' };

/** A record that was not seen to change for so long is anybody's. */
const DURATION_SECONDS = 15;

/** Who leads and has not renewed for so long leads no more: well before anybody else may. */
const RENEWAL_MS = 10_000;

/** The longest pause between two tries, the call included. */
const RETRY_MS = 2000;

/** Half of what a renewal may take, so that a call which hangs leaves time for another. */
const CALL_MS = 5000;

/** All that a stop waits for. */
const RELEASE_MS = 1000;

export type ElectorClock = Clock & {
  /** A signal that is aborted after so many milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
  /** Milliseconds since the epoch, written into the record for people. */
  readonly date: () => number;
};

export type ElectorOptions = {
  readonly client: Client;
  readonly namespace: string;
  readonly name: string;
  /** Of this process alone: one that starts again under the name of the last has not held what that held. */
  readonly identity: string;
  /** Told of what went wrong with a try, once as long as it stays the same. The next try follows by itself. */
  readonly onError: (error: unknown) => void;
  readonly clock?: ElectorClock;
  readonly random?: () => number;
};

const ELECTOR_CLOCK: ElectorClock = { ...CLOCK, timeout: (ms) => AbortSignal.timeout(ms), date: Date.now };

/** What is read of a record. Whatever else somebody wrote there is as good as nothing. */
const recordSchema = z
  .object({
    holderIdentity: z.string().catch(''),
    leaseDurationSeconds: z.number().positive().max(60).catch(DURATION_SECONDS),
    /** One more must still be an int32, or the API server refuses it for ever. */
    leaseTransitions: z
      .int()
      .min(0)
      .max(2 ** 31 - 2)
      .catch(0),
  })
  .catch({ holderIdentity: '', leaseDurationSeconds: DURATION_SECONDS, leaseTransitions: 0 });

type LeaseRecord = z.infer<typeof recordSchema>;

export class Elector {
  readonly #options: ElectorOptions;
  readonly #clock: ElectorClock;
  readonly #random: () => number;
  /** The record as it was last seen, and until when it stands on our clock. */
  #seen: { readonly spec: string; readonly until: number } | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #acquiredOn = '';
  /** Whether the record may name us: a call that was not answered may have been carried out. */
  #hasWritten = false;
  /** What went wrong with the last try, if anything. */
  #lastError: unknown;
  /** When a try was last answered as it should be; from the first on. */
  #lastContactAt: number | undefined;
  /** Our last write as it was answered: as long as nobody else writes, it need not be read again. */
  #own: Lease | undefined;
  /** Milliseconds that the server asked to wait, if its last answer was a refusal. */
  #askedMs = 0;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? ELECTOR_CLOCK;
    this.#random = options.random ?? Math.random;
  }

  /** Whether this process leads at this moment. Measured before the renewal was sent, so others count from later. */
  isLeader(): boolean {
    return this.#leftMs() > 0;
  }

  /** Since when no try came to anything, on the elector's clock, and why; undefined before the first. */
  get contact(): { readonly lastContactAt: number; readonly error: unknown } | undefined {
    return this.#lastContactAt === undefined
      ? undefined
      : { lastContactAt: this.#lastContactAt, error: this.#lastError };
  }

  /** Resolves with true once this process leads, with false once the signal is aborted before that. Throws nothing. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      await this.#try(CALL_MS, signal);
      if (this.isLeader()) return true;
      await this.#clock.pause(this.#waitMs(), signal);
    }
    return false;
  }

  /** Renews until the signal, or until this process leads no more. Throws nothing. */
  async renew(signal: AbortSignal): Promise<'lost' | 'stopped'> {
    while (this.isLeader() && !signal.aborted) {
      await this.#clock.pause(Math.min(this.#retryMs(this.#leftMs() / 2), this.#leftMs()), signal);
      if (this.isLeader()) await this.#try(Math.min(CALL_MS, this.#leftMs()), signal);
    }
    return signal.aborted ? 'stopped' : 'lost';
  }

  /** Leads no more from now on, and lets the others know. Resolves within a second. Throws nothing. */
  async release(): Promise<void> {
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    if (!this.#hasWritten) return;
    await this.#letGo(this.#clock.timeout(RELEASE_MS)).catch(this.#options.onError);
  }

  async #letGo(signal: AbortSignal): Promise<void> {
    const lease = this.#own ?? (await this.#read(signal));
    this.#own = undefined;
    if (lease === undefined || recordOf(lease).holderIdentity !== this.#options.identity) return;
    const free = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#date() };
    try {
      await this.#write(lease, free, signal);
    } catch (error) {
      // Somebody touched it, or a renewal that the stop cut off came after all.
      if (!(error instanceof ApiError && error.isConflict)) throw error;
      await this.#letGo(signal);
    }
  }

  async #try(deadlineMs: number, signal: AbortSignal): Promise<void> {
    this.#lastContactAt ??= this.#clock.now();
    try {
      await this.#takeOrRenew(AbortSignal.any([signal, this.#clock.timeout(deadlineMs)]));
      this.#lastContactAt = this.#clock.now();
      this.#lastError = undefined;
      this.#askedMs = 0;
    } catch (error) {
      this.#askedMs = retryAfterMs(error);
      const isKnown = String(error) === String(this.#lastError);
      this.#lastError = error;
      if (!signal.aborted && !isKnown) this.#options.onError(error);
    }
  }

  /** A renewal is one write over our last one. Where that was written over, and for whoever leads not, a look comes first. */
  async #takeOrRenew(signal: AbortSignal): Promise<void> {
    const own = this.#own;
    this.#own = undefined;
    if (own !== undefined && (await this.#renewOver(own, signal))) return;
    const lease = await this.#read(signal);
    if (this.#isOursOrFree(lease, recordOf(lease))) await this.#claim(lease, signal);
    else this.#renewedAt = Number.NEGATIVE_INFINITY;
  }

  /** Resolves with false where the lease is not what we wrote any more. */
  async #renewOver(own: Lease, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#claim(own, signal);
      return true;
    } catch (error) {
      if (error instanceof ApiError && (error.isConflict || error.isNotFound)) return false;
      throw error;
    }
  }

  /** Writes ourselves into the lease. Where somebody wrote in between, it throws, and the next try looks again. */
  async #claim(lease: Lease | undefined, signal: AbortSignal): Promise<void> {
    const { holderIdentity, leaseTransitions } = recordOf(lease);
    const isOurs = holderIdentity === this.#options.identity;
    if (!isOurs || this.#acquiredOn === '') this.#acquiredOn = this.#date();
    const renewedAt = this.#clock.now();
    this.#own = await this.#write(
      lease,
      {
        holderIdentity: this.#options.identity,
        leaseDurationSeconds: DURATION_SECONDS,
        acquireTime: this.#acquiredOn,
        renewTime: this.#date(),
        leaseTransitions: leaseTransitions + (isOurs || lease === undefined ? 0 : 1),
      },
      signal,
    );
    this.#renewedAt = renewedAt;
  }

  #isOursOrFree(lease: Lease | undefined, { holderIdentity, leaseDurationSeconds }: LeaseRecord): boolean {
    const now = this.#clock.now();
    const spec = JSON.stringify(lease?.spec ?? {});
    if (this.#seen?.spec !== spec) this.#seen = { spec, until: now + leaseDurationSeconds * 1000 };
    return holderIdentity === '' || holderIdentity === this.#options.identity || now >= this.#seen.until;
  }

  #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    return client.get(LEASES, namespace, name, signal);
  }

  /** Writes over the lease as it was read, or makes it; a conflict where it is another by now. */
  async #write(lease: Lease | undefined, spec: NonNullable<Lease['spec']>, signal: AbortSignal): Promise<KubeObject> {
    const { client, namespace, name } = this.#options;
    const object = {
      apiVersion: LEASES.apiVersion,
      kind: LEASES.kind,
      metadata: { ...lease?.metadata, namespace, name },
      spec,
    };
    this.#hasWritten = true;
    return lease === undefined
      ? await client.create(LEASES, object, signal)
      : await client.update(LEASES, object, signal);
  }

  /** Milliseconds for which this process still leads by its last renewal. */
  #leftMs(): number {
    return this.#renewedAt + RENEWAL_MS - this.#clock.now();
  }

  /** Spread, so that replicas do not always ask together; longer where the server asked for it, but no longer than `mostMs`. */
  #retryMs(mostMs: number): number {
    return Math.max(RETRY_MS * (0.5 + 0.4 * this.#random()), Math.min(this.#askedMs, mostMs));
  }

  /** Until the next try of one who waits: no later than the record becomes anybody's. */
  #waitMs(): number {
    const retryMs = this.#retryMs(DURATION_SECONDS * 1000);
    const leftMs = (this.#seen?.until ?? 0) - this.#clock.now();
    return leftMs > 0 ? Math.min(retryMs, leftMs) : retryMs;
  }

  /** A MicroTime has six digits: with three, as Date writes them, the API server refuses it. */
  #date(): string {
    return new Date(this.#clock.date()).toISOString().replace('Z', '000Z');
  }
}

const recordOf = (lease: Lease | undefined): LeaseRecord => recordSchema.parse(lease?.spec ?? {});
