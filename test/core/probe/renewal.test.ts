import { describe, expect, test } from 'vitest';
import { isStale, type ProofAge, renewalAt } from '../../../src/core/probe/renewal.ts';
import { NOW } from '../builders.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Of 60 profiles, in milliseconds from now, in order; undefined for never. */
const renewals = (changes: Partial<ProofAge>): readonly (number | undefined)[] =>
  Array.from({ length: 60 }, (_, seed) =>
    renewalAt({
      provenAt: NOW,
      isOutdated: false,
      intervalSeconds: 3600,
      leadsSince: NOW - DAY,
      seed: `uid ${seed}`,
      now: NOW,
      ...changes,
    }),
  )
    .map((at) => (at === undefined ? undefined : at - NOW))
    .toSorted((one = 0, other = 0) => one - other);

/** Each tenth of the time has one at least, and none has a third of all. */
function expectSpreadOver(ms: number, found: readonly (number | undefined)[]): void {
  const tenths = found.map((at = -1) => Math.floor((at / ms) * 10));
  const counts = Array.from({ length: 10 }, (_, tenth) => tenths.filter((one) => one === tenth).length);
  expect(counts.reduce((sum, one) => sum + one)).toBe(found.length);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(Math.max(...counts)).toBeLessThan(20);
}

describe('the renewal of a proof', () => {
  test('proofs of one moment are renewed all over the interval', () => {
    expectSpreadOver(HOUR, renewals({}));
  });

  test('proofs that became due while no operator ran are renewed all over the interval after its start', () => {
    expectSpreadOver(HOUR, renewals({ provenAt: NOW - 30 * HOUR, leadsSince: NOW }));
  });

  test('a proof is renewed once in each interval, at the same moment of it', () => {
    const at = (provenAt: number) => renewals({ provenAt, seed: 'one' })[0] ?? 0;
    const first = at(NOW);
    expect(at(NOW + first)).toBe(first + HOUR);
    expect(at(NOW + first + 1)).toBe(first + HOUR);
    expect(at(NOW + first - 1)).toBe(first);
  });

  test('a proof with interval 0 is never renewed', () => {
    expect(renewals({ provenAt: 0, intervalSeconds: 0 })[0]).toBeUndefined();
  });

  test('an outdated proof with interval 0 is renewed within a day after the start of the operator', () => {
    expectSpreadOver(DAY, renewals({ provenAt: 0, intervalSeconds: 0, isOutdated: true, leadsSince: NOW }));
  });

  test.for([
    ['a proof from the year 9999 is due now', { provenAt: Date.UTC(9999, 0) }, 0],
    ['a proof from the year 9999 with interval 0 is due now', { provenAt: Date.UTC(9999, 0), intervalSeconds: 0 }, 0],
    ['a proof from half an hour ahead is renewed after that', { provenAt: NOW + HOUR / 2 }, 1.5 * HOUR],
    ['a start in the future delays nothing', { leadsSince: Date.UTC(9999, 0) }, HOUR],
  ] as const)('%s', ([, changes, latest]) => {
    const found = renewals(changes);
    expect(found.at(0)).toBeGreaterThanOrEqual(0);
    expect(found.at(-1)).toBeLessThanOrEqual(latest);
  });
});

describe('a proof that was not renewed', () => {
  test('a proof is stale an interval after its renewal was due', () => {
    expect(isStale(NOW, 3600, NOW + HOUR)).toBe(false);
    expect(isStale(NOW, 3600, NOW + HOUR + 1)).toBe(true);
  });

  test('a proof that is never renewed is never stale', () => {
    expect(isStale(undefined, 0, NOW)).toBe(false);
    expect(isStale(NOW - DAY, 0, NOW)).toBe(false);
  });
});
