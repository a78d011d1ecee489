import { expect, test } from 'vitest';
import { transformAutoscaler } from '../../src/transform/autoscaler.ts';

test.for([
  ['Deployment', { namespace: 'shop', name: 'grows', target: 'api', maxReplicas: 9 }],
  ['StatefulSet', undefined],
] as const)('an autoscaler of a %s is kept as %j', ([kind, expected]) => {
  const spec = { maxReplicas: 9, scaleTargetRef: { apiVersion: 'apps/v1', kind, name: 'api' } };
  const object = { metadata: { namespace: 'shop', name: 'grows' }, spec } as Parameters<typeof transformAutoscaler>[0];
  expect(transformAutoscaler(object)).toEqual(expected);
});
