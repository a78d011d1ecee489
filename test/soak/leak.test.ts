import { expect, test } from 'vitest';
import { memoryIsFlat, type Sample, slopePerHour } from './leak.ts';
import { random } from './random.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);

/** A leak of 30 MB a day, in MiB an hour. */
const LEAK = 30 / 1.048576 / 24;

/** A sample each five seconds of a heap that a garbage collection makes smaller by up to 6 MiB each minute. */
function life(hours: number, mebibytesPerHour: number): readonly Sample[] {
  const { between } = random(7, 0);
  return Array.from({ length: Math.round(hours * 720) + 1 }, (_, index) => {
    const ms = index * 5000;
    const sawtooth = (6 * (index % 12)) / 12 + between(-10, 10) / 10;
    return { at: START + ms, mebibytes: 90 + (mebibytesPerHour * ms) / HOUR_MS + sawtooth };
  });
}

const judged = (samples: readonly Sample[], cutShort?: string) => memoryIsFlat({ samples, cutShort });

test('a leak of 30 MB a day is found in the last third of eight hours', () => {
  const { holds, seen } = judged(life(8 / 3, LEAK));
  expect(holds).toBe(false);
  expect(seen).toMatch(/^1\.\d MiB an hour over 2\.2 h, at most 0\.8 allowed/);
});

test('a heap that only rises and falls is no leak in eight hours, and the report says what would have shown', () => {
  const { holds, seen } = judged(life(8 / 3, 0));
  expect(holds).toBe(true);
  expect(seen).toMatch(/30 MB a day would have shown$/);
});

test('the growth of the first half hour is no leak in a long life', () => {
  const settling = life(3, 0).map(({ at, mebibytes }) => ({
    at,
    mebibytes: mebibytes + 20 * Math.min(1, (at - START) / (HOUR_MS / 2)),
  }));
  expect(judged(settling).holds).toBe(true);
});

test('a small growth is no leak in a short life, and the report says that a small leak cannot be seen', () => {
  const { holds, seen } = judged(life(0.05, LEAK));
  expect(holds).toBe(true);
  expect(seen).toMatch(/over 2\.5 min.*a leak of less than 192 MiB an hour cannot be seen.*take --hours 8$/);
});

test('a large growth is a leak in a short life', () => {
  expect(judged(life(0.05, 300)).holds).toBe(false);
});

test.for<[string, readonly Sample[], string | undefined, RegExp]>([
  ['no life', [], undefined, /^not measured: only 0\.0 min/],
  ['a life that is too short', life(1 / 60, 0), undefined, /^not measured: only 0\.5 min/],
  ['a life that was cut short', life(3, 0), 'another led before its end', /^not measured: another led/],
])('a leak cannot be measured with %s', ([, samples, cutShort, words]) => {
  const { holds, seen } = judged(samples, cutShort);
  expect(holds).toBe(false);
  expect(seen).toMatch(words);
});

test('the slope is not changed by a few outliers', () => {
  const line = Array.from({ length: 101 }, (_, index) => ({ at: START + index * 36_000, mebibytes: 90 + index / 100 }));
  const spoilt = line.map((one, index) => (index > 90 ? { ...one, mebibytes: 150 } : one));
  expect(slopePerHour(line)).toBeCloseTo(1, 6);
  expect(Math.abs(slopePerHour(spoilt) - 1)).toBeLessThan(0.3);
});
