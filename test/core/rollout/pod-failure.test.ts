import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import { parseState } from '../../../src/core/model/config-state.ts';
import type { Observed, ObservedDeployment, ObservedPod } from '../../../src/core/model/observed.ts';
import { deploymentUsing, NOW, pod, renderedConfigMap, spec } from '../builders.ts';
import {
  actionNames,
  recordedAnnotations,
  readyCondition,
  observedRollout,
  newConfig,
  startedRollout,
  unprobedProfile,
} from '../rollout-builders.ts';

describe('a rollout whose pods fail', () => {
  const base = deploymentUsing(newConfig.name);
  const stuck = (changes: Partial<ObservedDeployment['status']> = {}): ObservedDeployment => ({
    ...base,
    status: { ...base.status, updatedReplicas: 1, replicas: 4, ...changes },
  });
  const waiting = (reason: string, message = 'words of the kubelet') => ({
    isReady: false,
    containers: [
      {
        name: 'app',
        isReady: false,
        restarts: 0,
        startedAt: undefined,
        crash: undefined,
        waiting: { reason, message },
      },
    ],
  });
  const unready = {
    isReady: false,
    containers: [
      { name: 'app', isReady: false, restarts: 0, startedAt: NOW - 50_000, crash: undefined, waiting: undefined },
    ],
  };
  const late = { deadlineExceeded: 'timed out progressing' };

  test.for<[string, Partial<ObservedPod>, Partial<ObservedDeployment['status']>, string]>([
    ['a crash loop', waiting('CrashLoopBackOff'), {}, 'CrashLoopBackOff'],
    ['readiness that does not come in time', unready, late, 'NotReady'],
  ])('a rollout fails by %s, which is recorded', ([, change, status, reason]) => {
    const seen = observedRollout({ deployment: stuck(status), pods: [pod(newConfig.hash, change)] });
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/failed'] ?? '')).toMatchObject({
      reason,
      at: NOW,
      retry: '',
    });
    expect(actionNames(seen)).toEqual([`recordState ${newConfig.name}`]);
  });

  test.for<[string, Partial<ObservedPod>, Partial<ObservedDeployment['status']>, string]>([
    ['no node', { isReady: false, unschedulable: '0/1 nodes are available', containers: [] }, late, 'Unschedulable'],
    ['no image', waiting('ImagePullBackOff'), late, 'ImagePullBackOff'],
    ['a missing Secret', waiting('CreateContainerConfigError'), {}, 'CreateContainerConfigError'],
    ['a runtime that cannot start the container', waiting('StartError'), late, 'StartError'],
    ['readiness that takes its time', unready, {}, 'RollingOut'],
    ['a start after the deadline', unready, { ...late, deadlineAt: NOW - 50_001 }, 'NotReady'],
  ])('a rollout does not fail by %s, which is reported', ([, change, status, reason]) => {
    const seen = observedRollout({ deployment: stuck(status), pods: [pod(newConfig.hash, change)] });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ status: 'False', reason });
  });

  test.for<[string, Partial<ObservedPod>, string]>([
    [
      'no node',
      { isReady: false, unschedulable: '0/1 nodes are available', containers: [] },
      'Pod search-api-1 cannot be scheduled since 2026-01-01T11:00:00Z: 0/1 nodes are available',
    ],
    [
      'no image',
      waiting('ImagePullBackOff'),
      'Pod search-api-1: container app cannot start since 2026-01-01T11:00:00Z: words of the kubelet',
    ],
  ])('a rollout that is stuck by %s says since when', ([, change, message]) => {
    const seen = observedRollout({ deployment: stuck(), pods: [pod(newConfig.hash, change)] });
    expect(readyCondition(seen)?.message).toBe(message);
  });

  test('a rollout fails by a container that is not ready in time beside a pod of which only a sidecar is not', () => {
    const { containers } = pod(newConfig.hash);
    const withSidecar = {
      isReady: false,
      containers: [...containers, ...unready.containers.map((one) => ({ ...one, name: 'proxy' }))],
    };
    const first = pod(newConfig.hash, { ...withSidecar, name: 'first' });
    const decided = (all: ObservedPod[]) => observedRollout({ deployment: stuck(late), pods: all });
    expect(actionNames(decided([first]))).toEqual([]);
    expect(readyCondition(decided([first]))).toMatchObject({ reason: 'NotReady' });
    const both = decided([first, pod(newConfig.hash, { ...unready, name: 'second' })]);
    expect(JSON.parse(recordedAnnotations(both)['dbpool.dev/failed'] ?? '')).toMatchObject({ pod: { name: 'second' } });
  });

  test('a pod that ran before its container cannot start says since when it is not ready', () => {
    const seen = observedRollout({
      deployment: stuck(),
      pods: [pod(newConfig.hash, { ...waiting('StartError'), readyChangedAt: NOW - 60_000 })],
    });
    expect(readyCondition(seen)?.message).toContain('cannot start since 2026-01-01T11:59:00Z');
  });

  test('a rollout is not judged where another user changed the template in it', () => {
    const seen = observedRollout({
      deployment: { ...stuck({ observedGeneration: 2 }), generation: 2, foreignTemplateHash: 'another image' },
      pods: [pod(newConfig.hash, waiting('CrashLoopBackOff'))],
    });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'TemplateChanged' });
  });
});

describe('the pod of a failed rollout', () => {
  const crashed = pod(newConfig.hash, {
    name: 'search-api-1',
    isReady: false,
    containers: [
      {
        name: 'app',
        isReady: false,
        restarts: 2,
        startedAt: undefined,
        waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
        crash: {
          exitCode: 3,
          reason: 'Error',
          at: NOW - 5000,
          terminationMessage: 'DB_POOL_MAX:\n40 is more than 30',
        },
      },
    ],
  });
  const failing = observedRollout({ pods: [crashed] });
  /** The ConfigMap after the decision was carried out. */
  const recorded = (seen: Observed) =>
    observedRollout({
      pods: [],
      configMaps: [renderedConfigMap(newConfig, { state: parseState(recordedAnnotations(seen)) })],
    });

  test('its last words, container and exit code are kept once the pod is gone', () => {
    expect(decide(recorded(failing)).status.lastFailed).toMatchObject({
      max: newConfig.settings.max,
      reason: 'CrashLoopBackOff',
      pod: 'search-api-1',
      container: 'app',
      exitCode: 3,
      terminatedAt: '2026-01-01T11:59:55Z',
      terminationMessage: 'DB_POOL_MAX:\n40 is more than 30',
    });
  });

  test('an event of one line has them, too', () => {
    const [event] = decide(failing).events;
    expect(event).toMatchObject({ type: 'Warning', reason: 'RolloutFailed' });
    expect(event?.message).toBe(
      'min 5, max 40, timeout 30 s, recycle 3600 s: Pod search-api-1: container app crashes, exit code 3 (Error), 2 restarts (CrashLoopBackOff). Its termination message: DB_POOL_MAX: 40 is more than 30',
    );
  });

  test('the event has one name however often the failure is found, and another for another failure', () => {
    const occurrence = (seen: Observed) => decide(seen).events[0]?.occurrence;
    const other = {
      ...failing,
      configMaps: [
        renderedConfigMap(newConfig, {
          state: { rollout: { ...startedRollout, sequence: startedRollout.sequence + 1 } },
        }),
      ],
    };
    const retried = { ...failing, profile: unprobedProfile({ changes: { retryRequestedAt: 'again' } }) };
    expect(occurrence({ ...failing, now: NOW + 60_000 })).toBe(occurrence(failing));
    expect(new Set([occurrence(failing), occurrence(other), occurrence(retried)]).size).toBe(3);
  });

  test('the event is short enough for the API server, whatever the pod wrote', () => {
    const words = {
      ...crashed.containers[0],
      crash: { exitCode: 3, reason: 'Error', at: NOW, terminationMessage: 'x'.repeat(2048) },
    };
    const seen = observedRollout({ pods: [{ ...crashed, containers: [words as ObservedPod['containers'][number]] }] });
    expect(decide(seen).events[0]?.message).toHaveLength(1024);
    expect(decide(recorded(seen)).status.lastFailed?.terminationMessage).toHaveLength(2048);
  });

  test('a rollback that a user requested, and a suspended profile, write no event', () => {
    const requested = { ...failing, profile: unprobedProfile({ changes: { rollbackRequestedAt: 'now' } }) };
    const valid = { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, suspend: true }) } as const;
    const suspended = { ...failing, profile: unprobedProfile({ changes: { spec: valid } }) };
    expect([requested, suspended].map((seen) => decide(seen).events)).toEqual([[], []]);
  });
});
