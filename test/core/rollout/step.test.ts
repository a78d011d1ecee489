import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed, ObservedDeployment, ObservedPod } from '../../../src/core/model/observed.ts';
import { carrying, deployment, NOW, pod, pods, rendered, replicaSet, SETTLED } from '../builders.ts';
import { asking, condition, did, marks, older, ready, rolling, wanted, type Spec, BEGUN } from '../rolling.ts';

describe('a rollout on its way', () => {
  type Rollout = Partial<ObservedDeployment['status']> & Partial<Pick<ObservedDeployment, 'paused' | 'generation'>>;
  test.for<[string, Rollout, string, RegExp, boolean]>([
    [
      'the controller has not seen the new template',
      { observedGeneration: 0 },
      'RollingOut',
      /observe generation 1/,
      false,
    ],
    ['some pods are new', { updatedReplicas: 1, replicas: 4 }, 'RollingOut', /1 of 3 pods are updated/, false],
    ['old pods are still there', { replicas: 4 }, 'RollingOut', /1 old pod is still there/, false],
    ['new pods are not available', { availableReplicas: 2 }, 'RollingOut', /2 of 3 updated pods are available/, false],
    ['it is paused', { paused: true, updatedReplicas: 0 }, 'DeploymentPaused', /paused/, true],
    ['no pod can be made', { replicaFailure: 'exceeded quota: pods' }, 'ReplicaFailure', /exceeded quota/, true],
    [
      'it is stuck, and no pod says why',
      { updatedReplicas: 1, deadlineExceeded: 'timed out progressing' },
      'ProgressDeadlineExceeded',
      /timed out/,
      true,
    ],
  ])('%s', ([, { paused = false, generation = 1, ...status }, reason, message, isStalled]) => {
    const base = carrying(wanted.name, { paused, generation });
    const seen = rolling({ deployment: { ...base, status: { ...base.status, ...status } } });
    expect(condition(seen, 'RolledOut')).toMatchObject({ status: 'False', reason });
    expect(condition(seen, 'RolledOut')?.message).toMatch(message);
    expect(condition(seen, 'Stalled') !== undefined).toBe(isStalled);
    expect(did(seen)).toEqual([]);
  });

  test('is counted by what each pod runs', () => {
    const some = [
      ...pods(wanted.hash, 2),
      pod(older.hash),
      pod(wanted.hash, { isReady: false }),
      pod(wanted.hash, { isTerminating: true }),
    ];
    const seen = rolling({ pods: some });
    expect(decide(seen).status.pods).toEqual({ available: 3, desired: 3, updated: 3, summary: '3/3' });
    expect(ready(seen)?.message).toContain('2 of 3 updated pods are ready');
  });

  test('of a Deployment without replicas is done', () => {
    const seen = rolling({ deployment: carrying(wanted.name, { replicas: 0 }), pods: [] });
    expect(decide({ ...seen, configMaps: [rendered(wanted, { state: SETTLED })] }).status).toMatchObject({
      pods: { available: 0, desired: 0, updated: 0, summary: '0/0' },
    });
    expect(did(seen)).toEqual([`recordState ${wanted.name}`]);
  });

  test('that no mark tells of is followed from where it is', () => {
    const seen = rolling({ configMaps: [rendered(wanted)] });
    expect(JSON.parse(marks(seen)['dbpool.dev/rollout'] ?? '')).toMatchObject({ revision: 1, startedAt: NOW });
  });
});

describe('the time after a rollout', () => {
  const observing = asking({ rollout: { observeSeconds: 60 } });
  const completed = (agoMs: number) => rendered(wanted, { state: { rollout: { ...BEGUN, completedAt: NOW - agoMs } } });

  test('begins when all pods run with it, and is written down', () => {
    const seen = rolling({ profile: observing });
    expect(JSON.parse(marks(seen)['dbpool.dev/rollout'] ?? '')).toMatchObject({ completedAt: NOW });
    expect(ready(seen)).toMatchObject({ status: 'False', reason: 'Observing' });
  });

  test('is waited for, and then the configuration is good', () => {
    const during = rolling({ profile: observing, configMaps: [completed(59_000)] });
    expect(did(during)).toEqual([]);
    expect(decide(during).requeueAfterMs).toBe(1000);
    expect(ready(during)?.message).toContain('observed until 2026-01-01T12:00:01Z');
    const after = rolling({ profile: observing, configMaps: [completed(60_000)] });
    expect(JSON.parse(marks(after)['dbpool.dev/last-good'] ?? '')).toEqual({ at: NOW });
    expect(ready(after)).toMatchObject({ status: 'True' });
  });

  const app = { name: 'app', isReady: true, restarts: 1, startedAt: NOW - 500, waiting: undefined, crash: undefined };
  const crashed = (agoMs: number) => ({ ...app, crash: { exitCode: 137, reason: 'OOMKilled', at: NOW - agoMs } });
  const lost = { ...app, restarts: 0, isReady: false, startedAt: NOW - 60_000 };
  test.for<[string, Partial<ObservedPod>, string | undefined]>([
    ['a crash in it is a failure', { containers: [crashed(5000)] }, 'OOMKilled'],
    ['a crash before it, at start, is none', { containers: [crashed(30_000)] }, undefined],
    [
      'lost readiness is a failure',
      { isReady: false, readyChangedAt: NOW - 5000, containers: [lost] },
      'ReadinessLost',
    ],
    [
      'a pod that has just been made and is not ready yet is none',
      { isReady: false, readyChangedAt: NOW - 5000, containers: [{ ...lost, startedAt: NOW - 4000 }] },
      undefined,
    ],
    [
      'a pod whose node is gone is none',
      { isReady: false, readyChangedAt: NOW - 5000, containers: [{ ...lost, isReady: true }] },
      undefined,
    ],
  ])('%s', ([, change, reason]) => {
    const seen = rolling({
      profile: observing,
      configMaps: [completed(10_000), rendered(older, { state: SETTLED })],
      pods: [...pods(wanted.hash, 2), pod(wanted.hash, change)],
    });
    const written = decide(seen).actions.length === 0 ? undefined : marks(seen)['dbpool.dev/failed'];
    expect(written === undefined ? undefined : JSON.parse(written).reason).toBe(reason);
  });

  test.for<[string, Partial<ObservedPod>]>([
    ['OOMKilled', { containers: [crashed(10_000)] }],
    ['ReadinessLost', { isReady: false, readyChangedAt: NOW - 10_000, containers: [lost] }],
  ])('begins within a second, and a pod’s times are whole seconds: %s in that one counts', ([reason, change]) => {
    const seen = rolling({
      profile: observing,
      configMaps: [completed(9_300), rendered(older, { state: SETTLED })],
      pods: [...pods(wanted.hash, 2), pod(wanted.hash, change)],
    });
    expect(JSON.parse(marks(seen)['dbpool.dev/failed'] ?? '{}').reason).toBe(reason);
  });

  test('is over at some time: a later crash is reported, and nothing is rolled back', () => {
    const looping = {
      ...app,
      isReady: false,
      startedAt: undefined,
      waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
    };
    const base = carrying(wanted.name);
    const seen = rolling({
      profile: observing,
      configMaps: [rendered(wanted, { state: SETTLED })],
      deployment: { ...base, status: { ...base.status, availableReplicas: 2 } },
      pods: [...pods(wanted.hash, 2), pod(wanted.hash, { isReady: false, containers: [looping] })],
    });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ status: 'False', reason: 'CrashLoopBackOff' });
  });
});

test('a Deployment that was just scaled down has no more pods than it asks for', () => {
  const seen = rolling({
    configMaps: [rendered(wanted, { state: SETTLED })],
    deployment: carrying(wanted.name, { replicas: 2 }),
  });
  expect(decide(seen).status.pods).toEqual({ available: 2, desired: 2, updated: 2, summary: '2/2' });
});

describe('a rollout that may not start yet', () => {
  const before = (changes: Spec, more: Partial<Observed> = {}) =>
    rolling({
      configMaps: [rendered(wanted), rendered(older, { state: SETTLED })],
      deployment: carrying(older.name),
      replicaSets: [replicaSet(older.hash, 2, 3)],
      pods: pods(older.hash),
      profile: asking(changes),
      ...more,
    });

  test('waits until the edits have come to rest', () => {
    const seen = before({ rollout: { debounceSeconds: 10 }, changes: { specChangedAt: NOW - 4000 } });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'Debouncing' });
    expect(decide(seen).requeueAfterMs).toBe(6000);
    expect(did(before({ rollout: { debounceSeconds: 10 }, changes: { specChangedAt: NOW - 10_000 } }))).toHaveLength(2);
  });

  test('waits for its window, and says when it opens', () => {
    const windows = [{ schedule: '30 22 * * *', durationSeconds: 3600, timeZone: 'Europe/Berlin' }];
    const seen = before({ rollout: { windows } });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'WaitingForWindow' });
    expect(condition(seen, 'PendingRollout')).toMatchObject({ status: 'True', reason: 'OutsideWindow' });
    expect(condition(seen, 'PendingRollout')?.message).toContain('opens at 2026-01-01T21:30:00Z');
    expect(decide(seen).requeueAfterMs).toBe(9.5 * 3_600_000);
    expect(did({ ...seen, now: Date.parse('2026-01-01T22:29:59Z') })).toHaveLength(2);
    expect(did({ ...seen, now: Date.parse('2026-01-01T22:30:00Z') })).toEqual([]);
  });

  test('is stalled where no window ever opens', () => {
    const windows = [{ schedule: '0 0 30 2 *', durationSeconds: 3600, timeZone: 'UTC' }];
    const seen = before({ rollout: { windows } });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'WindowNeverOpens' });
    expect(condition(seen, 'Stalled')).toBeDefined();
    expect(condition(seen, 'PendingRollout')).toMatchObject({ reason: 'WindowNeverOpens' });
    expect(decide(seen).requeueAfterMs).toBeUndefined();
  });

  const base = carrying(older.name, { revision: 3 });
  const others = { ...base, status: { ...base.status, updatedReplicas: 1 } };

  test('waits for a rollout that somebody else has in progress', () => {
    const sets = [replicaSet(older.hash, 3, 1), replicaSet(older.hash, 2, 3)];
    const seen = before({}, { deployment: others, replicaSets: sets });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'OtherRolloutInProgress' });
    const ended = { ...others, status: { ...others.status, deadlineExceeded: 'timed out' } };
    expect(did(before({}, { deployment: ended, replicaSets: sets }))).toHaveLength(2);
  });

  test('overtakes one of its own, and that of a Deployment which was just made', () => {
    expect(
      did(before({}, { deployment: others, replicaSets: [replicaSet(older.hash, 3, 1), replicaSet('x', 2, 3)] })),
    ).toHaveLength(2);
    const fresh = { ...deployment(), status: { ...deployment().status, availableReplicas: 0 } };
    expect(did(before({}, { deployment: fresh, replicaSets: [] }))).toHaveLength(2);
  });
});

describe('lastTransitionTime', () => {
  test('moves only when the status of the condition changes', () => {
    const seen = rolling({ configMaps: [rendered(wanted, { state: SETTLED })] });
    const first = decide(seen).status;
    const later = { ...seen, now: seen.now + 60_000, profile: { ...seen.profile, status: first } };
    expect(decide(later).status).toEqual(first);
    expect(ready({ ...later, deployment: undefined })?.lastTransitionTime).toBe('2026-01-01T12:01:00Z');
  });
});
