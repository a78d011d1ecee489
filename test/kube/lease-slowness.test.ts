/** An API server that answers each request, and takes its time: who is elected, and who stays the leader. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Election } from '../support/election.ts';

const VERBS = ['GET', 'POST', 'PUT'] as const;

let election: Election;
beforeEach(async () => {
  election = await Election.open();
});
afterEach(() => election.close());

const slowBy = (ms: number) => {
  for (const verb of VERBS) election.answers(verb, election.late(ms));
};

/** Two minutes, of which each second has one leader at most. */
async function leadersOfTwoMinutes(): Promise<readonly string[]> {
  const states: string[] = [];
  for (let second = 0; second < 120; second += 1) {
    await election.pass(1000);
    expect(election.leaders().length).toBeLessThanOrEqual(1);
    states.push(election.replicas.map(({ state }) => state).join(' '));
  }
  return [...new Set(states)];
}

test.for([500, 2500, 2900, 3500, 4000, 4900])('a leader stays the leader while each answer takes %i ms', async (ms) => {
  election.clock.lateMs = 0.3;
  await election.leaderAndStandby();
  slowBy(ms);
  expect(await leadersOfTwoMinutes()).toEqual(['leading waiting']);
});

test('a leader stays the leader while answers take from 0 to 4.9 s, by turns', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 4900 }), { minLength: 20, maxLength: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (latencies, random) => {
        for (const verb of VERBS) election.heal(verb);
        const leader = election.start('first', { random: () => random });
        await election.pass(0);
        let request = 0;
        election.answers('PUT', (exchange) => election.late(latencies[request++ % latencies.length] ?? 0)(exchange));
        await election.pass(60_000);
        expect([leader.state, leader.elector.isLeader(), leader.errors]).toEqual(['leading', true, []]);
        election.heal('PUT');
        await leader.stop();
      },
    ),
    { numRuns: 10, examples: [[[0, ...Array.from({ length: 19 }, () => 4900)], 0]] },
  );
});

test.for([3000, 4900])('a replica is elected while each answer takes %i ms', async (ms) => {
  slowBy(ms);
  const replica = election.start('first');
  expect(await election.msUntilLeading(replica)).toBe(2 * ms);
  expect(await leadersOfTwoMinutes()).toEqual(['leading']);
});

test('a leader cannot lead while each answer takes longer than half of its renew deadline', async () => {
  const { leader } = await election.leaderAndStandby();
  slowBy(5100);
  await election.pass(12_000);
  expect(leader.state).toBe('lost');
});

test.for([0, 500, 1000])('a leader outlives a connection that hangs where others take %i ms', async (ms) => {
  const { leader } = await election.leaderAndStandby();
  slowBy(ms);
  await election.pass(5000);
  election.answers('PUT', (exchange) => {
    election.answers('PUT', election.late(ms));
    return election.hanging(exchange);
  });
  await election.pass(20_000);
  expect([leader.state, leader.errors]).toEqual(['leading', [expect.stringContaining('no complete response')]]);
});
