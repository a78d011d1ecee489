/** A leader whose renewals fail: how long it stays the leader, and how often it tries. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { status, torn } from '../support/answers.ts';
import type { Answer } from '../support/api-server.ts';
import { Election } from '../support/election.ts';

/** No whole number of milliseconds: a time that is computed from it has to be made one before a timer takes it. */
const LATE_MS = 0.3;

let election: Election;
beforeEach(async () => {
  election = await Election.open();
});
afterEach(() => election.close());

const outages: readonly (readonly [string, () => Answer])[] = [
  ['500', () => status(500, 'InternalError')],
  ['403', () => status(403, 'Forbidden')],
  ['429', () => status(429, 'TooManyRequests', 60)],
  ['a torn connection', () => torn],
  ['silence', () => election.hanging],
];

test.for(outages)('a leader that gets %s has lost after 10 s, before another leads', async ([, answer]) => {
  election.clock.lateMs = LATE_MS;
  const { leader, standby } = await election.leaderAndStandby();
  for (const verb of ['GET', 'PUT'] as const) election.answers(verb, answer());
  await election.pass(9900);
  expect(election.leaders()).toEqual([leader]);
  await election.pass(200);
  expect([leader.state, election.leaders()]).toEqual(['lost', []]);
  for (const verb of ['GET', 'PUT'] as const) election.heal(verb);
  expect(await election.msUntilLeading(standby)).toBeLessThanOrEqual(10_000);
});

test.for([
  [1, [1800, 3600, 5200, 6400]],
  [3, [1800, 4800, 7400, 8700]],
  [60, [1800, 5900, 7950, 9000]],
] as const)('a leader asked to wait for %i s waits, within its renew deadline', async ([seconds, tries]) => {
  const leader = election.start('first');
  await election.pass(0);
  const from = election.clock.now;
  const at: number[] = [];
  election.answers('GET', status(429, 'TooManyRequests', seconds));
  election.answers('PUT', status(429, 'TooManyRequests', seconds));
  while (leader.state === 'leading') {
    const before = election.api.requests.length;
    await election.pass(50);
    if (election.api.requests.length > before) at.push(election.clock.now - from);
  }
  expect(at.slice(0, tries.length)).toEqual(tries);
  expect(leader.state).toBe('lost');
});

test.for(outages)('a leader survives 7 s of %s, whenever they begin', async ([, answer]) => {
  const [phase, fraction] = [fc.integer({ min: 0, max: 1799 }), fc.double({ min: 0, max: 1, noNaN: true })];
  await fc.assert(
    fc.asyncProperty(phase, fraction, fraction, async (phaseMs, random, lateMs) => {
      election.clock.lateMs = lateMs;
      const leader = election.start('first', { random: () => random });
      await election.pass(2000 + phaseMs);
      for (const verb of ['GET', 'PUT'] as const) election.answers(verb, answer());
      await election.pass(7000);
      for (const verb of ['GET', 'PUT'] as const) election.heal(verb);
      await election.pass(4000);
      expect([leader.state, leader.elector.isLeader()]).toEqual(['leading', true]);
      await leader.stop();
    }),
    // The last moment before a renewal is the worst one.
    { numRuns: 6, examples: [0, 0.5, 1].map((random) => [1000 + 799 * random, random, LATE_MS]) },
  );
});
