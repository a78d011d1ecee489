import { describe, expect, test } from 'vitest';
import { projectDeployment } from '../../src/transform/transform.ts';
import { projectPod } from '../../src/transform/backend-pod.ts';
import { projectAutoscaler, strategyOf } from '../../src/transform/strategy.ts';
import { DEFAULT_STRATEGY } from '../../src/core/model/strategy.ts';

describe('a strategy', () => {
  test.for<readonly [string, unknown, ReturnType<typeof strategyOf>]>([
    ['that is not said is the default', undefined, DEFAULT_STRATEGY],
    ['of recreating', { type: 'Recreate' }, { kind: 'Recreate' }],
    [
      'of numbers and shares',
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: '30%', maxUnavailable: 0 } },
      { kind: 'RollingUpdate', maxSurge: '30%', maxUnavailable: 0 },
    ],
    [
      'that makes no sense is the default',
      { rollingUpdate: { maxSurge: 'many', maxUnavailable: -1 } },
      DEFAULT_STRATEGY,
    ],
  ])('%s', ([, strategy, is]) => {
    expect(strategyOf(strategy as Parameters<typeof strategyOf>[0])).toEqual(is);
  });
});

test('of a Deployment, the pods that terminate and the readiness probe of each container are kept', () => {
  const containers = [{ name: 'app', readinessProbe: { tcpSocket: { port: 1 } } }, { name: 'side' }];
  const seen = projectDeployment({
    spec: { template: { spec: { containers } } },
    status: { terminatingReplicas: 2 },
  } as Parameters<typeof projectDeployment>[0]);
  expect(seen.status.terminatingReplicas).toBe(2);
  expect(seen.containers.map(({ hasReadinessProbe }) => hasReadinessProbe)).toEqual([true, false]);
});

test('of a pod, when it should have ended is kept', () => {
  const deletedAt = (deletionTimestamp?: string) => projectPod({ metadata: { deletionTimestamp } } as never).deletedAt;
  expect(deletedAt('2026-01-01T00:00:30Z')).toBe(Date.parse('2026-01-01T00:00:30Z'));
  expect(deletedAt()).toBeUndefined();
});

test.for([
  ['Deployment', 'api'],
  ['StatefulSet', undefined],
] as const)('of an autoscaler of a %s, the target is %s', ([kind, target]) => {
  const spec = { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'api' } };
  const object = { metadata: { namespace: 'shop', name: 'grows' }, spec } as Parameters<typeof projectAutoscaler>[0];
  expect(projectAutoscaler(object)).toEqual({ namespace: 'shop', name: 'grows', target, maxReplicas: 9 });
});
