import { describe, expect, test } from 'vitest';
import { usageWhileRollingTo, backendUsage } from '../../../src/core/usage/backend-usage.ts';
import { type PoolUsage } from '../../../src/core/model/usage.ts';
import { peakSessions, currentSessions } from '../../../src/core/budget/peak.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { adopt, formatAdopted } from '../../../src/core/backend/adopted-variables.ts';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import {
  completedRollout,
  renderedConfigMap,
  deploymentUsing,
  container,
  deployment,
  NOW,
  observed,
  pods,
  profile,
  replicaSet,
  spec,
  variable,
} from '../builders.ts';
import { small, large, wanted, configMaps, literal, adopted, usageOf } from './builders.ts';

const byHand = deployment({ containers: [container(literal)] });

type Counts = Partial<Observed['deployment'] & object>['status'];
const counts = (changes: Partial<NonNullable<Counts>>) => ({ ...deployment().status, ...changes });

const waiting: ProfileStatus = {
  waitingFor: ['RolloutSlot'],
  conditions: [{ type: 'Ready', status: 'False', reason: 'RolloutQueued', message: '', lastTransitionTime: '' }],
};

/** `rolledOut`: the reason of the condition `RolledOut`. */
const stalledProfile = (reason: string, rolledOut = reason) =>
  profile({
    spec: { kind: 'valid', spec: spec() },
    status: {
      conditions: ['RolledOut', 'Stalled'].map((type) => ({
        type,
        status: type === 'Stalled' ? 'True' : 'False',
        reason: type === 'Stalled' ? reason : rolledOut,
        message: '',
        lastTransitionTime: '',
      })),
    },
  });

const midway = counts({ replicas: 4, updatedReplicas: 1 });

const fromShared: Partial<Observed> = { envFromData: [{ name: 'shared', data: { POOL_MAX: '70' } }] };
/** Carries the wanted numbers beside an `envFrom`. */
const sharing = (changes: Parameters<typeof deploymentUsing>[1]) => {
  const carried = deploymentUsing(wanted.name, changes);
  const envFrom = [{ kind: 'ConfigMap', name: 'shared', prefix: 'DB_' } as const];
  return { ...carried, containers: carried.containers.map((one) => ({ ...one, envFrom })) };
};

describe('the usage of a backend', () => {
  test.for<readonly [string, Partial<Observed>, Partial<PoolUsage>]>([
    ['with no variable: its old max is not known', {}, { phase: 'NotDue', newMax: 40, oldMax: undefined }],
    ['with a literal', { deployment: byHand }, { phase: 'NotDue', oldMax: 30 }],
    [
      'with two entries of the variable: the last one counts, as for the kubelet',
      {
        deployment: deployment({
          containers: [container(literal, variable('DB_POOL_MAX', { kind: 'value', value: '80' }))],
        }),
      },
      { phase: 'NotDue', oldMax: 80, remainingMax: 80 },
    ],
    [
      'whose last entry of the variable has no value that is known',
      {
        deployment: deployment({
          containers: [
            container(literal, variable('DB_POOL_MAX', { kind: 'other', description: 'key k of Secret s' })),
          ],
        }),
      },
      { phase: 'NotDue', oldMax: undefined },
    ],
    [
      'with a max from a ConfigMap of its envFrom',
      {
        deployment: deployment({
          containers: [{ ...container(), envFrom: [{ kind: 'ConfigMap', name: 'shared', prefix: 'DB_' }] }],
        }),
        envFromData: [{ name: 'shared', data: { POOL_MAX: '70' } }],
      },
      { phase: 'NotDue', oldMax: 70, remainingMax: 70 },
    ],
    [
      'in its first rollout, from a max of its envFrom',
      { ...fromShared, deployment: sharing({ status: midway }), replicaSets: [replicaSet(wanted.hash, 2, 1)] },
      { phase: 'Rolling', oldMax: 70, remainingMax: 70, rollbackMax: 70 },
    ],
    [
      'whose adopted variable overrides its envFrom',
      {
        ...fromShared,
        deployment: sharing({ status: midway, adoptedEnv: adopted }),
        replicaSets: [replicaSet(wanted.hash, 2, 1)],
      },
      { phase: 'Rolling', oldMax: 30, rollbackMax: 30 },
    ],
    [
      'with other settings of the profile',
      { deployment: deploymentUsing(small.name), replicaSets: [replicaSet(small.hash, 2, 3)] },
      { phase: 'NotDue', newMax: 40, oldMax: 20 },
    ],
    [
      'with the desired settings',
      {
        deployment: deploymentUsing(wanted.name),
        replicaSets: [replicaSet(wanted.hash, 2, 3)],
        pods: pods(wanted.hash),
      },
      { phase: 'UpToDate', oldMax: undefined },
    ],
    [
      'in its first rollout, from an adopted literal',
      {
        deployment: deploymentUsing(wanted.name, { adoptedEnv: adopted, status: midway }),
        replicaSets: [replicaSet(wanted.hash, 2, 1)],
      },
      { phase: 'Rolling', newMax: 40, oldMax: 30, pods: { old: 3, terminating: 0 } },
    ],
    [
      'whose new pods a quota rejects, of which there would be as many as old ones',
      {
        deployment: deploymentUsing(wanted.name, { adoptedEnv: adopted, status: counts({ updatedReplicas: 0 }) }),
        replicaSets: [replicaSet(wanted.hash, 2, 3)],
      },
      { phase: 'Rolling', newMax: 40, oldMax: 30, pods: { old: 3, terminating: 0 } },
    ],
    [
      'whose first rollout the Deployment controller has not observed',
      { deployment: deploymentUsing(wanted.name, { adoptedEnv: adopted, generation: 2 }) },
      { phase: 'Rolling', newMax: 40, oldMax: 30 },
    ],
    [
      'that is up to date, from a literal that no pod has any more',
      {
        deployment: deploymentUsing(small.name, { adoptedEnv: adopted, status: midway }),
        replicaSets: [replicaSet(large.hash, 1, 3), replicaSet(small.hash, 2, 1)],
      },
      { phase: 'Rolling', newMax: 20, oldMax: 80 },
    ],
    [
      'in a rollout from one configuration to the next',
      {
        deployment: deploymentUsing(wanted.name, { revision: 3, status: midway }),
        replicaSets: [replicaSet(small.hash, 2, 3), replicaSet(wanted.hash, 3, 1)],
      },
      { phase: 'Rolling', newMax: 40, oldMax: 20 },
    ],
    [
      'still in the rollout to what the spec asked for before',
      {
        deployment: deploymentUsing(large.name, { revision: 3, status: midway }),
        replicaSets: [replicaSet(small.hash, 2, 3), replicaSet(large.hash, 3, 1)],
      },
      { phase: 'Rolling', newMax: 80, oldMax: 20 },
    ],
    [
      'whose last old pods terminate',
      {
        deployment: deploymentUsing(wanted.name, { revision: 3 }),
        replicaSets: [replicaSet(wanted.hash, 3, 3), replicaSet(large.hash, 2, 0)],
        pods: [...pods(wanted.hash), ...pods(large.hash, 2).map((pod) => ({ ...pod, isTerminating: true }))],
      },
      { phase: 'UpToDate', newMax: 40, oldMax: 80, remainingMax: undefined, pods: { old: 0, terminating: 2 } },
    ],
    [
      'whose terminating pods have a larger max than those that stay',
      {
        deployment: deploymentUsing(small.name, { revision: 3 }),
        replicaSets: [replicaSet(small.hash, 3, 3), replicaSet(large.hash, 2, 0)],
        pods: [...pods(small.hash), ...pods(large.hash, 2).map((pod) => ({ ...pod, isTerminating: true }))],
      },
      { phase: 'NotDue', newMax: 40, oldMax: 80, remainingMax: 20 },
    ],
    [
      'whose rollout the Deployment controller has not observed',
      { deployment: deploymentUsing(wanted.name, { generation: 2 }) },
      { phase: 'Rolling', pods: { old: 3, updated: 0, terminating: 0 } },
    ],
    [
      'whose scale-down the Deployment controller has not observed',
      { deployment: deploymentUsing(wanted.name, { generation: 2, replicas: 0, status: counts({}) }) },
      { replicas: 3 },
    ],
    [
      'with pods of a deleted ReplicaSet, and pods without the label that the Deployment counts',
      {
        deployment: deploymentUsing(wanted.name, { status: counts({ terminatingReplicas: 2 }) }),
        replicaSets: [replicaSet(wanted.hash, 2, 3)],
        pods: pods(large.hash, 1).map((pod) => ({ ...pod, isTerminating: true, ownerUid: 'collected' })),
      },
      { pods: { old: 0, updated: 3, terminating: 3 } },
    ],
    [
      'that is to return to the settings of its terminating pods',
      {
        deployment: deploymentUsing(small.name, { revision: 3 }),
        replicaSets: [replicaSet(small.hash, 3, 3)],
        pods: [...pods(small.hash), ...pods(wanted.hash, 2).map((pod) => ({ ...pod, isTerminating: true }))],
      },
      { phase: 'NotDue', newMax: 40, oldMax: 40, remainingMax: 20 },
    ],
    [
      'in a rollout of a new image, while pods with a lower max terminate',
      {
        deployment: deploymentUsing(wanted.name, { revision: 4, status: midway }),
        replicaSets: [replicaSet(wanted.hash, 3, 3), replicaSet(wanted.hash, 4, 1)],
        pods: pods(small.hash, 2).map((pod) => ({ ...pod, isTerminating: true, ownerUid: 'collected' })),
      },
      { phase: 'Rolling', newMax: 40, oldMax: 40 },
    ],
    [
      'whose variable was set by hand and is repaired',
      {
        deployment: deploymentUsing(wanted.name, { revision: 4, status: midway }),
        replicaSets: [
          { ...replicaSet(wanted.hash, 3, 3), literalMax: { app: 99, side: 500 } },
          replicaSet(wanted.hash, 4, 1),
        ],
      },
      { phase: 'Rolling', newMax: 40, oldMax: 99 },
    ],
    [
      'whose variable is set by hand in the middle of the first rollout',
      {
        deployment: deployment({
          generation: 2,
          labels: { profile: 'search', config: wanted.hash },
          adoptedEnv: formatAdopted(adopt('app', [variable('DB_POOL_MAX', { kind: 'value', value: '90' }, 'helm')])),
          containers: [container(literal)],
        }),
        replicaSets: [replicaSet(wanted.hash, 2, 1)],
      },
      { phase: 'Rolling', newMax: 30, oldMax: 90 },
    ],
    [
      'whose rollout is stuck',
      { deployment: deploymentUsing(wanted.name, { status: { ...midway, deadlineExceeded: 'too late' } }) },
      { phase: 'Stuck' },
    ],
    [
      'whose rollout has no progress deadline, and made no progress for 30 min',
      {
        deployment: deploymentUsing(wanted.name, {
          progressDeadlineSeconds: 2_147_483_647,
          status: { ...midway, progressedAt: NOW - 1_800_000 },
        }),
      },
      { phase: 'Stuck', pods: { old: 3, updated: 1, terminating: 0 } },
    ],
    [
      'that an autoscaler scales up',
      { deployment: deploymentUsing(wanted.name, { replicas: 9, status: counts({}) }) },
      { phase: 'UpToDate', replicas: 9 },
    ],
    [
      'that a person scales down',
      { deployment: deploymentUsing(wanted.name, { replicas: 1, status: counts({}) }) },
      { phase: 'UpToDate', replicas: 3 },
    ],
    ...(
      [
        ['Suspended'],
        ['PasswordExpired', 'PreviousStepNotReady'],
        ['SpecInvalid', 'PreviousStepNotReady'],
        ['PreviousStepNotReady'],
        ['UndoneByUser'],
      ] as const
    ).map(
      ([reason, rolledOut]) =>
        [
          `whose new image is being rolled out, and whose profile is stalled: ${reason}`,
          { deployment: deploymentUsing(wanted.name, { status: midway }), profile: stalledProfile(reason, rolledOut) },
          { phase: 'Rolling' },
        ] as const,
    ),
    ...(['ImagePullBackOff', 'Unschedulable', 'NotReady'] as const).map(
      (reason) =>
        [
          `whose pods do not start: ${reason}`,
          { deployment: deploymentUsing(wanted.name, { status: midway }), profile: stalledProfile(reason) },
          { phase: 'Stuck' },
        ] as const,
    ),
    [
      'whose only pods are new and not ready',
      { deployment: deploymentUsing(wanted.name, { status: counts({ availableReplicas: 0 }) }) },
      { phase: 'UpToDate' },
    ],
    ['with an autoscaler', { deployment: byHand, maxReplicas: 9 }, { replicas: 3, maxReplicas: 9 }],
    [
      'whose status says that it is queued',
      { profile: profile({ status: waiting, spec: { kind: 'valid', spec: spec() } }) },
      { phase: 'Due' },
    ],
    [
      'whose status says so, and which is suspended since',
      { profile: profile({ status: waiting, spec: { kind: 'valid', spec: spec({ suspend: true }) } }) },
      { phase: 'NotDue' },
    ],
  ])('the usage of a backend %s', ([, changes, pools]) => {
    expect(usageOf(changes)?.pools).toMatchObject(pools);
  });

  test.for<readonly [string, Partial<Observed>]>([
    ['without a Deployment', { deployment: undefined }],
    ['that another profile claims', { claimedBy: { name: 'older', hasRolledOut: false } }],
    ['with an invalid spec', { profile: profile({ spec: { kind: 'invalid', problem: '', target: '' } }) }],
  ])('the usage of a backend %s is undefined', ([, changes]) => {
    expect(usageOf(changes)).toBeUndefined();
  });
});

test('a rollout that is being written counts as much for the others as for its own reconcile', () => {
  const [first, second] = [replicaSet(small.hash, 2, 3), replicaSet(large.hash, 3, 1)];
  const ending = pods(large.hash, 1).map((pod) => ({ ...pod, isTerminating: true }));
  const moments: readonly Partial<Observed>[] = [
    { deployment: byHand },
    { deployment: deploymentUsing(small.name), replicaSets: [first], pods: pods(small.hash) },
    // Edited in the middle of its own rollout.
    { deployment: deploymentUsing(large.name, { revision: 3, status: midway }), replicaSets: [first, second] },
    { deployment: deploymentUsing(small.name), replicaSets: [first], pods: [...pods(small.hash), ...ending] },
  ];
  for (const moment of moments) {
    const { profile: asking } = observed({ profile: profile({ spec: { kind: 'valid', spec: spec() } }) });
    const around = observed({ profile: asking, configMaps, ...moment });
    const [cached, own] = [backendUsage(around), backendUsage(around, { facts: undefined, isDue: true })];
    if (cached === undefined || own === undefined) throw new Error('there is a backend');
    expect(currentSessions(usageWhileRollingTo(cached, own.pools.newMax).pools).sessions).toBe(
      peakSessions(own.pools).sessions,
    );
  }
});

test('a stuck rollout counts with its sessions even if the next one is due', () => {
  const status = { ...midway, deadlineExceeded: 'too late' };
  const around = observed({
    profile: profile({ spec: { kind: 'valid', spec: spec() } }),
    configMaps,
    deployment: deploymentUsing(large.name, { revision: 3, status }),
    replicaSets: [replicaSet(small.hash, 2, 3), replicaSet(large.hash, 3, 1)],
  });
  const [cached, own] = [backendUsage(around), backendUsage(around, { facts: undefined, isDue: true })];
  if (cached === undefined) throw new Error('there is a backend');
  expect(cached).toMatchObject({ stuckSessions: undefined, pools: { phase: 'Stuck' } });
  expect(own).toMatchObject({ stuckSessions: currentSessions(cached.pools).sessions, pools: { phase: 'Due' } });
});

describe('terminating pods', () => {
  const end = (owner: ReturnType<typeof replicaSet> | undefined) =>
    pods(small.hash, 1).map((pod) => ({
      ...pod,
      ownerUid: owner?.uid,
      isTerminating: true,
      deletedAt: NOW + 3_600_000,
    }));
  const current = replicaSet(small.hash, 2, 3);
  const earlier = replicaSet(large.hash, 1);

  test.for<readonly [string, ReturnType<typeof pods>, number]>([
    ['of an earlier rollout are awaited', end(earlier), 1],
    ['of a deleted ReplicaSet are awaited', end(undefined), 1],
    ['of the newest template, which an autoscaler, a drain or a person removed, are not awaited', end(current), 0],
  ])('terminating pods %s, and are counted', ([, ended, awaitedPods]) => {
    const deployed = { deployment: deploymentUsing(small.name), replicaSets: [earlier, current] };
    expect(usageOf({ ...deployed, pods: [...pods(small.hash), ...ended] })).toMatchObject({
      awaitedPods,
      pools: { pods: { terminating: 1 } },
    });
  });
});

test('all pods are old until the Deployment controller has observed the new template', () => {
  const unseen = deploymentUsing(wanted.name, { generation: 2, replicas: 3 });
  const replicaSets = [replicaSet(small.hash, 2, 3)];
  expect(usageOf({ deployment: unseen, replicaSets })?.pools.pods).toEqual({ old: 3, updated: 0, terminating: 0 });
});

test.for([
  ['a Deployment of this name', 'search-api', true],
  ['another Deployment', 'orders-api', false],
] as const)('a backend without labels is in the queue as its rollout to %s says', ([, name, wasRolledBefore]) => {
  const rollout = { ...completedRollout, deployment: { name, uid: 'any' } };
  const configMaps = [renderedConfigMap(small, { state: { rollout } })];
  expect(usageOf({ configMaps, deployment: deployment() })).toMatchObject({ wasRolledBefore });
});
