import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/types.ts';
import { transformProbeJob, transformProbePod } from '../../src/transform/probe-job.ts';

describe('a probe', () => {
  test('a probe Job has failed once its condition is True', () => {
    const job = (conditions: unknown[]) =>
      transformProbeJob({
        metadata: { name: 'j', annotations: { 'dbpool.dev/attempt': '2' } },
        status: { conditions },
      } as unknown as KubeObject);
    expect(job([{ type: 'Failed', status: 'False' }]).end).toBeUndefined();
    expect(
      job([
        { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ]),
    ).toMatchObject({
      attempt: 2,
      end: { succeeded: false, at: Date.UTC(2026, 0, 1), reason: 'BackoffLimitExceeded' },
    });
  });

  test('a probe pod that cannot be scheduled waits for that', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }];
    expect(
      transformProbePod({ metadata: { name: 'p' }, status: { conditions } } as unknown as KubeObject).waiting,
    ).toEqual({
      reason: 'Unschedulable',
      message: '0/1 nodes',
    });
  });
});
