/** A transform is total: a cache would lose the object otherwise. */
import { expect, test } from 'vitest';
import { toRfc3339 } from '../../src/core/model/time.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { transformAutoscaler } from '../../src/transform/autoscaler.ts';
import { transformBackendPod, transformReplicaSet } from '../../src/transform/backend-pod.ts';
import { transformConfigMap } from '../../src/transform/config-map.ts';
import { transformDeployment } from '../../src/transform/deployment.ts';
import { milliseconds } from '../../src/transform/metadata.ts';
import { transformProbeJob, transformProbePod } from '../../src/transform/probe-job.ts';
import { transformProfile } from '../../src/transform/profile.ts';

test.for([{}, { metadata: {} }, { metadata: { labels: null }, spec: null, status: null }, { spec: { template: {} } }])(
  'an object as bare as %j still yields a value',
  (object) => {
    for (const transform of [
      transformProfile,
      transformDeployment,
      transformProbeJob,
      transformProbePod,
      transformBackendPod,
      transformReplicaSet,
    ]) {
      expect(transform(object as unknown as KubeObject)).toHaveProperty('namespace', '');
    }
    for (const transform of [transformConfigMap, transformAutoscaler])
      expect(transform(object as unknown as KubeObject)).toBeUndefined();
  },
);

test.for([
  ['+275760-09-13T00:00:00Z', '9999-01-01T00:00:00Z'],
  ['9999-12-31T23:59:59Z', '9999-01-01T00:00:00Z'],
  ['-271821-04-20T00:00:00Z', '1970-01-01T00:00:00Z'],
  ['now', '1970-01-01T00:00:00Z'],
] as const)('the time %s counts as %s: it can be shown, and a pause can be added', ([text, time]) => {
  expect(toRfc3339(milliseconds(text))).toBe(time);
});
