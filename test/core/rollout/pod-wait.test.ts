import { describe, expect, test } from 'vitest';
import type { StateOf } from '../../../src/core/model/config-state.ts';
import type { ObservedPod, ObservedPodContainer } from '../../../src/core/model/observed.ts';
import { podWait } from '../../../src/core/rollout/pod-wait.ts';
import { deploymentUsing, NOW, pod, pods, renderedConfigMap, succeededState } from '../builders.ts';
import { newConfig, observedRollout, oldConfig, readyCondition, startedRollout } from '../rollout-builders.ts';

const container = (changes: Partial<ObservedPodContainer> = {}): ObservedPodContainer => ({
  name: 'app',
  isReady: false,
  restarts: 0,
  startedAt: undefined,
  waiting: undefined,
  crash: undefined,
  ...changes,
});

/** A new pod, created at 11:59:00. */
const starting = (changes: Partial<ObservedPod> = {}): ObservedPod =>
  pod(newConfig.hash, {
    isReady: false,
    createdAt: NOW - 60_000,
    readyChangedAt: NOW - 59_000,
    containers: [container()],
    ...changes,
  });

const unlimited = {
  container: 'app',
  failingRestarts: () => 2,
  deadlineAt: undefined,
  advanceAt: undefined,
  isDeadlineBlamed: true,
};

describe('what a rollout waits for', () => {
  const creating = container({ waiting: { reason: 'ContainerCreating', message: '' } });
  const crashed = { exitCode: 1, reason: 'Error', at: NOW - 20_000 };

  test.for<[string, Partial<ObservedPod>, string]>([
    [
      'a node',
      { containers: [], unschedulable: '0/3 nodes are available' },
      ' waits for a node since 2026-01-01T11:59:00Z: 0/3 nodes are available',
    ],
    ['the kubelet', { containers: [] }, ' waits since 2026-01-01T11:59:00Z to be started on a node'],
    [
      'its image',
      { containers: [creating] },
      ': container app waits since 2026-01-01T11:59:00Z for its image, its volumes or an init container',
    ],
    [
      'a Secret',
      {
        containers: [container({ waiting: { reason: 'CreateContainerConfigError', message: 'secret "s" not found' } })],
      },
      ': container app waits since 2026-01-01T11:59:00Z to be started: secret "s" not found',
    ],
    [
      'readiness',
      { containers: [container({ startedAt: NOW - 50_000 })] },
      ': container app runs since 2026-01-01T11:59:10Z and is not ready yet',
    ],
    [
      'readiness that was lost',
      { readyChangedAt: NOW - 5000, containers: [container({ startedAt: NOW - 50_000 })] },
      ': container app is not ready since 2026-01-01T11:59:55Z',
    ],
    [
      'a restart',
      { containers: [container({ crash: crashed, restarts: 1 })] },
      ': container app ended at 2026-01-01T11:59:40Z with exit code 1 (Error), and is to be started again',
    ],
    [
      'readiness after a restart',
      { containers: [container({ crash: crashed, restarts: 1, startedAt: NOW - 10_000 })] },
      ': container app ended at 2026-01-01T11:59:40Z with exit code 1 (Error), runs since 2026-01-01T11:59:50Z and is not ready yet',
    ],
    [
      'a sidecar',
      { containers: [container({ isReady: true }), container({ name: 'proxy', startedAt: NOW - 50_000 })] },
      ': container proxy runs since 2026-01-01T11:59:10Z and is not ready yet',
    ],
    [
      'a readiness gate',
      { containers: [container({ isReady: true })] },
      ' is not ready since 2026-01-01T11:59:01Z, though its containers are',
    ],
  ])('a rollout waits for %s', ([, changes, text]) => {
    expect(podWait([starting(changes)], unlimited)).toBe(`Pod search-api-1${text}`);
  });

  test('the oldest pod that is not ready is named, and none that is ready or terminates', () => {
    const all = [
      starting({ name: 'c' }),
      starting({ name: 'b', createdAt: NOW - 90_000 }),
      starting({ name: 'a', createdAt: NOW - 99_000, isTerminating: true }),
      ...pods(newConfig.hash, 2),
    ];
    expect(podWait(all, unlimited)).toContain('Pod b');
    expect(podWait(pods(newConfig.hash), unlimited)).toBeUndefined();
  });
});

describe('a rollout in progress', () => {
  const base = deploymentUsing(newConfig.name);
  const status = { ...base.status, updatedReplicas: 1, replicas: 4, progressedAt: NOW - 60_000 };
  const running = starting({ containers: [container({ startedAt: NOW - 50_000, restarts: 1 })] });
  const seen = observedRollout({ deployment: { ...base, status }, pods: [running] });

  test('its message names the pod, what it waits for, and when it counts as failed', () => {
    expect(readyCondition(seen)?.message).toBe(
      'Deployment search-api: 1 of 3 pods are updated. Pod search-api-1: container app runs since 2026-01-01T11:59:10Z and is not ready yet. The rollout counts as failed at restart 2 of container app (1 so far), or without progress at 2026-01-01T12:09:00Z',
    );
  });

  test.for([1000, 3_600_000])(
    'its deadline is told by the clock of the Deployment controller, and stays the same although the clock of the operator is %i ms behind',
    (behindMs) => {
      const messages = [0, 1000, 2000].map(
        (ms) => readyCondition({ ...seen, now: NOW - 60_000 - behindMs + ms })?.message,
      );
      expect(new Set(messages).size).toBe(1);
      expect(messages[0]).toContain('or without progress at 2026-01-01T12:09:00Z');
    },
  );

  const stuck =
    'The rollout is reported as stuck without progress at 2026-01-01T12:09:00Z; nothing is rolled back for this';
  const fails = 'The rollout counts as failed at restart 2 of container app (1 so far)';
  const noRestarts = 'The rollout counts as failed without progress at 2026-01-01T12:09:00Z';
  const ownDeadline =
    'The rollout is reported as stuck without progress at 2026-01-01T12:29:00Z; nothing is rolled back for this';
  test.for<[string, Partial<StateOf<'rollout'>>, number, string]>([
    ['after crashes', { baseline: { failure: 'crashing' } }, 600, stuck],
    ['after missing readiness', { baseline: { failure: 'notReady' } }, 600, `${fails}. ${stuck}`],
    ['that frees sessions', { freesSessions: true }, 600, stuck],
    ['of which the template was changed', { templateHash: 'other', generation: 99 }, 600, stuck],
    [
      'with restarts from before',
      { baseline: { restarts: { 'search-api-1': 1 } } },
      600,
      'The rollout counts as failed at restart 3 of container app (1 so far), or without progress at 2026-01-01T12:09:00Z',
    ],
    ['with restarts that were too many to record', { baseline: { restarts: 'uncounted' } }, 600, noRestarts],
    ['without a progress deadline', {}, 2_147_483_647, `${fails}. ${ownDeadline}`],
  ])(
    'the message of a rollout %s promises no failure that is not blamed on the settings',
    ([, changes, seconds, end]) => {
      const state = { rollout: { ...startedRollout, ...changes } };
      const excused = {
        ...seen,
        deployment: { ...base, status, progressDeadlineSeconds: seconds },
        configMaps: [renderedConfigMap(newConfig, { state }), renderedConfigMap(oldConfig, { state: succeededState })],
      };
      expect(readyCondition(excused)?.message.split('is not ready yet. ')[1]).toBe(end);
    },
  );

  const ready = container({ isReady: true, startedAt: NOW - 50_000 });
  test.for<[string, ObservedPod[], string]>([
    ['no container has started', [starting()], stuck],
    ['the kubelet has not begun with a pod', [starting({ containers: [] })], stuck],
    [
      'only a sidecar is not ready',
      [starting({ containers: [ready, container({ name: 'proxy', startedAt: NOW - 50_000 })] })],
      `The rollout counts as failed at restart 2 of container app (0 so far). ${stuck}`,
    ],
    [
      'a later pod runs and is not ready',
      [starting(), starting({ name: 'b', createdAt: NOW - 1000, containers: running.containers })],
      noRestarts,
    ],
  ])('its message promises a failure only where it can fail: %s', ([, all, end]) => {
    const message = readyCondition({ ...seen, pods: all })?.message ?? '';
    expect(message.slice(message.indexOf('The rollout'))).toBe(end);
  });

  test('its message promises no failure at the deadline once all pods were ready', () => {
    const state = { rollout: { ...startedRollout, completedAt: NOW - 1000, podsReadyAt: NOW - 55_000 } };
    const message = readyCondition({
      ...seen,
      pods: [starting({ containers: [container({ startedAt: NOW - 50_000 })] })],
      configMaps: [renderedConfigMap(newConfig, { state }), renderedConfigMap(oldConfig, { state: succeededState })],
    })?.message;
    expect(message?.split('is not ready yet. ')[1]).toBe(
      `The rollout counts as failed at restart 1 of container app (0 so far). ${stuck}`,
    );
  });

  const lost = starting({
    readyChangedAt: NOW - 5000,
    containers: [container({ startedAt: NOW - 50_000, restarts: 1 })],
  });
  const noProgress = 'or without progress at 2026-01-01T12:09:00Z';
  test.for<[string, string, ObservedPod, number, string]>([
    ['before a pod was ready', 'progress alone', running, 60_000, `${fails}, ${noProgress}`],
    [
      'where a pod has lost its readiness',
      'progress, and coming closer to the end',
      lost,
      60_000,
      `${fails}, ${noProgress}. The rollout is reported as stuck at 2026-01-01T12:29:00Z if it has come no closer to its end by then; nothing is rolled back for this`,
    ],
    [
      'that has come no closer to its end for long',
      'coming closer to the end alone',
      running,
      1_500_000,
      `${fails}. The rollout is reported as stuck at 2026-01-01T12:05:00Z if it has come no closer to its end by then; nothing is rolled back for this`,
    ],
  ])('a rollout %s has a deadline for %s', ([, , one, forMs, end]) => {
    const rolloutProgress = { replicas: 3, podsLeft: 3, since: NOW - forMs };
    const flapping = { ...seen, deployment: { ...base, status, rolloutProgress }, pods: [one] };
    expect(readyCondition(flapping)?.message.replace(/.*(?=The rollout counts)/, '')).toBe(end);
  });

  test('its message stays the same while nothing happens', () => {
    for (const seconds of [1, 60, 300])
      expect(readyCondition({ ...seen, now: NOW + seconds * 1000 })?.message).toBe(readyCondition(seen)?.message);
  });

  test('a pod that loses its readiness after the observation is named, without a deadline', () => {
    const lost = starting({ readyChangedAt: NOW - 5000, containers: [container({ startedAt: NOW - 50_000 })] });
    const later = observedRollout({
      configMaps: [renderedConfigMap(newConfig, { state: succeededState })],
      deployment: { ...base, status: { ...base.status, availableReplicas: 2 } },
      pods: [lost, ...pods(newConfig.hash, 2)],
    });
    expect(readyCondition(later)?.message).toBe(
      'Deployment search-api: 2 of 3 updated pods are available. Pod search-api-1: container app is not ready since 2026-01-01T11:59:55Z',
    );
  });
});
