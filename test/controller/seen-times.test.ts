/** When the operator saw an event that another machine has dated, where the clocks of the two differ. */
import { describe, expect, test } from 'vitest';
import { createCaches } from '../../src/controller/watch/caches.ts';
import { LABEL } from '../../src/core/model/naming.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const HOUR = 3_600_000;
const timeOf = (ms: number) => new Date(ms).toISOString();

/** Caches of an operator whose clock is ahead of the cluster's; negative for behind. */
function cachesAhead(aheadMs: number) {
  const clock = { cluster: NOW };
  const caches = createCaches(
    undefined,
    () => undefined,
    (error) => {
      throw error;
    },
    () => clock.cluster + aheadMs,
  );
  return { caches, clock };
}

const metadata = (version: number) => ({
  namespace: 'shop',
  name: 'x',
  uid: 'u',
  resourceVersion: String(version),
  labels: { [LABEL.probe]: 'search', [LABEL.profile]: 'search' },
});
const jobOf = (version: number, endedAt?: number) => ({
  metadata: { ...metadata(version), creationTimestamp: timeOf(NOW) },
  ...(endedAt !== undefined && {
    status: { conditions: [{ type: 'Complete', status: 'True', lastTransitionTime: timeOf(endedAt) }] },
  }),
});

describe.for([
  ['an hour ahead', HOUR],
  ['an hour behind', -HOUR],
] as const)('with a clock that is %s', ([, aheadMs]) => {
  test('a Job is created, and has ended, when the operator sees it, and its own times stay', () => {
    const { caches, clock } = cachesAhead(aheadMs);
    const jobIn = () => caches.jobs.get('shop', 'x');
    caches.jobs.apply({ kind: 'apply', object: jobOf(1) });
    expect(jobIn()).toMatchObject({ createdAt: NOW, createdSeenAt: NOW + aheadMs });
    clock.cluster += 60_000;
    caches.jobs.apply({ kind: 'apply', object: jobOf(2, clock.cluster) });
    const end = { at: NOW + 60_000, seenAt: NOW + aheadMs + 60_000 };
    expect(jobIn()).toMatchObject({ createdSeenAt: NOW + aheadMs, end });
    clock.cluster += 60_000;
    caches.jobs.apply({ kind: 'replace', items: [jobOf(3, NOW + 60_000)], earlier: new Set(), version: '3' });
    expect(jobIn()).toMatchObject({ createdSeenAt: NOW + aheadMs, end });
  });

  test('of what a list has, or came back from a backup, only its own times are known', () => {
    const { caches } = cachesAhead(aheadMs);
    caches.jobs.apply({ kind: 'replace', items: [jobOf(1, NOW)], earlier: new Set(), version: '1' });
    expect(caches.jobs.get('shop', 'x')).not.toHaveProperty('createdSeenAt');
    expect(caches.jobs.get('shop', 'x')?.end).not.toHaveProperty('seenAt');
    caches.jobs.apply({ kind: 'delete', object: jobOf(2) });
    caches.jobs.apply({ kind: 'apply', object: jobOf(3, NOW - 24 * HOUR) });
    expect(caches.jobs.get('shop', 'x')?.end).not.toHaveProperty('seenAt');
  });

  test('an edit of a profile is seen once, however often its status is written', () => {
    const { caches, clock } = cachesAhead(aheadMs);
    const edited = (version: number, at: number) => ({
      metadata: { ...metadata(version), managedFields: [{ manager: 'kubectl', time: timeOf(at) }] },
    });
    caches.profiles.apply({ kind: 'apply', object: edited(1, NOW) });
    clock.cluster += 60_000;
    caches.profiles.recordWrite(edited(2, NOW));
    expect(caches.profiles.get('shop', 'x')).toMatchObject({ specChangedAt: NOW, specChangeSeenAt: NOW + aheadMs });
    caches.profiles.apply({ kind: 'apply', object: edited(3, clock.cluster) });
    expect(caches.profiles.get('shop', 'x')?.specChangeSeenAt).toBe(NOW + 60_000 + aheadMs);
  });

  test('the end of a probe and the deletion of a pod are seen, too', () => {
    const { caches } = cachesAhead(aheadMs);
    const finishedAt = timeOf(NOW);
    const status = { containerStatuses: [{ name: 'probe', state: { terminated: { exitCode: 0, finishedAt } } }] };
    caches.pods.apply({ kind: 'apply', object: { metadata: metadata(1), status } as never });
    expect(caches.pods.get('shop', 'x')?.terminated).toMatchObject({ at: NOW, seenAt: NOW + aheadMs });
    const deletion = { deletionTimestamp: timeOf(NOW + 30_000), deletionGracePeriodSeconds: 30 };
    caches.backendPods.apply({ kind: 'apply', object: { metadata: { ...metadata(1), ...deletion } } });
    expect(caches.backendPods.get('shop', 'x')).toMatchObject({
      deletedAt: NOW + 30_000,
      deletionRequestedAt: NOW,
      deletionSeenAt: NOW + aheadMs,
    });
  });
});

test('clocks that differ by seconds are taken for equal', () => {
  const { caches } = cachesAhead(10_000);
  caches.jobs.apply({ kind: 'apply', object: jobOf(1) });
  expect(caches.jobs.get('shop', 'x')).not.toHaveProperty('createdSeenAt');
});
