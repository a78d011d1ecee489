import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/types.ts';
import { transformBackendPod, transformReplicaSet } from '../../src/transform/backend-pod.ts';

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

  test('a pod of a backend that exited with 0 has not crashed', () => {
    const ended = { name: 'app', ready: false, restartCount: 1, lastState: { terminated: { exitCode: 0 } } };
    const projected = transformBackendPod({ status: { containerStatuses: [ended] } } as unknown as KubeObject);
    expect(projected.containers[0]?.crash).toBeUndefined();
  });
});

test('a terminating pod keeps the time when it should have ended', () => {
  const deletedAt = (deletionTimestamp?: string) =>
    transformBackendPod({ metadata: { deletionTimestamp } } as never).deletedAt;
  expect(deletedAt('2026-01-01T00:00:30Z')).toBe(Date.parse('2026-01-01T00:00:30Z'));
  expect(deletedAt()).toBeUndefined();
});
