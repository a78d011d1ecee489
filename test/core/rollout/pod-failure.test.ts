import { describe, expect, test } from 'vitest';
import type { ObservedDeployment, ObservedPod } from '../../../src/core/model/observed.ts';
import { deploymentUsing, NOW, pod } from '../builders.ts';
import { actionNames, recordedAnnotations, readyCondition, observedRollout, newConfig } from '../rollout-builders.ts';

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
    ['readiness that takes its time', unready, {}, 'RollingOut'],
    ['a start after the deadline', unready, { ...late, deadlineAt: NOW - 50_001 }, 'NotReady'],
  ])('a rollout does not fail by %s, which is reported', ([, change, status, reason]) => {
    const seen = observedRollout({ deployment: stuck(status), pods: [pod(newConfig.hash, change)] });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ status: 'False', reason });
  });

  test('a rollout is not judged where another user changed the template in it', () => {
    const seen = observedRollout({
      deployment: { ...stuck(), foreignTemplateHash: 'another image' },
      pods: [pod(newConfig.hash, waiting('CrashLoopBackOff'))],
    });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'TemplateChanged' });
  });
});
