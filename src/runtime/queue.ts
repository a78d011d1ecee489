/**
 * A queue of keys. A key stands in it once however often it is added, and is worked on once at a time: added while it is
 * being worked on, it comes again afterwards. After client-go's work queue, with its three sets:
 *
 *   dirty       has to be worked on
 *   processing  is being worked on; a key may be dirty too, and is queued again by `done`
 *   ready       the order: every key of it is dirty and not processing
 */
import { type Backoff, backoffMs } from './backoff.ts';

/** Node's timers fire at once, in a loop, when asked for more than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

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

  /** Keys that wait to be worked on now. */
  get length(): number {
    return this.#ready.size;
  }

  /** Resolves once the last key that was added has been worked on, for the first time. */
  get initialDrain(): Promise<void> {
    return this.#initialDrain.promise;
  }

  /** Adds the key; where a failure asked to wait, only once that time is over. */
  add(key: string): void {
    if (this.#closed || this.#dirty.has(key)) return;
    const heldMs = (this.#failures.get(key)?.notBefore ?? 0) - performance.now();
    if (heldMs > 0) return this.addAfter(key, heldMs);
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#push(key);
  }

  /** Adds the key after `ms` milliseconds (24 days at most). The sooner of two such wishes wins. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return;
    const pause = Math.min(ms, MAX_TIMER_MS);
    const at = performance.now() + pause;
    const known = this.#delayed.get(key);
    if (known !== undefined && known.at <= at) return;
    clearTimeout(known?.timer);
    const timer = setTimeout(() => {
      this.#delayed.delete(key);
      this.add(key);
    }, pause);
    this.#delayed.set(key, { at, timer });
  }

  /**
   * Adds the key, which is being worked on, after a pause that grows with each failure. For `atLeastMs` nothing else brings
   * it back either: what happened meanwhile is seen then. Returns the pause in ms.
   */
  retry(key: string, atLeastMs = 0): number {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.set(key, { count, notBefore: performance.now() + atLeastMs });
    if (atLeastMs > 0) this.#dirty.delete(key);
    const pause = Math.max(atLeastMs, backoffMs(count, this.#backoff, this.#random()));
    this.addAfter(key, pause);
    return pause;
  }

  /** Forgets the failures of a key. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, as soon as there is one; undefined once the queue is closed. `done` must follow. */
  next(): Promise<string | undefined> {
    const [key] = this.#ready;
    if (this.#closed) return Promise.resolve(undefined);
    if (key === undefined) return new Promise((resolve) => this.#waiters.push(resolve));
    this.#ready.delete(key);
    this.#take(key);
    return Promise.resolve(key);
  }

  done(key: string): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#push(key);
    if (this.#dirty.size === 0 && this.#processing.size === 0) this.#initialDrain.resolve();
  }

  /** Gives out no more keys. What is being worked on goes on. */
  close(): void {
    this.#closed = true;
    for (const { timer } of this.#delayed.values()) clearTimeout(timer);
    this.#delayed.clear();
    this.#ready.clear();
    for (const taker of this.#waiters.splice(0)) taker(undefined);
  }

  #push(key: string): void {
    const taker = this.#waiters.shift();
    if (taker === undefined) {
      this.#ready.add(key);
      return;
    }
    this.#take(key);
    taker(key);
  }

  #take(key: string): void {
    this.#dirty.delete(key);
    this.#processing.add(key);
  }
}
