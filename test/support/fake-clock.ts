/**
 * A clock that stands still until it is told to go on. Real I/O goes its own way, so `advance` waits for it in between. It
 * refuses what Node's timers do not take.
 */
import { setImmediate } from 'node:timers/promises';
import type { ElectorClock } from '../../src/kube/lease.ts';
import { takenByNode } from './node-timers.ts';

type Alarm = { readonly at: number; readonly ring: () => void };

export class FakeClock {
  #time = 0;
  readonly #pauses = new Set<Alarm>();
  readonly #timeouts = new Set<Alarm>();
  /** How late each alarm rings. Node's timers are late by fractions of a millisecond, so that what is left of a time is one, too. */
  lateMs = 0;

  get now(): number {
    return this.#time;
  }

  /** Who pauses at this moment. */
  get pausing(): number {
    return this.#pauses.size;
  }

  /** What a process sees of it whose wall clock is wrong by `skewMs`. */
  seenWith(skewMs = 0): ElectorClock {
    return {
      now: () => this.#time,
      date: () => Date.UTC(2026, 0, 1) + this.#time + skewMs,
      pause: (ms, signal) => this.#pause(ms, signal),
      timeout: (ms) => {
        const end = new AbortController();
        this.#set(this.#timeouts, ms, () => end.abort(new Error(`no answer within ${ms} ms`)));
        return end.signal;
      },
    };
  }

  /**
   * Goes on by `ms`, from one alarm to the next, and lets all come to rest before and after each; no further than where
   * `isDone`. Returns the milliseconds that it went on.
   */
  async advance(ms: number, isAtRest: () => boolean, isDone = () => false): Promise<number> {
    const start = this.#time;
    for (;;) {
      await rest(isAtRest);
      const next = [...this.#pauses, ...this.#timeouts].toSorted((a, b) => a.at - b.at)[0];
      if (isDone()) return this.#time - start;
      if (next === undefined || next.at > start + ms) break;
      this.#time = Math.max(this.#time, next.at);
      next.ring();
    }
    this.#time = start + ms;
    return ms;
  }

  /** Jumps by `ms` while nothing runs, as for a process that is frozen; alarms ring late. */
  jump(ms: number): void {
    this.#time += ms;
  }

  #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) return Promise.resolve();
    const alarm = this.#set(this.#pauses, ms, resolve);
    signal.addEventListener('abort', () => {
      this.#pauses.delete(alarm);
      resolve();
    });
    return promise;
  }

  #set(alarms: Set<Alarm>, ms: number, then: () => void): Alarm {
    const alarm = {
      at: this.#time + takenByNode(ms) + this.lateMs,
      ring: () => {
        alarms.delete(alarm);
        then();
      },
    };
    alarms.add(alarm);
    return alarm;
  }
}

/** Looks only after what was just let go has had its turn. Throws after five real seconds. */
async function rest(isAtRest: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  do {
    await setImmediate();
    if (performance.now() > end) throw new Error('all were to come to rest, and did not within 5 s');
  } while (!isAtRest());
}
