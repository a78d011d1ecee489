import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedDeployment, ObservedPod } from '../../../src/core/model/observed.ts';
import { needsUnlabelledPods } from '../../../src/core/unlabelled-pods.ts';
import {
  deployment,
  deploymentUsing,
  NOW,
  observed,
  pod,
  pods,
  renderedConfigMap,
  replicaSet,
  succeededState,
} from '../builders.ts';
import {
  actionNames,
  conditionOf,
  newConfig,
  observedRollout,
  oldConfig,
  readyCondition,
  recordedAnnotations,
  startedRollout,
  unprobedProfile,
} from '../rollout-builders.ts';

const [app] = pod(newConfig.hash).containers;
const container = (changes: object) => (app === undefined ? [] : [{ ...app, ...changes }]);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const crash = { exitCode: 1, reason: 'Error', at: NOW - 1000 };
const loop = { reason: 'CrashLoopBackOff', message: 'back-off' };
const looping = (name: string, restarts = 5): Partial<ObservedPod> => ({
  name,
  isReady: false,
  containers: container({ isReady: false, restarts, startedAt: undefined, waiting: loop, crash }),
});
const restarted = (name: string, restarts: number, at = NOW - HOUR): Partial<ObservedPod> => ({
  name,
  containers: container({ restarts, crash: { ...crash, at } }),
});
/** It was ready at some time since it started. */
const lostReadiness = (changes: object = {}): Partial<ObservedPod> => ({
  isReady: false,
  readyChangedAt: NOW - 5000,
  containers: container({ isReady: false, ...changes }),
});
const starting = (agoMs: number): Partial<ObservedPod> => ({
  isReady: false,
  createdAt: NOW - agoMs,
  readyChangedAt: NOW - agoMs,
  containers: container({ isReady: false, startedAt: NOW - agoMs }),
});
const late = (base: ObservedDeployment): ObservedDeployment => ({
  ...base,
  status: { ...base.status, updatedReplicas: 1, replicas: 4, deadlineExceeded: 'timed out progressing' },
});

describe('the baseline of a rollout', () => {
  /** The template has the old settings, and the rollout of the new ones is about to start. */
  const before = (changes: Parameters<typeof observed>[0]) =>
    observed({
      profile: unprobedProfile(),
      configMaps: [renderedConfigMap(newConfig), renderedConfigMap(oldConfig, { state: succeededState })],
      deployment: deploymentUsing(oldConfig.name),
      replicaSets: [replicaSet(oldConfig.hash, 2, 3)],
      pods: pods(oldConfig.hash),
      ...changes,
    });
  const recorded = (changes: Parameters<typeof observed>[0]) =>
    (JSON.parse(recordedAnnotations(before(changes))['dbpool.dev/rollout'] ?? '{}') as { baseline?: unknown }).baseline;
  /** A minute after somebody has edited the profile. */
  const editedBefore = (changes: Parameters<typeof observed>[0]) =>
    recorded({ profile: unprobedProfile({ changes: { specChangedAt: NOW - MINUTE } }), ...changes });
  const base = deploymentUsing(oldConfig.name);
  const oneUnavailable = { ...base, status: { ...base.status, availableReplicas: 2 } };
  const withOne = (change: Partial<ObservedPod>, seen: ObservedDeployment = base) => ({
    deployment: seen,
    pods: [...pods(oldConfig.hash, 2), pod(oldConfig.hash, { name: 'a', ...change })],
  });

  test.for<[string, Parameters<typeof observed>[0], unknown]>([
    ['nothing, where all is well', {}, undefined],
    ['nothing of pods with other settings', { pods: [pod(oldConfig.hash, restarted('a', 2))] }, undefined],
    ['restarts of pods with the settings', { pods: [pod(newConfig.hash, restarted('a', 2))] }, { restarts: { a: 2 } }],
    [
      'no restarts, where too many pods had some',
      { pods: Array.from({ length: 65 }, (_, index) => pod(newConfig.hash, restarted(`pod-${index}`, 1))) },
      { restarts: 'uncounted' },
    ],
    ['a crash loop', { pods: [pod(oldConfig.hash, looping('a', 1))] }, { failure: 'crashing' }],
    ['a recent crash of a pod that is ready again', withOne(restarted('a', 1, NOW - MINUTE)), { failure: 'crashing' }],
    [
      'no crash of a pod that has run well for more than ten minutes',
      withOne(restarted('a', 1, NOW - 12 * MINUTE)),
      undefined,
    ],
    ['no crash of a month ago', withOne(restarted('a', 1, NOW - 30 * DAY)), undefined],
    [
      'no recent crash of another container',
      withOne({ containers: [...container({}), ...container({ name: 'sidecar', restarts: 1, crash })] }),
      undefined,
    ],
    [
      'no recent crash of a pod that is drained',
      withOne({ ...restarted('a', 1, NOW - MINUTE), isDisrupted: true }),
      undefined,
    ],
    [
      'a crash after which the pod has not been ready, however long ago',
      withOne({
        ...starting(DAY),
        containers: container({ isReady: false, restarts: 1, startedAt: NOW - DAY, crash }),
      }),
      { failure: 'crashing' },
    ],
    [
      'lost readiness, and not the crash of a month ago',
      withOne(lostReadiness({ restarts: 1, crash: { ...crash, at: NOW - 30 * DAY } }), oneUnavailable),
      { failure: 'notReady' },
    ],
    [
      'nothing of a pod that starts in the place of a drained one',
      withOne(starting(60_000), oneUnavailable),
      undefined,
    ],
    [
      'a pod that has been starting for as long as the progress deadline',
      withOne(starting(11 * MINUTE), oneUnavailable),
      { failure: 'notReady' },
    ],
    [
      'a pod that is ill beside one that starts',
      withOne(starting(60_000), { ...base, status: { ...base.status, availableReplicas: 1 } }),
      { failure: 'notReady' },
    ],
    [
      'pods that are not available while nothing is rolled out',
      { deployment: oneUnavailable },
      { failure: 'notReady' },
    ],
    [
      'nothing of pods that start in a rollout that makes progress, as those of a new Deployment',
      { deployment: { ...base, status: { ...base.status, availableReplicas: 0, progressedAt: NOW - 1000 } } },
      undefined,
    ],
    [
      'pods that did not become available before the deadline',
      { deployment: { ...base, status: { ...base.status, availableReplicas: 2, deadlineExceeded: 'timed out' } } },
      { failure: 'notReady' },
    ],
    [
      'nothing of pods that are going',
      { pods: [pod(oldConfig.hash, { ...looping('a'), isTerminating: true })] },
      undefined,
    ],
    [
      'not what unproven settings of the profile cause',
      {
        configMaps: [
          renderedConfigMap(newConfig),
          renderedConfigMap(oldConfig, { state: { rollout: { ...startedRollout, sequence: 9 } } }),
        ],
        pods: [pod(oldConfig.hash, looping('a'))],
      },
      undefined,
    ],
    [
      'what failed before unproven settings of the profile, too',
      {
        configMaps: [
          renderedConfigMap(newConfig),
          renderedConfigMap(oldConfig, {
            state: { rollout: { ...startedRollout, sequence: 9, baseline: { failure: 'crashing' } } },
          }),
        ],
        pods: [pod(oldConfig.hash, looping('a'))],
      },
      { failure: 'crashing' },
    ],
  ])('the baseline of a rollout has %s', ([, changes, baseline]) => {
    expect(editedBefore(changes)).toEqual(baseline);
  });

  test.for([
    ['right', 0],
    ['an hour behind', -HOUR],
    ['an hour ahead', HOUR],
  ] as const)('a crash is recent by the clocks of the cluster, with a clock that is %s', ([, aheadMs]) => {
    const failureOf = (crashedAt: number) =>
      editedBefore({ now: NOW + aheadMs, ...withOne(restarted('a', 1, crashedAt)) });
    expect(failureOf(NOW - 2 * MINUTE)).toEqual({ failure: 'crashing' });
    expect(failureOf(NOW - 12 * MINUTE)).toBeUndefined();
    expect(failureOf(NOW - DAY)).toBeUndefined();
  });

  test('a crash is recent while nothing else happens in the cluster, but not for long', () => {
    const failureAfter = (ms: number) => {
      const profile = unprobedProfile({ changes: { specChangedAt: NOW - DAY } });
      return recorded({ profile, now: NOW + ms, ...withOne(restarted('a', 1, NOW - MINUTE)) });
    };
    expect(failureAfter(HOUR)).toEqual({ failure: 'crashing' });
    expect(failureAfter(2 * HOUR)).toBeUndefined();
  });

  test('the baseline of a first rollout is read from pods that are listed then, and only then', () => {
    const first = observed({
      profile: unprobedProfile(),
      configMaps: [renderedConfigMap(newConfig)],
      deployment: deployment(),
    });
    expect(needsUnlabelledPods(first)).toBe(true);
    const listed = { ...first, unlabelledPods: [pod(undefined, looping('a'))] };
    expect(needsUnlabelledPods(listed)).toBe(false);
    const rollout: unknown = JSON.parse(recordedAnnotations(listed)['dbpool.dev/rollout'] ?? '');
    expect(rollout).toMatchObject({ baseline: { failure: 'crashing' } });
    expect(needsUnlabelledPods(before({}))).toBe(false);
    expect(needsUnlabelledPods(observedRollout())).toBe(false);
  });
});

describe('a rollout that is judged against its baseline', () => {
  const judged = (rollout: object, changes: Parameters<typeof observedRollout>[0]) =>
    observedRollout({
      configMaps: [
        renderedConfigMap(newConfig, { state: { rollout: { ...startedRollout, ...rollout } } }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      ...changes,
    });
  const isFailed = (seen: ReturnType<typeof judged>) =>
    decide(seen).actions.length > 0 && 'dbpool.dev/failed' in recordedAnnotations(seen);
  const stuck = late(deploymentUsing(newConfig.name));
  const unready = { isReady: false, containers: container({ isReady: false, startedAt: NOW - 50_000 }) };

  test.for<[string, object, Partial<ObservedPod>, boolean]>([
    ['old restarts', { restarts: { a: 2 } }, restarted('a', 2), false],
    ['one more restart', { restarts: { a: 2 } }, restarted('a', 3), false],
    ['two more restarts', { restarts: { a: 2 } }, restarted('a', 4), true],
    ['two restarts of a new pod', { restarts: { a: 2 } }, restarted('b', 2), true],
    ['restarts that were too many to record', { restarts: 'uncounted' }, restarted('a', 9), false],
    ['a loop of which restarts were too many to record', { restarts: 'uncounted' }, looping('a'), true],
    ['a loop from before', { restarts: { a: 5 } }, looping('a', 5), false],
    ['a loop that goes on', { restarts: { a: 5 } }, looping('a', 6), true],
    ['a loop of a new pod', {}, looping('b', 0), true],
  ])('a rollout with %s is judged by what is new', ([, baseline, change, expected]) => {
    expect(isFailed(judged({ baseline }, { pods: [pod(newConfig.hash, change)] }))).toBe(expected);
  });

  test.for<[string, 'crashing' | 'notReady', Partial<ObservedPod>, boolean]>([
    ['a crash after crashes', 'crashing', looping('a'), false],
    ['missing readiness after crashes', 'crashing', unready, false],
    ['missing readiness after the same', 'notReady', unready, false],
    ['a crash after missing readiness', 'notReady', looping('a'), true],
  ])('%s: failures from before the rollout do not count', ([, failure, change, expected]) => {
    const seen = judged({ baseline: { failure } }, { deployment: stuck, pods: [pod(newConfig.hash, change)] });
    expect(isFailed(seen)).toBe(expected);
    if (expected) return;
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ status: 'False', reason: 'FailedBefore' });
    expect(readyCondition(seen)?.message).toMatch(
      /before the pool settings were rolled out, so the settings are not rolled back$/,
    );
    expect(conditionOf(seen, 'Stalled')).toMatchObject({ reason: 'FailedBefore' });
  });

  test('a pod that failed before the rollout, and is ready again, is no failure', () => {
    const seen = judged(
      { baseline: { failure: 'crashing' } },
      { pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, restarted('a', 7))] },
    );
    expect(readyCondition(seen)).toMatchObject({ status: 'True' });
  });

  test('an observation starts again after a failure that has another cause', () => {
    const rollout = { completedAt: NOW - 10_000, baseline: { failure: 'crashing' } };
    const seen = judged(rollout, { pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, looping('a'))] });
    const written: unknown = JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '');
    expect(written).not.toHaveProperty('completedAt');
    expect(written).toMatchObject({ baseline: { failure: 'crashing' } });
  });

  test('settings that free sessions are not rolled back where their pod gets none', () => {
    const seen = judged({ freesSessions: true }, { deployment: stuck, pods: [pod(newConfig.hash, looping('a'))] });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'SessionsExhausted' });
  });

  test.for<[string, Parameters<typeof observedRollout>[0]]>([
    [
      'the pods of another ReplicaSet with the label',
      { pods: [pod(newConfig.hash, { ...looping('a'), ownerUid: 'other' })] },
    ],
    ['pods whose ReplicaSet is not in the cache', { replicaSets: [], pods: [pod(newConfig.hash, looping('a'))] }],
    ['pods that are drained', { pods: [pod(newConfig.hash, { ...looping('a'), isDisrupted: true })] }],
    [
      'pods that are resized in place',
      {
        pods: [pod(newConfig.hash, { containers: container({ restarts: 3, waiting: loop, wasInterrupted: true }) })],
      },
    ],
  ])('a rollout is not judged by %s', ([, changes]) => {
    expect(isFailed(judged({}, changes))).toBe(false);
  });

  test('a rollout of settings that were good by a clock ahead is judged', () => {
    const seen = observedRollout({
      configMaps: [
        renderedConfigMap(newConfig, {
          state: { rollout: { ...startedRollout, sequence: 9 }, lastGood: { sequence: 2, at: NOW + 3_600_000 } },
        }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, looping('a', 4))],
    });
    expect(isFailed(seen)).toBe(true);
  });

  test('a rollout is judged although the revision is that of its start: its template was there before', () => {
    expect(isFailed(judged({ revision: 2 }, { pods: [pod(newConfig.hash, looping('a'))] }))).toBe(true);
  });
});

describe('a retry of settings that the backend kept after a failure', () => {
  const failed = {
    sequence: 7,
    at: NOW - 1000,
    retry: '',
    rollback: '',
    reason: 'CrashLoopBackOff',
    message: 'Pod x crashes',
  };
  const retried = (rollout: object, change: Partial<ObservedPod>) =>
    observedRollout({
      profile: unprobedProfile({ rollout: { onFailure: 'Hold' }, changes: { retryRequestedAt: 'again' } }),
      configMaps: [
        renderedConfigMap(newConfig, { state: { rollout: { ...startedRollout, ...rollout }, failed } }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, change)],
    });

  test('a retry judges the pods from then on', () => {
    const seen = retried({}, restarted('a', 4));
    const start: unknown = JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '');
    expect(start).toMatchObject({ sequence: 8, retry: 'again', baseline: { restarts: { a: 4 } } });
    const after = retried(start as object, restarted('a', 4));
    expect(readyCondition(after)).toMatchObject({ status: 'True' });
    const again = retried(start as object, looping('a', 6));
    expect(JSON.parse(recordedAnnotations(again)['dbpool.dev/failed'] ?? '')).toMatchObject({ retry: 'again' });
  });

  test('a retry of a rollout that has not failed yet judges the pods from then on, too', () => {
    const seen = observedRollout({
      profile: unprobedProfile({ changes: { retryRequestedAt: 'again' } }),
      pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, restarted('a', 4))],
    });
    const start: unknown = JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '');
    expect(start).toMatchObject({ retry: 'again', baseline: { restarts: { a: 4 } } });
  });
});
