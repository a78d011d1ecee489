import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { abortAfter, pause, startTimer, timerMs } from '../../src/runtime/timers.ts';

const DAY_MS = 86_400_000;

test.for([
  [0, 0],
  [5000, 5000],
  [4999.999_999_3, 5000],
  [Number.MIN_VALUE, 1],
  [-0.3, 0],
  [-5000, 0],
  [Number.NEGATIVE_INFINITY, 0],
  [2 ** 31 - 1, 2 ** 31 - 1],
  [2 ** 31 - 1.5, 2 ** 31 - 1],
  [2 ** 31, 2 ** 31 - 1],
  [2 ** 32, 2 ** 31 - 1],
  [40 * DAY_MS, 2 ** 31 - 1],
  [Number.POSITIVE_INFINITY, 2 ** 31 - 1],
] as const)('a time of %d ms is a timer of %d ms', ([ms, expected]) => {
  expect(timerMs(ms)).toBe(expected);
});

test('a time that is not a number is rejected', () => {
  for (const set of [timerMs, abortAfter, pause, (ms: number) => startTimer(ms, () => undefined)])
    expect(() => set(Number.NaN)).toThrow(new RangeError('a timer cannot wait for NaN ms'));
});

test.for([0.5, 30 * DAY_MS, Number.POSITIVE_INFINITY])('a signal is aborted no sooner than after %d ms', async (ms) => {
  const signal = abortAfter(ms);
  await sleep(ms < 1 ? 20 : 5);
  expect(signal.aborted).toBe(ms < 1);
});

test.for([30 * DAY_MS, Number.POSITIVE_INFINITY])('neither a timer nor a pause of %d ms ends at once', async (ms) => {
  const [ended, stop] = [new Set<string>(), new AbortController()];
  const timer = startTimer(ms, () => ended.add('timer'));
  const pausing = pause(ms, stop.signal).then(
    () => ended.add('pause'),
    () => undefined,
  );
  await sleep(5);
  clearTimeout(timer);
  stop.abort();
  await pausing;
  expect(ended).toEqual(new Set());
});

test('a pause and a timer of a fraction of a millisecond, and of a negative time, end', async () => {
  for (const ms of [0.5, -1]) {
    await pause(ms);
    await new Promise<void>((resolve) => startTimer(ms, resolve));
  }
});
