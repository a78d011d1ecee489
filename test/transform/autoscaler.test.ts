import { expect, test } from 'vitest';
import { transformAutoscaler } from '../../src/transform/autoscaler.ts';

test.for([
  ['Deployment', 'api'],
  ['StatefulSet', undefined],
] as const)('an autoscaler of a %s has the target %s', ([kind, target]) => {
  const spec = { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'api' } };
  const object = { metadata: { namespace: 'shop', name: 'grows' }, spec } as Parameters<typeof transformAutoscaler>[0];
  expect(transformAutoscaler(object)).toEqual({ namespace: 'shop', name: 'grows', target, maxReplicas: 9 });
});
