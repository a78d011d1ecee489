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
  probeHash: string | undefined,
  now: number,
) => retention({ observed: { profile: profile(), now }, mine, needed, ...(probeHash !== undefined && { probeHash }) });

describe('finished Jobs', () => {
  const four = [finished('a', 4), finished('b', 3), finished('c', 2), finished('d', 1)];

  test('are kept, three of them', () => {
    const { deleted, nextAt } = retained(four, undefined, wanted, NOW);
    expect(names(deleted)).toEqual(['a']);
    expect(nextAt).toBe(NOW + 57 * MINUTE);
  });

  test('are collected after an hour', () => {
    expect(names(retained([finished('a', 60), finished('b', 59)], undefined, wanted, NOW).deleted)).toEqual(['a']);
  });

  test('that are still read stay, however old', () => {
    const [oldest] = four;
    expect(retained(four, oldest, wanted, NOW + 600 * MINUTE).deleted).not.toContain(oldest);
    expect(retained([finished('a', 600)], undefined, wanted, NOW).nextAt).toBeUndefined();
  });
});

describe('a Job of other numbers', () => {
  const running: ObservedProbe = finishedProbe(verdict(), 0, {
    probeHash: 'ffffffffff',
    credentialsKey: 'db',
    end: undefined,
    createdAt: NOW - 20_000,
  });
  const pods = running.pods.map((pod) => ({ ...pod, terminated: undefined }));
  const waiting = pods.map((pod) => ({ ...pod, waiting: { reason: 'ImagePullBackOff', message: '' } }));

  test.for<[string, Partial<ObservedProbe>, boolean]>([
    ['that logs on with the wanted credentials', { pods }, true],
    ['that cannot start', { pods: waiting }, false],
    ['that was just made', { pods: [], createdAt: NOW - 1000 }, true],
    ['that gets no pod', { pods: [] }, false],
  ])('%s is waited for: %s, else it is ended at once', ([, changes, isWaitedFor]) => {
    const probe = { ...running, ...changes };
    expect(isLoggingOnWith(probe, 'db', NOW)).toBe(isWaitedFor);
    expect(retained([probe], undefined, wanted, NOW).deleted).toHaveLength(isWaitedFor ? 0 : 1);
  });

  test('is waited for, too, where nothing is to be proven any more', () => {
    expect(retained([{ ...running, pods }], undefined, undefined, NOW).deleted).toEqual([]);
  });

  test('that logs on elsewhere holds nothing up, and is not ended before its answer', () => {
    const elsewhere = { ...running, pods, credentialsKey: 'other' };
    expect(isLoggingOnWith(elsewhere, 'db', NOW)).toBe(false);
    expect(retained([elsewhere], undefined, wanted, NOW).deleted).toEqual([]);
  });

  test('that knows no database is ended at once', () => {
    expect(retained([{ ...running, pods, credentialsKey: undefined }], undefined, wanted, NOW).deleted).toHaveLength(1);
  });
});
