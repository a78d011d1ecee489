/** A transform is total: a cache would lose the object otherwise. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/types.ts';
import { transformAutoscaler } from '../../src/transform/autoscaler.ts';
import { transformBackendPod, transformReplicaSet } from '../../src/transform/backend-pod.ts';
import { transformConfigMap } from '../../src/transform/config-map.ts';
import { transformDeployment } from '../../src/transform/deployment.ts';
import { transformProbeJob, transformProbePod } from '../../src/transform/probe-job.ts';
import { transformProfile } from '../../src/transform/profile.ts';

test.for([{}, { metadata: {} }, { metadata: { labels: null }, spec: null, status: null }, { spec: { template: {} } }])(
  'an object as bare as %j still yields a value',
  (object) => {
    for (const transform of [
      transformProfile,
      transformDeployment,
      transformConfigMap,
      transformProbeJob,
      transformProbePod,
      transformBackendPod,
      transformReplicaSet,
      transformAutoscaler,
    ]) {
      expect(transform(object as unknown as KubeObject)).toHaveProperty('namespace', '');
    }
  },
);
