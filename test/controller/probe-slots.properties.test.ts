import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { hasSlot } from '../../src/core/probe/concurrency.ts';
import { useFakeTimers } from '../support/node-timers.ts';
import {
  IDLE,
  job,
  NO_NODE,
  NOW,
  pod,
  ProbeCluster,
  profile,
  QUEUED,
  RESULT,
  running,
} from '../support/probe-cluster.ts';

beforeEach(() => {
  useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What may happen to one of five profiles, two of which have the same Secret. */
const NAMES = ['a', 'b', 'c', 'd', 'e'];
const secretOf = (name: string) => (name === 'b' ? 'a' : name);
const event = fc.record({
  name: fc.constantFrom(...NAMES),
  what: fc.constantFrom(
    'wait',
    'stop',
    'suspend',
    'delete',
    'start',
    'end',
    'record',
    'remove',
    'block',
    'run',
    'pass',
  ),
  ms: fc.constantFrom(0, 1000, 9_999, 10_000, 30_000),
});

function play(cluster: ProbeCluster, { name, what }: { readonly name: string; readonly what: string }): void {
  const one = { secret: secretOf(name) };
  const ageMs = NOW - Date.now();
  if (what === 'wait') cluster.put('profiles', profile(name, one));
  if (what === 'stop') cluster.put('profiles', profile(name, { ...one, status: IDLE }));
  if (what === 'suspend') cluster.put('profiles', profile(name, { ...one, spec: { suspend: true } }));
  if (what === 'delete') cluster.remove('profiles', profile(name, one));
  if (what === 'start') cluster.put('jobs', job(name, { ...one, ageMs }));
  if (what === 'end') cluster.put('jobs', job(name, { ...one, ageMs, endedMs: ageMs }));
  if (what === 'record')
    cluster.put(
      'profiles',
      profile(name, { ...one, status: { ...QUEUED, probe: { ...RESULT, job: `${name}-probe` } } }),
    );
  if (what === 'remove') cluster.remove('jobs', job(name, one));
  if (what === 'block') cluster.put('pods', pod(name, NO_NODE));
  if (what === 'run') cluster.put('pods', running(name));
}

test('a profile that comes to have a probe slot is woken after any events, and few others are', async () => {
  let came = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40, size: 'max' }), async (all) => {
      vi.setSystemTime(NOW);
      const cluster = new ProbeCluster();
      cluster.list();
      let allowed = new Set<string>();
      for (const one of all) {
        play(cluster, one);
        const enqueued = await cluster.woken(one.ms);
        const { queue } = cluster.slots;
        const may = queue.waiting
          .filter((waiting) => hasSlot(waiting, queue, 2))
          .map(({ profile: its }) => `shop/${its}`);
        const newlyAllowed = may.filter((key) => !allowed.has(key));
        for (const key of newlyAllowed) expect(enqueued).toContain(key);
        came += newlyAllowed.length;
        expect(enqueued.length).toBeLessThanOrEqual((2 + NAMES.length) * 3);
        allowed = new Set(may);
      }
    }),
    { numRuns: 100 },
  );
  // Some 300 profiles come to have a slot in the 100 runs.
  expect(came).toBeGreaterThan(100);
});
