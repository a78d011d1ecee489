import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunningProbe, WaitingProbe } from '../../../src/core/model/probe-queue.ts';
import {
  hasSlot,
  isUnrecorded,
  nextToStart,
  runningProbe as countedProbe,
} from '../../../src/core/probe/concurrency.ts';
import { toRfc3339 } from '../../../src/core/model/time.ts';
import { NOW, profile, runningProbe, verdict } from '../builders.ts';
import { finishedJob, runningJob } from './builders.ts';

const me: WaitingProbe = { namespace: 'shop', profile: 'search', uid: 'search', credentialsKey: 'db', servedAt: 100 };
const running = (namespace: string, credentialsKey: string) => runningProbe({ namespace, credentialsKey });
const waiting = (changes: Partial<WaitingProbe>): WaitingProbe => ({
  ...me,
  profile: 'other',
  uid: 'other',
  credentialsKey: 'other',
  ...changes,
});

describe('a probe', () => {
  test.for<[string, RunningProbe[], WaitingProbe[], number, boolean]>([
    ['starts alone', [], [], 1, true],
    ['waits while one of its Secret and connect string runs', [running('shop', 'db')], [], 10, false],
    ['starts while one of another Secret runs', [running('shop', 'other')], [], 10, true],
    ['starts while one of another namespace runs', [running('bank', 'db')], [], 10, true],
    [
      'starts while as many Jobs exist as may run, but one has not started',
      [running('a', 'x'), { ...running('b', 'y'), holdsSlot: false }],
      [],
      2,
      true,
    ],
    ['waits while as many run as may', [running('a', 'x'), running('b', 'y')], [], 2, false],
    ['waits with one slot left that another profile has waited for longer', [], [waiting({ servedAt: 99 })], 1, false],
    ['starts with one slot left that no profile has waited for longer', [], [waiting({ servedAt: 101 })], 1, true],
    ['starts with a slot for each', [], [waiting({ servedAt: 0 })], 2, true],
    [
      'waits for one of a namespace with fewer running probes',
      [running('shop', 'x')],
      [waiting({ namespace: 'bank', servedAt: 500 })],
      2,
      false,
    ],
    [
      'starts before one that cannot start yet',
      [running('shop', 'x')],
      [waiting({ credentialsKey: 'x', servedAt: 0 })],
      2,
      true,
    ],
  ])('a probe %s', ([, others, line, most, may]) => {
    expect(hasSlot(me, { running: others, waiting: line }, most)).toBe(may);
  });
});

describe('the result of a Job', () => {
  const job = finishedJob(verdict(), 20_000, { job: 'first' });
  const recorded = (name: string, endedAgoMs: number) => {
    const { version: _, ...said } = verdict();
    return profile({ status: { probe: { ...said, job: name, attempt: 1, finishedAt: toRfc3339(NOW - endedAgoMs) } } });
  };

  test.for<[string, boolean, Parameters<typeof isUnrecorded>]>([
    ['that has not ended', false, [runningJob(500), profile()]],
    ['of a profile that is gone', false, [job, undefined]],
    ['of a profile without a verdict', true, [job, profile()]],
    ['that is recorded', false, [job, recorded('first', 20_000)]],
    ['after the recorded one', true, [job, recorded('other', 30_000)]],
    ['of the second of the recorded one', true, [job, recorded('other', 20_000)]],
    ['before the recorded one', false, [job, recorded('other', 10_000)]],
  ])('is unrecorded, or not: %s', ([, is, [probe, owner]]) => {
    expect(isUnrecorded(probe, owner)).toBe(is);
  });

  test.for<[string, number, boolean]>([
    ['just now', 0, true],
    ['29 s ago', 29_000, true],
    ['30 s ago', 30_000, false],
    ['30 s ahead of the clock of the operator', -30_000, true],
    ['a minute ahead of the clock of the operator', -60_000, false],
    ['an hour ahead of the clock of the operator', -3_600_000, false],
  ])('keeps its credentials while it is unrecorded: %s', ([, endedAgoMs, keeps]) => {
    const probe = finishedJob(verdict(), endedAgoMs);
    const counted = countedProbe({ namespace: 'shop', probe, isUnrecorded: true }, NOW);
    expect(counted).toEqual(keeps ? expect.objectContaining({ holdsSlot: false }) : undefined);
  });
});

test('every waiting profile gets a probe slot in time, and never two with the same credentials at once', () => {
  const profile = fc.record({
    namespace: fc.constantFrom('a', 'b', 'c'),
    credentialsKey: fc.constantFrom('x', 'y', 'z'),
    servedAt: fc.integer({ min: 0, max: 5 }),
  });
  let rounds = 0;
  fc.assert(
    fc.property(fc.array(profile, { maxLength: 30, size: 'max' }), fc.integer({ min: 1, max: 4 }), (profiles, most) => {
      let left = profiles.map((one, at): WaitingProbe => ({ ...one, profile: String(at), uid: String(at) }));
      for (let round = 0; left.length > 0; round += 1) {
        expect(round).toBeLessThanOrEqual(profiles.length);
        rounds += 1;
        const started: RunningProbe[] = [];
        const served = new Set<string>();
        for (const one of left) {
          const rest = left.filter((other) => other !== one && !served.has(other.uid));
          if (!hasSlot(one, { running: started, waiting: rest }, most)) continue;
          started.push(running(one.namespace, one.credentialsKey ?? ''));
          served.add(one.uid);
        }
        expect(started.length).toBeGreaterThan(0);
        expect(started.length).toBeLessThanOrEqual(most);
        expect(new Set(started.map(({ namespace, credentialsKey }) => `${namespace}/${credentialsKey}`)).size).toBe(
          started.length,
        );
        left = left.filter(({ uid }) => !served.has(uid));
      }
    }),
  );
  // Some 900 rounds in the 100 runs: most profiles wait.
  expect(rounds).toBeGreaterThan(300);
});

describe('nextToStart', () => {
  const namespace = fc.constantFrom('a', 'b');
  const credentialsKey = fc.constantFrom('x', 'y', undefined);
  const uid = fc.constantFrom('0', '1', '2', '3', '4', '5', '6', '7');
  const preemptible = fc.constantFrom(undefined, { job: 'j', uid: 'u', resourceVersion: '7', failures: 0 });
  const holder = fc.record({ namespace, ownerUid: uid, credentialsKey, holdsSlot: fc.boolean(), preemptible });
  const claimant = fc.record({ namespace, uid, credentialsKey, servedAt: fc.integer({ min: 0, max: 3 }) });
  const queue = fc.record({
    running: fc.array(holder, { maxLength: 6 }),
    waiting: fc.uniqueArray(claimant, { maxLength: 8, selector: (one) => one.uid }),
  });

  test('the profiles that may start now are those that have a slot, and few more than there are free slots', () => {
    let some = 0;
    fc.assert(
      fc.property(queue, fc.integer({ min: 0, max: 4 }), ({ running, waiting }, limit) => {
        const all = { running, waiting: waiting.map((one): WaitingProbe => ({ ...one, profile: one.uid })) };
        const next = nextToStart(all, limit).map((one) => one.uid);
        const allowed = all.waiting.filter((one) => hasSlot(one, all, limit)).map((one) => one.uid);
        expect(next.toSorted()).toEqual(allowed.toSorted());
        const holders = new Set(running.map(({ ownerUid }) => ownerUid)).size;
        expect(next.length).toBeLessThanOrEqual(limit + holders);
        if (next.length > 0) some += 1;
      }),
      { numRuns: 500 },
    );
    expect(some).toBeGreaterThan(100);
  });
});
