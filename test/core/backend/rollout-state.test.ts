import { describe, expect, test } from 'vitest';
import {
  configProgress,
  deploymentProgress,
  type Progress,
  readyPods,
  rolloutState,
  type RolloutState,
} from '../../../src/core/backend/rollout-state.ts';
import type { ObservedDeployment } from '../../../src/core/model/observed.ts';
import { deployment, pod, pods } from '../builders.ts';

type Changes = Partial<ObservedDeployment['status']> &
  Partial<Pick<ObservedDeployment, 'paused' | 'generation' | 'replicas'>>;

/** Three replicas, all of the newest template and available, unless `changes` says otherwise. */
function deploymentWith({ paused = false, generation = 1, replicas = 3, ...status }: Changes): ObservedDeployment {
  const base = deployment({ paused, generation });
  return { ...base, replicas, status: { ...base.status, ...status } };
}

const late = { deadlineExceeded: 'ReplicaSet "x" has timed out progressing.' };

type Row = readonly [string, Changes, RolloutState, (Omit<Progress, 'message'> & { message: RegExp }) | undefined];

const rows: readonly Row[] = [
  [
    'unobserved: the controller has not seen the newest template',
    { generation: 2 },
    { phase: 'unobserved', old: 3, updated: 0, isReplacing: true },
    { reason: 'RollingOut', isRolling: true, message: /observe generation 2/ },
  ],
  [
    'unobserved, before a deadline that an older generation exceeded',
    { generation: 2, ...late },
    { phase: 'unobserved', old: 3, updated: 0, isReplacing: true },
    { reason: 'RollingOut', isRolling: true, message: /observe generation 2/ },
  ],
  [
    'deadlineExceeded, with old pods left',
    { ...late, updatedReplicas: 1 },
    { phase: 'deadlineExceeded', old: 2, updated: 1, isReplacing: true },
    { reason: 'ProgressDeadlineExceeded', isStalled: true, message: /timed out progressing/ },
  ],
  [
    'deadlineExceeded, with new pods that are not available',
    { ...late, availableReplicas: 0 },
    { phase: 'deadlineExceeded', old: 0, updated: 3, isReplacing: false },
    { reason: 'ProgressDeadlineExceeded', isStalled: true, message: /timed out progressing/ },
  ],
  [
    'paused, with pods left to replace',
    { paused: true, updatedReplicas: 1 },
    { phase: 'paused', old: 2, updated: 1, isReplacing: true },
    { reason: 'DeploymentPaused', isStalled: true, message: /Resume it/ },
  ],
  [
    'complete though paused, where all pods are updated',
    { paused: true },
    { phase: 'complete', old: 0, updated: 3, isReplacing: false },
    undefined,
  ],
  [
    'replacing: pods of the newest template are missing',
    { updatedReplicas: 1, replicas: 3 },
    { phase: 'replacing', old: 2, updated: 1, isReplacing: true },
    { reason: 'RollingOut', isRolling: true, message: /^1 of 3 pods are updated$/ },
  ],
  [
    'starting: all pods are new and some are not available',
    { availableReplicas: 2 },
    { phase: 'starting', old: 0, updated: 3, isReplacing: false },
    { reason: 'RollingOut', isRolling: true, message: /^2 of 3 updated pods are available$/ },
  ],
  ['complete', {}, { phase: 'complete', old: 0, updated: 3, isReplacing: false }, undefined],
];

const expectRow = (seen: ObservedDeployment, state: RolloutState, progress: Row[3]) => {
  expect(rolloutState(seen)).toEqual(state);
  expect(deploymentProgress(seen)).toEqual(
    progress && { ...progress, message: expect.stringMatching(progress.message) as string },
  );
};

describe('the rollout state', () => {
  test.for(rows)('a rollout is %s', ([, changes, state, progress]) => {
    expectRow(deploymentWith(changes), state, progress);
  });

  test.for([
    [1, /^1 old pod is still there$/],
    [2, /^2 old pods are still there$/],
  ] as const)('a rollout is replacing while %i old pods are left beside all new ones', ([old, message]) => {
    const base = deployment();
    const seen = { ...base, status: { ...base.status, replicas: 3 + old } };
    const progress = { reason: 'RollingOut', isRolling: true, message } as const;
    expectRow(seen, { phase: 'replacing', old, updated: 3, isReplacing: true }, progress);
  });

  test('the rollout of one pod is reported in the singular', () => {
    const base = deployment();
    const status = { ...base.status, replicas: 1, updatedReplicas: 1, availableReplicas: 0 };
    const seen = { ...base, replicas: 1, status };
    expect(deploymentProgress(seen)?.message).toBe('0 of 1 updated pod is available');
    const replacing = { ...seen, status: { ...status, updatedReplicas: 0 } };
    expect(deploymentProgress(replacing)?.message).toBe('0 of 1 pod is updated');
  });

  test('a rollout without replicas is complete', () => {
    const seen = deploymentWith({ replicas: 0, updatedReplicas: 0, availableReplicas: 0 });
    const none = { ...seen, status: { ...seen.status, replicas: 0 } };
    expectRow(none, { phase: 'complete', old: 0, updated: 0, isReplacing: false }, undefined);
  });

  test('a rollout never has a negative number of old pods', () => {
    const seen = deploymentWith({ updatedReplicas: 5 });
    expect(rolloutState(seen)).toMatchObject({ old: 0, updated: 5 });
  });
});

describe('configProgress', () => {
  test('the progress of a configuration is that of the Deployment while that is not complete', () => {
    const seen = deploymentWith({ availableReplicas: 2 });
    expect(configProgress(seen, pods('a'))).toEqual(deploymentProgress(seen));
  });

  test('the progress of a configuration counts its ready pods, and no terminating one', () => {
    const some = [...pods('a', 1), pod('a', { isReady: false }), pod('a', { isTerminating: true })];
    expect(readyPods(some)).toHaveLength(1);
    expect(configProgress(deployment(), some)).toEqual({
      reason: 'RollingOut',
      isRolling: true,
      message: '1 of 3 updated pods are ready',
    });
    expect(configProgress(deployment(), pods('a'))).toBeUndefined();
  });
});
