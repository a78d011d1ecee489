import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { close } from '../../../src/probe/oracle/close.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { useFakeTimers } from '../../support/node-timers.ts';

beforeEach(() => useFakeTimers());
afterEach(() => void vi.useRealTimers());

const warningsOf = async (closing: Promise<void>) => {
  const progress = new Progress();
  const closed = close('the pool', closing, progress);
  await vi.advanceTimersByTimeAsync(2000);
  await closed;
  return progress.warnings.map(String);
};

test('closing that succeeds leaves no warning', async () => {
  expect(await warningsOf(Promise.resolve())).toEqual([]);
});

test('closing that never ends is given up with a warning', async () => {
  expect(await warningsOf(new Promise(() => {}))).toEqual(['Closing the pool: not done within 2000 ms']);
});

test('closing that fails leaves a warning and does not throw', async () => {
  expect(await warningsOf(Promise.reject(new Error('no')))).toEqual(['Closing the pool: Error: no']);
});
