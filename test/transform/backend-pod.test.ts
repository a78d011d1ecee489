import { describe, expect, test } from 'vitest';
import { isOfBackend } from '../../src/core/backend/pods.ts';
import type { KubeObject, Pod } from '../../src/kube/types.ts';
import { transformBackendPod, transformReplicaSet } from '../../src/transform/backend-pod.ts';
import { deployment, replicaSet } from '../core/builders.ts';

/** A pod spec in which two of the four variables, and another one, come from ConfigMaps. */
const pointed = {
  containers: [
    { name: 'side' },
    {
      name: 'app',
      env: [
        { name: 'DB_POOL_MIN', valueFrom: { configMapKeyRef: { name: 'search-c', key: 'DB_POOL_MIN' } } },
        { name: 'DB_POOL_MAX', valueFrom: { configMapKeyRef: { name: 'search-c', key: 'DB_POOL_MAX' } } },
        { name: 'DB_POOL_RECYCLE', value: '60' },
        { name: 'OTHER', valueFrom: { configMapKeyRef: { name: 'other', key: 'OTHER' } } },
      ],
    },
  ],
};

test('a ReplicaSet of a backend keeps its uid and the ConfigMaps that the variables come from', () => {
  const object = { metadata: { uid: 'set' }, spec: { template: { spec: pointed } } };
  expect(transformReplicaSet(object as unknown as KubeObject)).toMatchObject({ uid: 'set', configMaps: ['search-c'] });
});

test('a ReplicaSet and a pod of a backend keep the DB_POOL_MAX that was set by hand, by container', () => {
  const literal = (name: string, ...values: string[]) => ({
    name,
    env: values.map((value) => ({ name: 'DB_POOL_MAX', value })),
  });
  // Of two entries, Kubernetes takes the last.
  const spec = { containers: [literal('app', '7', '99'), literal('side'), literal('odd', 'many')] };
  const set = { spec: { template: { spec } } } as unknown as KubeObject;
  expect(transformReplicaSet(set).literalMax).toEqual({ app: 99 });
  expect(transformBackendPod({ spec } as unknown as KubeObject).literalMax).toEqual({ app: 99 });
  expect(transformBackendPod({ spec: pointed } as unknown as KubeObject).literalMax).toBeUndefined();
});

describe('a pod of a backend', () => {
  test('a pod of a backend keeps the state of its containers', () => {
    const container = {
      name: 'app',
      ready: false,
      restartCount: 2,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      lastState: {
        terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:00:00Z', message: 'no memory\n' },
      },
    };
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:01Z' }];
    const object = {
      metadata: { labels: { 'dbpool.dev/config-hash': 'c' }, ownerReferences: [{ uid: 'set', controller: true }] },
      spec: pointed,
      status: { conditions, containerStatuses: [container] },
    };
    expect(transformBackendPod(object as unknown as KubeObject)).toMatchObject({
      config: 'c',
      ownerUid: 'set',
      configMaps: ['search-c'],
      isReady: false,
      readyChangedAt: Date.UTC(2026, 0, 1, 0, 0, 1),
      containers: [
        {
          name: 'app',
          restarts: 2,
          startedAt: undefined,
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
          crash: {
            exitCode: 137,
            reason: 'OOMKilled',
            at: Date.UTC(2026, 0, 1),
            terminationMessage: 'no memory',
          },
        },
      ],
    });
  });
});

test('a terminating pod keeps the time when it should have ended', () => {
  const deletedAt = (deletionTimestamp?: string) =>
    transformBackendPod({ metadata: { deletionTimestamp } } as never).deletedAt;
  expect(deletedAt('2026-01-01T00:00:30Z')).toBe(Date.parse('2026-01-01T00:00:30Z'));
  expect(deletedAt()).toBeUndefined();
});

describe('what ended a pod of a backend', () => {
  type Status = NonNullable<Pod['status']>;
  const failed = (reason: string, exitCode: number): Status => ({
    phase: 'Failed',
    reason,
    conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' }],
    containerStatuses: [ended({ exitCode, reason: 'Error' })],
  });
  type End = { exitCode: number; reason: string; startedAt?: string; finishedAt?: string };
  const ended = (terminated: End): NonNullable<Status['containerStatuses']>[number] => ({
    name: 'app',
    ready: false,
    restartCount: 1,
    image: 'x',
    imageID: 'x',
    lastState: { terminated },
  });
  const metadata = { creationTimestamp: '2026-01-01T11:00:00Z', ownerReferences: [{ uid: 'set', controller: true }] };
  const transformed = (status: Status, changes: object = {}) =>
    transformBackendPod({ metadata: { ...metadata, ...changes }, status } as unknown as KubeObject);
  /** Its spec was changed at 12:00:00. */
  const changed = (subresource: string | undefined) => ({
    generation: 2,
    managedFields: [
      { manager: 'kube-controller-manager', time: metadata.creationTimestamp },
      { manager: 'vpa', subresource, time: '2026-01-01T12:00:00Z' },
      { manager: 'kubelet', subresource: 'status', time: '2026-01-01T12:30:00Z' },
    ],
  });
  const before = { startedAt: '2026-01-01T11:00:05Z', finishedAt: '2026-01-01T12:00:20Z' };
  const later = { ...before, finishedAt: '2026-01-01T12:06:00Z' };
  const earlier = { ...before, finishedAt: '2026-01-01T11:59:00Z' };
  const after = { startedAt: '2026-01-01T12:00:21Z', finishedAt: '2026-01-01T12:10:00Z' };

  test.for<[string, number]>([
    ['Evicted', 137],
    ['Terminated', 143],
    ['NodeShutdown', 137],
    ['Preempting', 137],
    ['OutOfcpu', 0],
  ])('a pod that ended as a whole (%s) is no pod of the backend any more', ([reason, exitCode]) => {
    const pod = transformed(failed(reason, exitCode));
    expect(pod.hasEnded).toBe(true);
    expect(isOfBackend(pod, deployment({ uid: 'uid' }), [{ ...replicaSet('c', 1), uid: 'set', ownerUid: 'uid' }])).toBe(
      false,
    );
  });

  test.for(['PreemptionByScheduler', 'EvictionByEvictionAPI', 'DeletionByTaintManager', 'DeletionByPodGC'])(
    'a pod that is disrupted (%s) is known',
    (reason) => {
      const of = (status: string) =>
        transformed({ phase: 'Running', conditions: [{ type: 'DisruptionTarget', status, reason }] });
      expect([of('True').isDisrupted, of('False').isDisrupted, of('True').hasEnded]).toEqual([true, false, false]);
    },
  );

  test.for<[string, End, object, boolean]>([
    ['with its node, which rebooted, has not crashed', { exitCode: 255, reason: 'Unknown' }, {}, false],
    ['by itself with 0 has not crashed', { exitCode: 0, reason: 'Completed' }, {}, false],
    ['by itself with 255 has crashed', { exitCode: 255, reason: 'Error' }, {}, true],
    ['unseen by the kubelet has not crashed', { exitCode: 137, reason: 'ContainerStatusUnknown' }, {}, false],
    ['by its liveness probe has crashed', { exitCode: 137, reason: 'Error' }, {}, true],
    ['for a resize has not crashed', { exitCode: 143, reason: 'Error', ...before }, changed('resize'), false],
    ['for another image has not crashed', { exitCode: 137, reason: 'Error', ...before }, changed(undefined), false],
    ['by its liveness probe since has crashed', { exitCode: 137, reason: 'Error', ...after }, changed('resize'), true],
    [
      'while somebody debugged it has crashed',
      { exitCode: 137, reason: 'Error', ...before },
      changed('ephemeralcontainers'),
      true,
    ],
    ['at a change that nobody has dated has crashed', { exitCode: 143, reason: 'Error' }, { generation: 2 }, true],
    ['with 1 for a resize has not crashed', { exitCode: 1, reason: 'Error', ...before }, changed('resize'), false],
    ['with 2 for a resize has not crashed', { exitCode: 2, reason: 'Error', ...before }, changed('resize'), false],
    ['with 130 for a resize has not crashed', { exitCode: 130, reason: 'Error', ...before }, changed('resize'), false],
    [
      'out of memory that a resize took has not crashed',
      { exitCode: 137, reason: 'OOMKilled', ...before },
      changed('resize'),
      false,
    ],
    ['with 1 long after a resize has crashed', { exitCode: 1, reason: 'Error', ...later }, changed('resize'), true],
    [
      'out of memory long after a resize has crashed',
      { exitCode: 137, reason: 'OOMKilled', ...later },
      changed('resize'),
      true,
    ],
    [
      'for a resize that waited for its node has not crashed',
      { exitCode: 143, reason: 'Error', ...later },
      changed('resize'),
      false,
    ],
    ['before a resize has crashed', { exitCode: 1, reason: 'Error', ...earlier }, changed('resize'), true],
  ])('a container that ended %s', ([, terminated, changes, isCrash]) => {
    const pod = transformed({ phase: 'Running', containerStatuses: [ended(terminated)] }, changes);
    expect(pod.containers[0]?.crash !== undefined).toBe(isCrash);
  });

  test.for<[string, string, object, boolean]>([
    ['has begun', 'PodResizeInProgress', { startedAt: '2026-01-01T13:59:00Z' }, false],
    ['began before its start', 'PodResizeInProgress', { startedAt: '2026-01-01T14:00:01Z' }, true],
    ['has not begun', 'PodResizePending', { startedAt: '2026-01-01T13:59:00Z' }, true],
  ])('a container that ended while a resize %s, requested long before', ([, type, start, isCrash]) => {
    const conditions = [{ type, status: 'True', lastTransitionTime: '2026-01-01T14:00:00Z' }] as Status['conditions'];
    const end = { exitCode: 1, reason: 'Error', ...before, ...start, finishedAt: '2026-01-01T14:00:05Z' };
    const status = { phase: 'Running', containerStatuses: [ended(end)], ...(conditions && { conditions }) };
    expect(transformed(status, changed('resize')).containers[0]?.crash !== undefined).toBe(isCrash);
  });

  test.for<[string, End, object, true | undefined]>([
    ['by itself has exited', { exitCode: 0, reason: 'Completed' }, {}, true],
    ['by its liveness probe since has exited', { exitCode: 0, reason: 'Completed', ...after }, changed('resize'), true],
    ['for a resize has not exited', { exitCode: 0, reason: 'Completed', ...before }, changed('resize'), undefined],
    ['with its node has not exited', { exitCode: 255, reason: 'Unknown' }, {}, undefined],
    ['by a crash has not exited', { exitCode: 1, reason: 'Error' }, {}, undefined],
  ])('a container that ended %s', ([, terminated, changes, hasExited]) => {
    const [container] = transformed({ phase: 'Running', containerStatuses: [ended(terminated)] }, changes).containers;
    expect(container?.hasExited).toBe(hasExited);
  });

  test.for<[string, End, object, true | undefined]>([
    ['with its node, which rebooted, was interrupted', { exitCode: 255, reason: 'Unknown' }, {}, true],
    ['unseen by the kubelet was interrupted', { exitCode: 137, reason: 'ContainerStatusUnknown' }, {}, true],
    ['for a resize was interrupted', { exitCode: 143, reason: 'Error', ...before }, changed('resize'), true],
    ['by itself with 0 was not interrupted', { exitCode: 0, reason: 'Completed' }, {}, undefined],
    ['by a crash was not interrupted', { exitCode: 255, reason: 'Error' }, {}, undefined],
  ])('a container that ended %s', ([, terminated, changes, wasInterrupted]) => {
    const [container] = transformed({ phase: 'Running', containerStatuses: [ended(terminated)] }, changes).containers;
    expect(container?.wasInterrupted).toBe(wasInterrupted);
  });

  test.for<[string, End, number | undefined]>([
    ['how long it ran before', { exitCode: 0, reason: 'Completed', ...before }, 3_615_000],
    ['nothing of a run that something else ended', { exitCode: 255, reason: 'Unknown', ...before }, undefined],
    ['nothing of a run of which nobody knows the start', { exitCode: 1, reason: 'Error' }, undefined],
  ])('a container that ended keeps %s', ([, terminated, lastRunMs]) => {
    const [container] = transformed({ phase: 'Running', containerStatuses: [ended(terminated)] }).containers;
    expect(container?.lastRunMs).toBe(lastRunMs);
  });

  test.for<[string, string, number]>([
    ['containerd', 'StartError', 128],
    ['Docker', 'ContainerCannotRun', 127],
  ])(
    'a container that %s cannot start has not crashed, and waits for what the runtime says',
    ([, reason, exitCode]) => {
      const message = 'failed to create task: OCI runtime create failed';
      const end = { exitCode, reason, message, startedAt: '1970-01-01T00:00:00Z', finishedAt: '2026-01-01T12:00:00Z' };
      const of = (state: NonNullable<ReturnType<typeof ended>['state']>) =>
        transformed({ phase: 'Running', containerStatuses: [{ ...ended(end), state }] }).containers[0];
      const isNoCrash = { crash: undefined, wasInterrupted: true };
      const failedToStart = { ...isNoCrash, waiting: { reason, message } };
      expect(of({ terminated: end })).toMatchObject(failedToStart);
      expect(of({ waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } })).toMatchObject(failedToStart);
      const other = { reason: 'CreateContainerError', message: 'no such image' };
      expect(of({ waiting: other })).toMatchObject({ ...isNoCrash, waiting: other });
      expect(of({ running: { startedAt: '2026-01-01T12:00:01Z' } })).toMatchObject({
        ...isNoCrash,
        waiting: undefined,
      });
    },
  );

  test('a container keeps whether it has no readiness probe', () => {
    const status = { phase: 'Running', containerStatuses: [ended({ exitCode: 1, reason: 'Error' })] };
    const isUnprobed = (readinessProbe?: object) =>
      transformBackendPod({
        spec: {
          containers: [
            { name: 'side', readinessProbe: {} },
            { name: 'app', readinessProbe },
          ],
        },
        status,
      } as unknown as KubeObject).containers[0]?.isUnprobed;
    expect([isUnprobed(), isUnprobed({ tcpSocket: { port: 1 } })]).toEqual([true, undefined]);
  });

  test('init containers and sidecars are told from the others, and come first', () => {
    const sidecar = { ...ended({ exitCode: 1, reason: 'Error' }), name: 'proxy' };
    const app = ended({ exitCode: 0, reason: 'Completed' });
    const { containers } = transformed({
      phase: 'Running',
      containerStatuses: [app],
      initContainerStatuses: [sidecar],
    });
    expect(containers).toMatchObject([{ name: 'proxy', isInit: true, crash: { exitCode: 1 } }, { name: app.name }]);
    expect(containers[1]?.isInit).toBeUndefined();
  });
});
