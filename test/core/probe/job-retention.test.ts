import { describe, expect, test } from 'vitest';
import type { ObservedProbe } from '../../../src/core/model/observed.ts';
import { retention, isLoggingOnWith } from '../../../src/core/probe/job-retention.ts';
import { finishedProbe, NOW, profile, verdict } from '../builders.ts';

const MINUTE = 60_000;

const finished = (job: string, minutesAgo: number): ObservedProbe =>
  finishedProbe(verdict(), 0, {
    job,
    uid: job,
    end: { succeeded: true, at: NOW - minutesAgo * MINUTE, reason: '', message: '' },
  });
const names = (probes: readonly ObservedProbe[]) => probes.map(({ job }) => job).toSorted();
const wanted = '0000000000';
const retained = (
  mine: readonly ObservedProbe[],
  needed: ObservedProbe | undefined,
  proofKey: string | undefined,
  now: number,
) =>
  retention({
    observed: { profile: profile(), probes: mine, configMaps: [], now },
    mine,
    needed,
    ...(proofKey !== undefined && { proofKey }),
  });

describe('retention of finished Jobs', () => {
  const four = [finished('a', 4), finished('b', 3), finished('c', 2), finished('d', 1)];

  test('three finished Jobs are kept', () => {
    const { deleted, nextAt } = retained(four, undefined, wanted, NOW);
    expect(names(deleted)).toEqual(['a']);
    expect(nextAt).toBe(NOW + 57 * MINUTE);
  });

  test('finished Jobs are deleted after an hour', () => {
    expect(names(retained([finished('a', 60), finished('b', 59)], undefined, wanted, NOW).deleted)).toEqual(['a']);
  });

  test('finished Jobs that a backup restored without their owner are deleted after an hour, too', () => {
    const restored = [finished('a', 60), finished('b', 59)].map((one) => ({ ...one, ownerUid: undefined }));
    const observed = { profile: profile(), probes: restored, configMaps: [], now: NOW };
    expect(names(retention({ observed, mine: [] }).deleted)).toEqual(['a']);
  });

  test('a finished Job that is still read stays, however old', () => {
    const [oldest] = four;
    expect(retained(four, oldest, wanted, NOW + 600 * MINUTE).deleted).not.toContain(oldest);
    expect(retained([finished('a', 600)], undefined, wanted, NOW).nextAt).toBeUndefined();
  });
});

describe('a finished Job of a request', () => {
  const probes = [{ ...finished('a', 600), requestedAt: 'now' }];
  const observed = { probes, configMaps: [], now: NOW };

  test('stays until the status names the request: it would be handled once more', () => {
    const { deleted, nextAt } = retention({
      observed: { ...observed, profile: profile({ probeRequestedAt: 'now' }) },
      mine: probes,
    });
    expect(deleted).toEqual([]);
    expect(nextAt).toBeUndefined();
  });

  test('is deleted like any other once it does', () => {
    const handled = profile({ probeRequestedAt: 'now', status: { handledRequests: { probe: 'now' } } });
    expect(names(retention({ observed: { ...observed, profile: handled }, mine: probes }).deleted)).toEqual(['a']);
  });
});

describe('a Job of other settings', () => {
  const running: ObservedProbe = finishedProbe(verdict(), 0, {
    proofKey: 'ffffffffff',
    credentialsKey: 'db',
    end: undefined,
    createdAt: NOW - 20_000,
  });
  const pods = running.pods.map((pod) => ({ ...pod, terminated: undefined }));
  const waiting = pods.map((pod) => ({ ...pod, waiting: { reason: 'ImagePullBackOff', message: '' } }));

  test.for<[string, Partial<ObservedProbe>, boolean]>([
    ['that logs on with the desired credentials is waited for', { pods }, true],
    ['that cannot start is deleted at once', { pods: waiting }, false],
    ['that was just created is waited for', { pods: [], createdAt: NOW - 1000 }, true],
    ['that gets no pod is deleted at once', { pods: [] }, false],
  ])('a Job of other settings %s', ([, changes, isWaitedFor]) => {
    const probe = { ...running, ...changes };
    expect(isLoggingOnWith(probe, 'db', NOW)).toBe(isWaitedFor);
    expect(retained([probe], undefined, wanted, NOW).deleted).toHaveLength(isWaitedFor ? 0 : 1);
  });

  test('a Job of other settings is waited for where nothing is to be proven any more, too', () => {
    expect(retained([{ ...running, pods }], undefined, undefined, NOW).deleted).toEqual([]);
  });

  test('a Job that logs on elsewhere holds nothing, and is not deleted before its result', () => {
    const elsewhere = { ...running, pods, credentialsKey: 'other' };
    expect(isLoggingOnWith(elsewhere, 'db', NOW)).toBe(false);
    expect(retained([elsewhere], undefined, wanted, NOW).deleted).toEqual([]);
  });

  test('a Job without credentials is deleted at once', () => {
    expect(retained([{ ...running, pods, credentialsKey: undefined }], undefined, wanted, NOW).deleted).toHaveLength(1);
  });
});
