/**
 * The one door to Node's timers. Node takes whole milliseconds from 0 to 2^31 - 1. For any other time `AbortSignal.timeout`
 * throws, and `setTimeout` fires after a millisecond. The operator computes its times from clocks, specs and headers, so each
 * time is made one that Node takes first. The linter rejects Node's own functions everywhere else.
 */
import { setTimeout as sleep } from 'node:timers/promises';

declare const isTimerMs: unique symbol;

/** Milliseconds that Node's timers take. Only `timerMs` makes them. */
export type TimerMs = number & { readonly [isTimerMs]: true };

/** 24.8 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Rounds up, so that no timer is early. A negative time is 0, and one above 24.8 days is 24.8 days: whoever waits for longer
 * finds that out and waits again. Throws a RangeError for NaN, which says nothing about when.
 */
export function timerMs(ms: number): TimerMs {
  if (Number.isNaN(ms)) throw new RangeError('a timer cannot wait for NaN ms');
  return Math.min(Math.max(Math.ceil(ms), 0), MAX_TIMER_MS) as TimerMs;
}

/** Calls `run` after `ms` milliseconds, unless `clearTimeout` is called before. */
export const startTimer = (ms: number, run: () => void): NodeJS.Timeout => setTimeout(run, timerMs(ms));

/** A signal that is aborted with a TimeoutError after `ms` milliseconds. */
export const abortAfter = (ms: number): AbortSignal => AbortSignal.timeout(timerMs(ms));

/** Resolves after `ms` milliseconds. Rejects with an AbortError as soon as the signal is aborted. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> => sleep(timerMs(ms), undefined, { signal });
