/** The clocks of the tests refuse what Node's timers do not take. */
import { afterEach, expect, test, vi } from 'vitest';
import { timerMs, type TimerMs } from '../../src/runtime/timers.ts';
import { FakeClock } from './fake-clock.ts';
import { useFakeTimers } from './node-timers.ts';

afterEach(() => void vi.useRealTimers());

const LARGEST = 2 ** 31 - 1;
const TIMES = [0, 1, 5000, LARGEST, 0.5, 1399.999_9, -1, -0.5, Number.NaN, Infinity, -Infinity, LARGEST + 1, 2 ** 32];

/** Whether Node's own functions take this time: both throw or misfire for others. */
function isTaken(ms: number): boolean {
  try {
    // It throws; above 2^31 - 1 it aborts after a millisecond instead, and says so on standard error.
    if (ms > LARGEST && ms < 2 ** 32) return false;
    // oxlint-disable-next-line no-restricted-properties -- what Node takes is what this asks
    AbortSignal.timeout(ms);
    return true;
  } catch {
    return false;
  }
}

test.for(TIMES)('the test clocks take %d ms where Node does', (ms) => {
  const { timeout, pause } = new FakeClock().seenWith();
  const signal = new AbortController().signal;
  useFakeTimers();
  const outcomes = [
    () => timeout(ms as TimerMs),
    () => void pause(ms as TimerMs, signal),
    () => clearTimeout(setTimeout(() => undefined, ms)),
  ].map((set) => {
    try {
      set();
      return true;
    } catch (error) {
      expect(error).toEqual(new RangeError(`Node's timers do not take ${ms} ms`));
      return false;
    }
  });
  expect(outcomes).toEqual(outcomes.map(() => isTaken(ms)));
});

test.for(TIMES.filter((ms) => !Number.isNaN(ms)))('timerMs makes %d ms a time that Node takes', (ms) => {
  expect(isTaken(timerMs(ms))).toBe(true);
});
