import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedDeployment } from '../../../src/core/model/observed.ts';
import { deploymentUsing, NOW, pod, pods, renderedConfigMap, succeededState } from '../builders.ts';
import {
  conditionOf,
  actionNames,
  recordedAnnotations,
  oldConfig,
  readyCondition,
  observedRollout,
  newConfig,
} from '../rollout-builders.ts';

describe('a rollout in progress', () => {
  type Rollout = Partial<ObservedDeployment['status']> & Partial<Pick<ObservedDeployment, 'paused' | 'generation'>>;
  test.for<[string, Rollout, string, RegExp, boolean]>([
    [
      'the controller has not seen the new template',
      { observedGeneration: 0 },
      'RollingOut',
      /observe generation 1/,
      false,
    ],
    ['some pods are new', { updatedReplicas: 1, replicas: 4 }, 'RollingOut', /1 of 3 pods are updated/, false],
    ['old pods are still there', { replicas: 4 }, 'RollingOut', /1 old pod is still there/, false],
    ['new pods are not available', { availableReplicas: 2 }, 'RollingOut', /2 of 3 updated pods are available/, false],
    ['it is paused', { paused: true, updatedReplicas: 0 }, 'DeploymentPaused', /paused/, true],
    ['no pod can be created', { replicaFailure: 'exceeded quota: pods' }, 'ReplicaFailure', /exceeded quota/, true],
    [
      'its deadline is exceeded, and no pod says why',
      { updatedReplicas: 1, deadlineExceeded: 'timed out progressing' },
      'ProgressDeadlineExceeded',
      /timed out/,
      true,
    ],
  ])(
    'a rollout is not complete: %s',
    ([, { paused = false, generation = 1, ...status }, reason, message, isStalled]) => {
      const base = deploymentUsing(newConfig.name, { paused, generation });
      const seen = observedRollout({ deployment: { ...base, status: { ...base.status, ...status } } });
      expect(conditionOf(seen, 'RolledOut')).toMatchObject({ status: 'False', reason });
      expect(conditionOf(seen, 'RolledOut')?.message).toMatch(message);
      expect(conditionOf(seen, 'Stalled') !== undefined).toBe(isStalled);
      expect(actionNames(seen)).toEqual([]);
    },
  );

  test('a rollout is counted by what each pod runs', () => {
    const some = [
      ...pods(newConfig.hash, 2),
      pod(oldConfig.hash),
      pod(newConfig.hash, { isReady: false }),
      pod(newConfig.hash, { isTerminating: true }),
    ];
    const seen = observedRollout({ pods: some });
    expect(decide(seen).status.pods).toEqual({ available: 3, desired: 3, updated: 3, summary: '3/3' });
    expect(readyCondition(seen)?.message).toContain('2 of 3 updated pods are ready');
  });

  test('a rollout of a Deployment without replicas is complete, but its settings are not good', () => {
    const seen = observedRollout({ deployment: deploymentUsing(newConfig.name, { replicas: 0 }), pods: [] });
    expect(
      decide({ ...seen, configMaps: [renderedConfigMap(newConfig, { state: succeededState })] }).status,
    ).toMatchObject({
      pods: { available: 0, desired: 0, updated: 0, summary: '0/0' },
    });
    expect(actionNames(seen)).toEqual([]);
    expect(conditionOf(seen, 'RolledOut')).toMatchObject({ status: 'True', reason: 'RolledOut' });
    expect(conditionOf(seen, 'RolledOut')?.message).toContain(
      'has 0 replicas. The settings are observed once there are pods',
    );
    expect(decide(seen).status.lastGood).toMatchObject({ hash: oldConfig.hash });
    expect(decide(seen).status.history?.[0]).toMatchObject({ result: 'InProgress' });
  });

  test('a rollout without a recorded start is monitored from where it is', () => {
    const seen = observedRollout({ configMaps: [renderedConfigMap(newConfig)] });
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/rollout'] ?? '')).toMatchObject({
      revision: 1,
      startedAt: NOW,
    });
  });
});

test('a Deployment that was just scaled down shows no more pods than it asks for', () => {
  const seen = observedRollout({
    configMaps: [renderedConfigMap(newConfig, { state: succeededState })],
    deployment: deploymentUsing(newConfig.name, { replicas: 2 }),
  });
  expect(decide(seen).status.pods).toEqual({ available: 2, desired: 2, updated: 2, summary: '2/2' });
});
