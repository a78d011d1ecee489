import { expect, test } from 'vitest';
import { lengthAndSeed } from './options.ts';

test.for([
  [{ seed: '0' }, { durationMs: 600_000, seed: 0 }],
  [
    { seed: '7', minutes: '3' },
    { durationMs: 180_000, seed: 7 },
  ],
  [
    { seed: '7', hours: '8' },
    { durationMs: 28_800_000, seed: 7 },
  ],
  [
    { seed: '7', hours: '8', minutes: '0.5' },
    { durationMs: 30_000, seed: 7 },
  ],
] as const)('a soak with %o is %o', ([values, expected]) => {
  expect(lengthAndSeed(values)).toEqual(expected);
});

test('a soak without a seed has a whole number for one', () => {
  const { seed } = lengthAndSeed({});
  expect(Number.isInteger(seed) && seed >= 0).toBe(true);
});

test.for([
  [{ seed: '-1' }, 'expected a whole number of 0 or more, got "-1"'],
  [{ seed: '' }, 'expected a whole number of 0 or more, got ""'],
  [{ seed: '7.5' }, 'expected a whole number of 0 or more, got "7.5"'],
  [{ minutes: '0' }, 'expected a number above 0, got "0"'],
  [{ hours: 'few' }, 'expected a number above 0, got "few"'],
] as const)('a soak with %o is rejected: %s', ([values, message]) => {
  expect(() => lengthAndSeed(values)).toThrow(message);
});
