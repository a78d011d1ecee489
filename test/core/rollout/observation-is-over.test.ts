import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedPod } from '../../../src/core/model/observed.ts';
import { deploymentUsing, NOW, pod, pods, renderedConfigMap, succeededState } from '../builders.ts';
import {
  unprobedProfile,
  actionNames,
  recordedAnnotations,
  oldConfig,
  readyCondition,
  observedRollout,
  newConfig,
  startedRollout,
} from '../rollout-builders.ts';

describe('the observation after a rollout', () => {
  const observing = unprobedProfile({ rollout: { observeSeconds: 60 } });
  const completed = (agoMs: number) =>
    renderedConfigMap(newConfig, { state: { rollout: { ...startedRollout, completedAt: NOW - agoMs } } });

  test('the observation starts when all pods run with the settings, and is recorded', () => {
    const seen = observedRollout({ profile: observing });
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '')).toMatchObject({ completedAt: NOW });
    expect(readyCondition(seen)).toMatchObject({ status: 'False', reason: 'Observing' });
  });

  test('the observation is waited for, and then the configuration has succeeded', () => {
    const during = observedRollout({ profile: observing, configMaps: [completed(59_000)] });
    expect(actionNames(during)).toEqual([]);
    expect(decide(during).requeueAfterMs).toBe(1000);
    expect(readyCondition(during)?.message).toContain('observed until 2026-01-01T12:00:01Z');
    const after = observedRollout({ profile: observing, configMaps: [completed(60_000)] });
    expect(JSON.parse(recordedAnnotations(after)['dbpool.dev/last-good'] ?? '')).toEqual({ sequence: 4, at: NOW });
    expect(readyCondition(after)).toMatchObject({ status: 'True' });
  });

  test.for([
    [3, '3 of 3 pods run with', 'are observed until'],
    [1, '1 of 1 pod runs with', 'is observed until'],
  ] as const)('the observation of %i pods is reported with the right plural', ([replicas, all, observed]) => {
    const base = deploymentUsing(newConfig.name);
    const status = { ...base.status, replicas, updatedReplicas: replicas, availableReplicas: replicas };
    const seen = { profile: observing, configMaps: [completed(59_000)], deployment: { ...base, replicas, status } };
    const message = readyCondition(observedRollout(seen))?.message;
    expect(message).toContain(all);
    expect(message).toContain(observed);
  });

  const app = { name: 'app', isReady: true, restarts: 3, startedAt: NOW - 500, waiting: undefined, crash: undefined };
  const crash = { exitCode: 137, reason: 'OOMKilled', at: NOW - 5000 };
  const crashed = (restarts: number) => ({ ...app, restarts, crash });
  const lost = { ...app, restarts: 0, isReady: false, startedAt: NOW - 60_000 };
  const name = 'search-api-9';
  test.for<[string, Partial<ObservedPod>, string | undefined]>([
    ['a crash in it is a failure', { containers: [crashed(3)] }, 'OOMKilled'],
    ['a crash before it, at start, is none', { containers: [crashed(2)] }, undefined],
    ['a crash of a pod that came later is a failure', { name: 'new', containers: [crashed(1)] }, 'OOMKilled'],
    ['a restart without a crash is none', { containers: [app] }, undefined],
    [
      'lost readiness is a failure',
      { isReady: false, readyChangedAt: NOW - 5000, containers: [lost] },
      'ReadinessLost',
    ],
    [
      'lost readiness is a failure whatever the clock of the operator says',
      { isReady: false, readyChangedAt: NOW - 50_000, containers: [lost] },
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
    [
      'a crash of a pod that is drained is none',
      { isDisrupted: true, isReady: false, containers: [{ ...crashed(3), isReady: false }] },
      undefined,
    ],
    ['a crash of a pod of another ReplicaSet is none', { ownerUid: 'other', containers: [crashed(9)] }, undefined],
  ])('during the observation, %s', ([, change, reason]) => {
    const rollout = { ...startedRollout, completedAt: NOW - 10_000, baseline: { restarts: { [name]: 2 } } };
    const seen = observedRollout({
      profile: observing,
      configMaps: [
        renderedConfigMap(newConfig, { state: { rollout } }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, { name, ...change })],
    });
    const written = decide(seen).actions.length === 0 ? undefined : recordedAnnotations(seen)['dbpool.dev/failed'];
    expect(written === undefined ? undefined : JSON.parse(written).reason).toBe(reason);
  });

  test('the observation starts with the restarts of each pod that had some', () => {
    const seen = observedRollout({
      profile: observing,
      pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, { name, containers: [crashed(1)] })],
    });
    const rollout: unknown = JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '');
    expect(rollout).toMatchObject({ completedAt: NOW, baseline: { restarts: { [name]: 1 } } });
  });

  test('the observation starts again once pods are back where none was available', () => {
    const base = deploymentUsing(newConfig.name);
    const gone = { ...base, status: { ...base.status, availableReplicas: 0 } };
    const seen = observedRollout({ profile: observing, configMaps: [completed(10_000)], deployment: gone, pods: [] });
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '')).not.toHaveProperty('completedAt');
    const scaled = { ...gone, replicas: 0, status: { ...gone.status, replicas: 0, updatedReplicas: 0 } };
    const none = observedRollout({ profile: observing, configMaps: [completed(90_000)], deployment: scaled, pods: [] });
    expect(JSON.parse(recordedAnnotations(none)['dbpool.dev/rollout'] ?? '')).not.toHaveProperty('completedAt');
    expect(recordedAnnotations(none)).not.toHaveProperty('dbpool.dev/last-good');
  });

  describe('the pods that were ready at its start', () => {
    const readyAt = NOW - 61_000;
    const seenWith = (podsReadyAt: number | undefined, ...times: readonly number[]) =>
      observedRollout({
        profile: observing,
        configMaps: [
          renderedConfigMap(newConfig, {
            state: { rollout: { ...startedRollout, completedAt: NOW - 60_000, podsReadyAt } },
          }),
        ],
        pods: times.map((readyChangedAt, index) => pod(newConfig.hash, { name: `pod-${index}`, readyChangedAt })),
      });
    const rolloutIn = (seen: ReturnType<typeof seenWith>): unknown =>
      JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '');

    test('the start of the observation records when the last of them became ready', () => {
      const seen = seenWith(undefined, readyAt, readyAt - 5000, readyAt - 9000);
      const [first] = seen.configMaps;
      const started = first && { ...first, state: { rollout: startedRollout } };
      const start = { ...seen, configMaps: started === undefined ? [] : [started] };
      expect(rolloutIn(start)).toMatchObject({ completedAt: NOW, podsReadyAt: readyAt });
    });

    test('settings are good where one of them has been ready since', () => {
      expect(recordedAnnotations(seenWith(readyAt, readyAt, NOW, NOW))).toHaveProperty('dbpool.dev/last-good');
    });

    test.for([
      ['have just been replaced', NOW - 15_000],
      ['have been replaced, by a clock that is ahead', NOW + 3_600_000],
    ] as const)('the observation starts again where all of them %s', ([, at]) => {
      const seen = seenWith(readyAt, at, at, at);
      expect(recordedAnnotations(seen)).not.toHaveProperty('dbpool.dev/last-good');
      expect(rolloutIn(seen)).toMatchObject({ completedAt: NOW, podsReadyAt: at });
      expect(readyCondition(seen)).toMatchObject({ reason: 'Observing' });
      expect(decide(seen).requeueAfterMs).toBeLessThanOrEqual(60_000);
    });
  });

  test('the observation ends: a later crash is reported, and nothing is rolled back', () => {
    const looping = {
      ...app,
      isReady: false,
      startedAt: undefined,
      waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
    };
    const base = deploymentUsing(newConfig.name);
    const seen = observedRollout({
      profile: observing,
      configMaps: [renderedConfigMap(newConfig, { state: succeededState })],
      deployment: { ...base, status: { ...base.status, availableReplicas: 2 } },
      pods: [...pods(newConfig.hash, 2), pod(newConfig.hash, { isReady: false, containers: [looping] })],
    });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ status: 'False', reason: 'CrashLoopBackOff' });
  });
});
