import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RunningProbe, type WaitingProbe } from '../../../src/core/model/probe-queue.ts';
import { mayStart } from '../../../src/core/probe/concurrency.ts';

const me: WaitingProbe = { namespace: 'shop', profile: 'search', turn: 'db', servedAt: 100 };
const running = (namespace: string, turn: string): RunningProbe => ({ namespace, turn });
const waiting = (changes: Partial<WaitingProbe>): WaitingProbe => ({
  ...me,
  profile: 'other',
  turn: 'other',
  ...changes,
});

describe('a probe', () => {
  test.for<[string, RunningProbe[], WaitingProbe[], number, boolean]>([
    ['alone', [], [], 1, true],
    ['while one of its Secret and connect string runs', [running('shop', 'db')], [], 10, false],
    ['while one of another Secret runs', [running('shop', 'other')], [], 10, true],
    ['while one of another namespace runs', [running('bank', 'db')], [], 10, true],
    [
      'while as many are there as may run, but one has not started',
      [running('a', 'x'), { ...running('b', 'y'), idle: { job: 'j', uid: 'u', yields: false, resourceVersion: '7' } }],
      [],
      2,
      true,
    ],
    ['while as many run as may', [running('a', 'x'), running('b', 'y')], [], 2, false],
    ['with one place left that somebody has waited for longer', [], [waiting({ servedAt: 99 })], 1, false],
    ['with one place left, and nobody has waited for longer', [], [waiting({ servedAt: 101 })], 1, true],
    ['with a place for each', [], [waiting({ servedAt: 0 })], 2, true],
    [
      'behind one of a namespace with fewer running',
      [running('shop', 'x')],
      [waiting({ namespace: 'bank', servedAt: 500 })],
      2,
      false,
    ],
    ['before one that cannot start itself', [running('shop', 'x')], [waiting({ turn: 'x', servedAt: 0 })], 2, true],
  ])('%s may start: %s', ([, others, line, most, may]) => {
    expect(mayStart(me, { running: others, waiting: line }, most)).toBe(may);
  });
});

test('whoever waits is served, whatever the order: all of them, in as many rounds as that takes, never two of a turn', () => {
  const profile = fc.record({
    namespace: fc.constantFrom('a', 'b', 'c'),
    turn: fc.constantFrom('x', 'y', 'z'),
    servedAt: fc.integer({ min: 0, max: 5 }),
  });
  fc.assert(
    fc.property(fc.array(profile, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), (profiles, most) => {
      let left = profiles.map((one, at): WaitingProbe => ({ ...one, profile: String(at) }));
      for (let round = 0; left.length > 0; round += 1) {
        expect(round).toBeLessThanOrEqual(profiles.length);
        const started: WaitingProbe[] = [];
        for (const one of left) {
          const rest = left.filter((other) => other !== one && !started.includes(other));
          if (mayStart(one, { running: started, waiting: rest }, most)) started.push(one);
        }
        expect(started.length).toBeGreaterThan(0);
        expect(started.length).toBeLessThanOrEqual(most);
        expect(new Set(started.map(({ namespace, turn }) => `${namespace}/${turn}`)).size).toBe(started.length);
        left = left.filter((one) => !started.includes(one));
      }
    }),
  );
});
