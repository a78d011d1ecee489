/** Watches the objects of one collection, and resolves with the time at which an object first meets a condition. */
import type { PlainClient, Seen } from './plain-client.ts';

type Waiter = {
  readonly isMet: (object: Seen) => boolean;
  readonly resolve: (at: number) => void;
};

/** No object has this name. */
const ANY = '';

export class Observer implements Disposable {
  readonly #waiters = new Map<string, Waiter[]>();
  readonly #stop = new AbortController();
  readonly #ended = Promise.withResolvers<never>();
  readonly #client: PlainClient;
  readonly #path: string;
  #version: string;

  private constructor(client: PlainClient, path: string, version: string) {
    this.#client = client;
    this.#path = path;
    this.#version = version;
    // Each waiter gets the rejection; without a waiter it must not be unhandled.
    this.#ended.promise.catch(() => undefined);
  }

  static async start(client: PlainClient, path: string): Promise<Observer> {
    const observer = new Observer(client, path, await client.versionOf(path));
    await observer.#watch();
    return observer;
  }

  /** The API server ends the watch of a slow reader, which this process is on a busy machine. The watch then continues. */
  #watch(): Promise<void> {
    return this.#client.watch(
      this.#path,
      this.#version,
      ({ type, object }) => this.#see(type, object),
      () => void this.#watch().catch(this.#ended.reject),
      this.#stop.signal,
    );
  }

  /** `when` for an object of any name. */
  whenAny(isMet: (object: Seen) => boolean, deadlineMs?: number): Promise<number> {
    return this.when(ANY, isMet, deadlineMs);
  }

  /** `performance.now()` when an object of this name first meets the condition, from now on. Rejects after the deadline. */
  when(name: string, isMet: (object: Seen) => boolean, deadlineMs = 120_000): Promise<number> {
    const seen = this.#when(name, isMet, deadlineMs);
    // A caller that awaits many together stops at the first failure: the others must not be unhandled.
    seen.catch(() => undefined);
    return seen;
  }

  async #when(name: string, isMet: (object: Seen) => boolean, deadlineMs: number): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>();
    const waiters = this.#waiters.get(name) ?? [];
    waiters.push({ isMet, resolve });
    this.#waiters.set(name, waiters);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`waited ${deadlineMs / 1000} s for ${name} of ${this.#path}`)),
      deadlineMs,
    );
    try {
      return await Promise.race([promise, this.#ended.promise, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }

  #see(type: string, object: Seen): void {
    if (type === 'ERROR')
      return this.#ended.reject(new Error(`the watch of ${this.#path} fails: ${JSON.stringify(object)}`));
    this.#version = object.metadata.resourceVersion;
    if (type !== 'ADDED' && type !== 'MODIFIED') return;
    const at = performance.now();
    for (const name of [object.metadata.name, ANY]) this.#tell(name, object, at);
  }

  #tell(name: string, object: Seen, at: number): void {
    const waiters = this.#waiters.get(name);
    if (waiters === undefined) return;
    const met = waiters.filter(({ isMet }) => isMet(object));
    for (const { resolve } of met) resolve(at);
    const left = waiters.filter((waiter) => !met.includes(waiter));
    if (left.length > 0) this.#waiters.set(name, left);
    else this.#waiters.delete(name);
  }
}
