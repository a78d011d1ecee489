/**
 * A queue of keys, after client-go's rate-limiting work queue. A key is in it once, however often it is added, and at most
 * one worker has it at a time: a key that is added while a worker has it comes again afterwards. Three sets:
 *
 *   dirty       needs processing
 *   processing  a worker has it; such a key may be dirty as well, and then `done` queues it again
 *   ready       the order: dirty keys that no worker has
 */
import { type Backoff, backoffMs } from './backoff.ts';
import { startTimer, timerMs } from './timers.ts';

export type QueueOptions = { readonly backoff: Backoff; readonly random?: () => number };

export class WorkQueue {
  readonly #backoff: Backoff;
  readonly #random: () => number;
  readonly #dirty = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #ready = new Set<string>();
  readonly #delayed = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>();
  readonly #failures = new Map<string, { readonly count: number; readonly notBefore: number }>();
  readonly #waiters: ((key: string | undefined) => void)[] = [];
  readonly #initialDrain = Promise.withResolvers<void>();
  #closed = false;

  constructor({ backoff, random = Math.random }: QueueOptions) {
    this.#backoff = backoff;
    this.#random = random;
  }

  /** The number of keys that are ready for a worker. */
  get length(): number {
    return this.#ready.size;
  }

  /** Resolves once the queue is empty and no worker has a key, for the first time. */
  get initialDrain(): Promise<void> {
    return this.#initialDrain.promise;
  }

  /** Adds the key; after a `retry` with `atLeastMs`, only once that time is over. */
  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    const remainingMs = (this.#failures.get(key)?.notBefore ?? 0) - performance.now();
    if (remainingMs > 0) return this.addAfter(key, remainingMs);
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#push(key);
  }

  /** Adds the key after `ms` milliseconds, 24 days at most. Where it was to be added later already, the sooner time counts. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const pause = timerMs(ms);
    const at = performance.now() + pause;
    const current = this.#delayed.get(key);
    if (current !== undefined && current.at <= at) return;
    clearTimeout(current?.timer);
    const timer = startTimer(pause, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { at, timer });
  }

  /**
   * Adds a failed key, which its worker still has, after a delay that grows with each failure (client-go's AddRateLimited).
   * For `atLeastMs` no `add` brings it back sooner. Returns the delay in milliseconds.
   */
  retry(key: string, atLeastMs = 0): number {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.set(key, { count, notBefore: performance.now() + atLeastMs });
    if (atLeastMs > 0) this.#dirty.delete(key);
    const pause = Math.max(atLeastMs, backoffMs(count, this.#backoff, this.#random()));
    this.addAfter(key, pause);
    return pause;
  }

  /** Resets the failures of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** Resolves with the next key as soon as there is one, or with undefined once the queue is closed. `done` must follow. */
  next(): Promise<string | undefined> {
    const [key] = this.#ready;
    if (this.#closed) return Promise.resolve(undefined);
    if (key === undefined) return new Promise((resolve) => this.#waiters.push(resolve));
    this.#ready.delete(key);
    this.#take(key);
    return Promise.resolve(key);
  }

  /** Gives a key back. A key that was added meanwhile is queued again. */
  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#push(key);
    if (this.#dirty.size === 0 && this.#processing.size === 0) this.#initialDrain.resolve();
  }

  /** Ends the queue: workers get no more keys, but finish those that they have. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#ready.clear();
    for (const resolve of this.#waiters.splice(0)) resolve(undefined);
  }

  #push(key: string): void {
    const resolve = this.#waiters.shift();
    if (resolve === undefined) {
      this.#ready.add(key);
      return;
    }
    this.#take(key);
    resolve(key);
  }

  #take(key: string): void {
    this.#dirty.delete(key);
    this.#processing.add(key);
  }
}
