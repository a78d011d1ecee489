/** A release that crashes now and then, too seldom for the back-off of the kubelet: it goes on to do so with other settings. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { StateOf } from '../../../src/core/model/config-state.ts';
import type { Observed, ObservedPod, ObservedPodContainer } from '../../../src/core/model/observed.ts';
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
  newConfig,
  observedRollout,
  oldConfig,
  readyCondition,
  recordedAnnotations,
  startedRollout,
  unprobedProfile,
} from '../rollout-builders.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
type Baseline = StateOf<'rollout'>['baseline'];

/** A pod that was created an hour ago, and has crashed; it runs, and is ready. */
function crashed(config: string | undefined, restarts: number, agoMs: number, changes: Partial<ObservedPod> = {}) {
  const crash = { exitCode: 137, reason: 'OOMKilled', at: NOW - agoMs };
  const one = pod(config, { name: `crashed-${restarts}`, ...changes });
  return { ...one, containers: one.containers.map((app) => ({ ...app, restarts, crash, startedAt: NOW - agoMs })) };
}

describe('the baseline of a rollout', () => {
  const former = (baseline: Baseline) =>
    renderedConfigMap(oldConfig, {
      state: { rollout: { ...startedRollout, sequence: 9, ...(baseline && { baseline }) } },
    });
  const baselineOf = (changes: Partial<Observed>): Baseline => {
    const seen = observed({
      profile: unprobedProfile({ changes: { specChangedAt: NOW - 1000 } }),
      configMaps: [renderedConfigMap(newConfig), renderedConfigMap(oldConfig, { state: succeededState })],
      deployment: deploymentUsing(oldConfig.name),
      replicaSets: [replicaSet(oldConfig.hash, 2, 3)],
      ...changes,
    });
    return (JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '') as StateOf<'rollout'>).baseline;
  };
  const old = (restarts: number, agoMs: number) => crashed(oldConfig.hash, restarts, agoMs);

  test.for<[string, Partial<Observed>, Baseline]>([
    ['of a pod that crashes now and then', { pods: [old(3, 12 * MINUTE)] }, { crashIntervalMs: 16 * MINUTE }],
    [
      'of the pod that crashes most often',
      { pods: [old(2, 20 * MINUTE), old(4, 20 * MINUTE), old(3, 20 * MINUTE)] },
      { crashIntervalMs: 10 * MINUTE },
    ],
    ['beside a recent crash', { pods: [old(2, 2 * MINUTE)] }, { failure: 'crashing', crashIntervalMs: 29 * MINUTE }],
    [
      'of pods without the label, before the first rollout',
      {
        configMaps: [renderedConfigMap(newConfig)],
        deployment: deployment(),
        replicaSets: [],
        unlabelledPods: [crashed(undefined, 4, 12 * MINUTE)],
      },
      { crashIntervalMs: 12 * MINUTE },
    ],
    [
      'from before unproven settings, whatever happens with these',
      { configMaps: [renderedConfigMap(newConfig), former({ crashIntervalMs: HOUR })], pods: [old(4, 2 * MINUTE)] },
      { crashIntervalMs: HOUR },
    ],
  ])('has the crash interval %s', ([, changes, baseline]) => {
    expect(baselineOf(changes)).toEqual(baseline);
  });

  test.for<[string, Partial<Observed>]>([
    ['of a pod that crashed once', { pods: [old(1, 12 * MINUTE)] }],
    ['of a pod that has run for more than twice as long since', { pods: [old(5, 20 * MINUTE)] }],
    ['of a pod that is drained', { pods: [{ ...old(3, 12 * MINUTE), isDisrupted: true }] }],
    ['of another container', { pods: [sidecarOnly(old(3, 12 * MINUTE))] }],
    [
      'that unproven settings cause',
      { configMaps: [renderedConfigMap(newConfig), former(undefined)], pods: [old(3, 12 * MINUTE)] },
    ],
  ])('has no crash interval %s', ([, changes]) => {
    expect(baselineOf(changes)).toBeUndefined();
  });
});

const sidecarOnly = (one: ObservedPod): ObservedPod => ({
  ...one,
  containers: [...pod(oldConfig.hash).containers, ...one.containers.map((app) => ({ ...app, name: 'sidecar' }))],
});

describe('a rollout after crashes of every 40 min', () => {
  const baseline = { crashIntervalMs: 40 * MINUTE };
  const judged = (rollout: object, one: ObservedPod) =>
    observedRollout({
      configMaps: [
        renderedConfigMap(newConfig, { state: { rollout: { ...startedRollout, baseline, ...rollout } } }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      pods: [one, ...pods(newConfig.hash, 2)],
    });
  const ended = (changes: Partial<ObservedPodContainer>): ObservedPod => {
    const one = crashed(newConfig.hash, 1, 1000, { isReady: false });
    return { ...one, containers: one.containers.map((app) => ({ ...app, isReady: false, ...changes })) };
  };
  const waiting = { reason: 'CrashLoopBackOff', message: 'back-off' };

  test.for<[string, ObservedPod, boolean]>([
    ['a crash, however early', ended({ lastRunMs: 1000 }), false],
    ['a second crash after a quarter of the time', ended({ restarts: 2, lastRunMs: 10 * MINUTE }), false],
    ['a second crash after less', ended({ restarts: 2, lastRunMs: 9 * MINUTE }), true],
    ['a second crash after nobody knows how long', ended({ restarts: 2 }), true],
    ['a crash loop', ended({ startedAt: undefined, waiting, lastRunMs: 1000 }), true],
  ])('is judged by %s', ([, one, isFailed]) => {
    for (const end of [{}, { completedAt: NOW - 20 * MINUTE }]) {
      const { actions } = decide(judged(end, one));
      expect(JSON.stringify(actions).includes('dbpool.dev/failed')).toBe(isFailed);
    }
  });

  test('reports a crash that is no worse than before', () => {
    const ready = readyCondition(judged({}, ended({ restarts: 3, lastRunMs: 20 * MINUTE })));
    expect(ready).toMatchObject({ reason: 'FailedBefore' });
    expect(ready?.message).toMatch(/The pods crashed as often before the pool settings were rolled out/);
  });
});
