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
import { deployment, NOW, pod, pods } from '../builders.ts';

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
    'replacing: pods of another template are left',
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
  expect(rolloutState(seen, NOW)).toEqual(state);
  expect(deploymentProgress(seen, NOW)).toEqual(
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
    expect(deploymentProgress(seen, NOW)?.message).toBe('0 of 1 updated pod is available');
    const replacing = { ...seen, status: { ...status, updatedReplicas: 0 } };
    expect(deploymentProgress(replacing, NOW)?.message).toBe('0 of 1 pod is updated');
  });

  test('a rollout without replicas is complete', () => {
    const seen = deploymentWith({ replicas: 0, updatedReplicas: 0, availableReplicas: 0 });
    const none = { ...seen, status: { ...seen.status, replicas: 0 } };
    expectRow(none, { phase: 'complete', old: 0, updated: 0, isReplacing: false }, undefined);
  });

  test('a rollout never has a negative number of old pods', () => {
    const seen = deploymentWith({ updatedReplicas: 5 });
    expect(rolloutState(seen, NOW)).toMatchObject({ old: 0, updated: 5 });
  });
});

describe('a rollout is in progress while pods of an older template exist', () => {
  const counted = (replicas: number, status: Partial<ObservedDeployment['status']>) => {
    const base = deployment();
    return { ...base, replicas, status: { ...base.status, ...status } };
  };
  const recreate = { kind: 'Recreate' } as const;

  test.for<readonly [string, ObservedDeployment, boolean]>([
    ['some pods are ill', counted(3, { availableReplicas: 1 }), false],
    ['all pods are ill', counted(3, { availableReplicas: 0 }), false],
    ['an autoscaler asks for more pods', counted(9, {}), false],
    ['an autoscaler asks for fewer pods', counted(1, {}), false],
    [
      'a quota keeps a pod from being made',
      counted(3, { replicas: 2, updatedReplicas: 2, availableReplicas: 2 }),
      false,
    ],
    [
      'the controller has not observed that an autoscaler asks for more pods',
      { ...counted(9, {}), generation: 2, wasScaledLast: true },
      false,
    ],
    [
      'the controller has observed neither that nor a change before it',
      { ...counted(9, {}), generation: 3, wasScaledLast: true },
      true,
    ],
    ['one old pod is left', counted(3, { replicas: 4 }), true],
    [
      'all old pods of a Recreate terminate',
      { ...counted(3, { replicas: 0, updatedReplicas: 0, availableReplicas: 0 }), strategy: recreate },
      true,
    ],
    [
      'a quota rejects the pods of a Recreate',
      {
        ...counted(3, { replicas: 0, updatedReplicas: 0, availableReplicas: 0, replicaFailure: 'exceeded quota' }),
        strategy: recreate,
      },
      false,
    ],
    [
      'a Recreate has made its first new pod',
      { ...counted(3, { replicas: 1, updatedReplicas: 1 }), strategy: recreate },
      false,
    ],
  ])('where %s', ([, seen, isReplacing]) => {
    expect(rolloutState(seen, NOW)).toMatchObject({ isReplacing });
  });
});

describe('the own deadline of a rollout', () => {
  const NEVER = 2_147_483_647;
  const MINUTES = 60_000;
  const midway = (progressedAt: number | undefined, progressDeadlineSeconds = NEVER): ObservedDeployment => ({
    ...deploymentWith({ updatedReplicas: 1, availableReplicas: 3, progressedAt }),
    progressDeadlineSeconds,
  });
  const stateOf = (seen: ObservedDeployment) => {
    const { phase, deadlineInMs } = rolloutState(seen, NOW);
    return [phase, deadlineInMs];
  };

  test.for<readonly [string, number | undefined, number, readonly [string, number | undefined]]>([
    ['without a progress deadline passes after 30 min', NOW - 30 * MINUTES, NEVER, ['deadlineExceeded', undefined]],
    ['without a progress deadline does not pass before', NOW - 29 * MINUTES, NEVER, ['replacing', MINUTES]],
    ['with one of an hour passes after 30 min', NOW - 30 * MINUTES, 3600, ['deadlineExceeded', undefined]],
    ['is that of the Deployment, if that is shorter', NOW - 9 * MINUTES, 600, ['replacing', MINUTES]],
    [
      'does not pass before the Deployment controller says so, if that is shorter',
      NOW - 60 * MINUTES,
      600,
      ['replacing', undefined],
    ],
    ['starts now if the last progress is in the future', NOW + 60 * MINUTES, 600, ['replacing', 10 * MINUTES]],
    ['does not run if the last progress is not known', undefined, NEVER, ['replacing', undefined]],
  ])('the own deadline of a rollout %s', ([, progressedAt, seconds, expected]) => {
    expect(stateOf(midway(progressedAt, seconds))).toEqual(expected);
  });

  test('the own deadline of a rollout runs in no other phase', () => {
    const long = NOW - 60 * MINUTES;
    const base = midway(long);
    const complete = { ...base, status: { ...base.status, updatedReplicas: 3 } };
    for (const seen of [complete, { ...base, paused: true }, { ...base, generation: 2 }])
      expect(stateOf(seen)).toEqual([expect.not.stringMatching('deadlineExceeded'), undefined]);
  });

  test('a rollout past its own deadline is stalled, and says since when and how far it is', () => {
    expect(deploymentProgress(midway(NOW - 30 * MINUTES), NOW)).toEqual({
      reason: 'ProgressDeadlineExceeded',
      isStalled: true,
      message: 'the rollout makes no progress since 2026-01-01T11:30:00Z: 1 of 3 pods are updated, 3 available',
    });
  });
});

test('a template for which no ReplicaSet can be created is stalled, and says why', () => {
  const replicaFailure = 'replicasets.apps is forbidden: exceeded quota';
  const seen = { ...deploymentWith({ replicaFailure }), generation: 2 };
  expect(deploymentProgress(seen, NOW)).toEqual({
    reason: 'ReplicaFailure',
    isStalled: true,
    message: `pods cannot be created: ${replicaFailure}`,
  });
});

describe('configProgress', () => {
  test('the progress of a configuration is that of the Deployment while that is not complete', () => {
    const seen = deploymentWith({ availableReplicas: 2 });
    expect(configProgress(seen, pods('a'), NOW)).toEqual(deploymentProgress(seen, NOW));
  });

  test('the progress of a configuration counts its ready pods, and no terminating one', () => {
    const some = [...pods('a', 1), pod('a', { isReady: false }), pod('a', { isTerminating: true })];
    expect(readyPods(some)).toHaveLength(1);
    const labelled = deployment({ labels: { profile: 'search', config: 'a' } });
    expect(configProgress(labelled, some, NOW)).toEqual({
      reason: 'RollingOut',
      isRolling: true,
      message: '1 of 3 updated pods are ready',
    });
    expect(configProgress(labelled, pods('a'), NOW)).toBeUndefined();
  });

  test('the progress of a configuration is that of the Deployment where its pods have lost the label', () => {
    expect(configProgress(deployment(), [], NOW)).toBeUndefined();
  });
});
