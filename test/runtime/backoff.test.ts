import { expect, it } from 'vitest';
import { backoffMs } from '../../src/runtime/backoff.ts';

const backoff = { firstMs: 800, maxMs: 30_000 };

it.for([
  { failures: 1, least: 400, most: 800 },
  { failures: 2, least: 800, most: 1600 },
  { failures: 3, least: 1600, most: 3200 },
  { failures: 6, least: 12_800, most: 25_600 },
  { failures: 7, least: 15_000, most: 30_000 },
  { failures: 5000, least: 15_000, most: 30_000 },
])('backoff: after $failures failures the delay is between $least and $most ms', ({ failures, least, most }) => {
  expect(backoffMs(failures, backoff, 0)).toBe(least);
  expect(backoffMs(failures, backoff, 0.5)).toBe((least + most) / 2);
  expect(backoffMs(failures, backoff, 1)).toBe(most);
});
