import { describe, expect, test } from 'vitest';
import { usageWhileRollingTo, backendUsage } from '../../../src/core/usage/backend-usage.ts';
import { type PoolUsage } from '../../../src/core/model/usage.ts';
import { peakSessions, currentSessions } from '../../../src/core/budget/peak.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { formatAdopted } from '../../../src/core/backend/adopted-variables.ts';
import { answersKeyOf } from '../../../src/core/probe/pod.ts';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import {
  carrying,
  container,
  DATABASE,
  deployment,
  NOW,
  observed,
  pods,
  profile,
  rendered,
  replicaSet,
  ROLLED,
  SETTLED,
  spec,
  variable,
} from '../builders.ts';

const of = (max: number) => poolConfig('search', spec({ pool: { max } }).pool);
const [small, large, wanted] = [of(20), of(80), of(40)];
const all = [small, large, wanted].map((one) => rendered(one));

const literal = variable('DB_POOL_MAX', { kind: 'value', value: '30' }, 'kubectl');
const byHand = deployment({ containers: [container(literal)] });
const adopted = formatAdopted('app', [literal]);

type Counts = Partial<Observed['deployment'] & object>['status'];
const counts = (changes: Partial<NonNullable<Counts>>) => ({ ...deployment().status, ...changes });

const seen = (changes: Partial<Observed>) =>
  backendUsage(observed({ profile: profile({ spec: { kind: 'valid', spec: spec() } }), configMaps: all, ...changes }));

const waiting: ProfileStatus = {
  conditions: [{ type: 'Ready', status: 'False', reason: 'RolloutQueued', message: '', lastTransitionTime: '' }],
};

const midway = counts({ replicas: 4, updatedReplicas: 1 });

const fromShared: Partial<Observed> = { envFromData: [{ name: 'shared', data: { POOL_MAX: '70' } }] };
/** Carries the wanted numbers beside an `envFrom`. */
const sharing = (changes: Parameters<typeof carrying>[1]) => {
  const carried = carrying(wanted.name, changes);
  const envFrom = [{ kind: 'ConfigMap', name: 'shared', prefix: 'DB_' } as const];
  return { ...carried, containers: carried.containers.map((one) => ({ ...one, envFrom })) };
};

describe('a backend', () => {
  test.for<readonly [string, Partial<Observed>, Partial<PoolUsage>]>([
    ['with nothing set: what runs is not known', {}, { phase: 'NotDue', newMax: 40, oldMax: undefined }],
    ['with a literal', { deployment: byHand }, { phase: 'NotDue', oldMax: 30 }],
    [
      'with what a ConfigMap of its envFrom says',
      {
        deployment: deployment({
          containers: [{ ...container(), envFrom: [{ kind: 'ConfigMap', name: 'shared', prefix: 'DB_' }] }],
        }),
        envFromData: [{ name: 'shared', data: { POOL_MAX: '70' } }],
      },
      { phase: 'NotDue', oldMax: 70, remainingMax: 70 },
    ],
    [
      'that is rolled for the first time, from what its envFrom says',
      { ...fromShared, deployment: sharing({ status: midway }), replicaSets: [replicaSet(wanted.hash, 2, 1)] },
      { phase: 'Rolling', oldMax: 70, remainingMax: 70, rollbackMax: 70 },
    ],
    [
      'that adopted what was nearer than its envFrom',
      {
        ...fromShared,
        deployment: sharing({ status: midway, adoptedEnv: adopted }),
        replicaSets: [replicaSet(wanted.hash, 2, 1)],
      },
      { phase: 'Rolling', oldMax: 30, rollbackMax: 30 },
    ],
    [
      'with other numbers of the profile',
      { deployment: carrying(small.name), replicaSets: [replicaSet(small.hash, 2, 3)] },
      { phase: 'NotDue', newMax: 40, oldMax: 20 },
    ],
    [
      'with the wanted numbers',
      { deployment: carrying(wanted.name), replicaSets: [replicaSet(wanted.hash, 2, 3)], pods: pods(wanted.hash) },
      { phase: 'UpToDate', oldMax: undefined },
    ],
    [
      'that is rolled for the first time, from a literal that was adopted',
      {
        deployment: carrying(wanted.name, { adoptedEnv: adopted, status: midway }),
        replicaSets: [replicaSet(wanted.hash, 2, 1)],
      },
      { phase: 'Rolling', newMax: 40, oldMax: 30, pods: { old: 3, terminating: 0 } },
    ],
    [
      'whose new pods a quota refuses, of which there would be as many as old ones',
      {
        deployment: carrying(wanted.name, { adoptedEnv: adopted, status: counts({ updatedReplicas: 0 }) }),
        replicaSets: [replicaSet(wanted.hash, 2, 3)],
      },
      { phase: 'Rolling', newMax: 40, oldMax: 30, pods: { old: 3, terminating: 0 } },
    ],
    [
      'whose first rollout the controller has not seen',
      { deployment: carrying(wanted.name, { adoptedEnv: adopted, generation: 2 }) },
      { phase: 'Rolling', newMax: 40, oldMax: 30 },
    ],
    [
      'that came to its numbers, from a literal that nobody runs any more',
      {
        deployment: carrying(small.name, { adoptedEnv: adopted, status: midway }),
        replicaSets: [replicaSet(large.hash, 1, 3), replicaSet(small.hash, 2, 1)],
      },
      { phase: 'Rolling', newMax: 20, oldMax: 80 },
    ],
    [
      'that is rolled from one configuration to the next',
      {
        deployment: carrying(wanted.name, { revision: 3, status: midway }),
        replicaSets: [replicaSet(small.hash, 2, 3), replicaSet(wanted.hash, 3, 1)],
      },
      { phase: 'Rolling', newMax: 40, oldMax: 20 },
    ],
    [
      'that is still rolled to what the spec asked for before',
      {
        deployment: carrying(large.name, { revision: 3, status: midway }),
        replicaSets: [replicaSet(small.hash, 2, 3), replicaSet(large.hash, 3, 1)],
      },
      { phase: 'Rolling', newMax: 80, oldMax: 20 },
    ],
    [
      'whose last old pods terminate',
      {
        deployment: carrying(wanted.name, { revision: 3 }),
        replicaSets: [replicaSet(wanted.hash, 3, 3), replicaSet(large.hash, 2, 0)],
        pods: [...pods(wanted.hash), ...pods(large.hash, 2).map((pod) => ({ ...pod, isTerminating: true }))],
      },
      { phase: 'UpToDate', newMax: 40, oldMax: 80, remainingMax: undefined, pods: { old: 0, terminating: 2 } },
    ],
    [
      'whose pods with more terminate, while it stays with less',
      {
        deployment: carrying(small.name, { revision: 3 }),
        replicaSets: [replicaSet(small.hash, 3, 3), replicaSet(large.hash, 2, 0)],
        pods: [...pods(small.hash), ...pods(large.hash, 2).map((pod) => ({ ...pod, isTerminating: true }))],
      },
      { phase: 'NotDue', newMax: 40, oldMax: 80, remainingMax: 20 },
    ],
    [
      'whose rollout the controller has not seen',
      { deployment: carrying(wanted.name, { generation: 2 }) },
      { phase: 'Rolling', pods: { old: 3, updated: 0, terminating: 0 } },
    ],
    [
      'that was scaled down, which the controller has not seen',
      { deployment: carrying(wanted.name, { generation: 2, replicas: 0, status: counts({}) }) },
      { replicas: 3 },
    ],
    [
      'with pods of a ReplicaSet that was collected, besides those without our label that the Deployment counts',
      {
        deployment: carrying(wanted.name, { status: counts({ terminatingReplicas: 2 }) }),
        replicaSets: [replicaSet(wanted.hash, 2, 3)],
        pods: pods(large.hash, 1).map((pod) => ({ ...pod, isTerminating: true, ownerUid: 'collected' })),
      },
      { pods: { old: 0, updated: 3, terminating: 3 } },
    ],
    [
      'that is to go back to what its terminating pods have',
      {
        deployment: carrying(small.name, { revision: 3 }),
        replicaSets: [replicaSet(small.hash, 3, 3)],
        pods: [...pods(small.hash), ...pods(wanted.hash, 2).map((pod) => ({ ...pod, isTerminating: true }))],
      },
      { phase: 'NotDue', newMax: 40, oldMax: 40, remainingMax: 20 },
    ],
    [
      'that is rolled for a new image, while pods with less terminate',
      {
        deployment: carrying(wanted.name, { revision: 4, status: midway }),
        replicaSets: [replicaSet(wanted.hash, 3, 3), replicaSet(wanted.hash, 4, 1)],
        pods: pods(small.hash, 2).map((pod) => ({ ...pod, isTerminating: true, ownerUid: 'collected' })),
      },
      { phase: 'Rolling', newMax: 40, oldMax: 40 },
    ],
    [
      'whose variable was set by hand, and is put right',
      {
        deployment: carrying(wanted.name, { revision: 4, status: midway }),
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
          adoptedEnv: formatAdopted('app', [variable('DB_POOL_MAX', { kind: 'value', value: '90' }, 'helm')]),
          containers: [container(literal)],
        }),
        replicaSets: [replicaSet(wanted.hash, 2, 1)],
      },
      { phase: 'Rolling', newMax: 30, oldMax: 90 },
    ],
    [
      'whose rollout does not get on',
      { deployment: carrying(wanted.name, { status: { ...midway, deadlineExceeded: 'too late' } }) },
      { phase: 'Stuck' },
    ],
    [
      'whose new pods are not ready, but the only ones',
      { deployment: carrying(wanted.name, { status: counts({ availableReplicas: 0 }) }) },
      { phase: 'UpToDate' },
    ],
    ['that is grown by an autoscaler', { deployment: byHand, maxReplicas: 9 }, { replicas: 3, maxReplicas: 9 }],
    [
      'that says it waits for its turn',
      { profile: profile({ status: waiting, spec: { kind: 'valid', spec: spec() } }) },
      { phase: 'Due' },
    ],
    [
      'that said so and is suspended since',
      { profile: profile({ status: waiting, spec: { kind: 'valid', spec: spec({ suspend: true }) } }) },
      { phase: 'NotDue' },
    ],
  ])('%s', ([, changes, pools]) => {
    expect(seen(changes)?.pools).toMatchObject(pools);
  });

  test.for<readonly [string, Partial<Observed>]>([
    ['that is not there', { deployment: undefined }],
    ['of another profile', { competitors: [profile({ name: 'older', createdAt: 0 })] }],
    ['of a spec that cannot be read', { profile: profile({ spec: { kind: 'invalid', problem: '', target: '' } }) }],
  ])('%s is nobody’s', ([, changes]) => {
    expect(seen(changes)).toBeUndefined();
  });
});

test('counts as much while its rollout is being written as its own look foresaw', () => {
  const [first, second] = [replicaSet(small.hash, 2, 3), replicaSet(large.hash, 3, 1)];
  const ending = pods(large.hash, 1).map((pod) => ({ ...pod, isTerminating: true }));
  const moments: readonly Partial<Observed>[] = [
    { deployment: byHand },
    { deployment: carrying(small.name), replicaSets: [first], pods: pods(small.hash) },
    // Edited in the middle of its own rollout.
    { deployment: carrying(large.name, { revision: 3, status: midway }), replicaSets: [first, second] },
    { deployment: carrying(small.name), replicaSets: [first], pods: [...pods(small.hash), ...ending] },
  ];
  for (const moment of moments) {
    const { profile: asking } = observed({ profile: profile({ spec: { kind: 'valid', spec: spec() } }) });
    const around = observed({ profile: asking, configMaps: all, ...moment });
    const [cached, own] = [backendUsage(around), backendUsage(around, { facts: undefined, isDue: true })];
    if (cached === undefined || own === undefined) throw new Error('there is a backend');
    expect(currentSessions(usageWhileRollingTo(cached, own.pools.newMax).pools).sessions).toBe(
      peakSessions(own.pools).sessions,
    );
  }
});

describe('pods that terminate', () => {
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
    ['of a ReplicaSet that is gone are awaited', end(undefined), 1],
    ['that an autoscaler, a drain or a person took from the rollout that stands are not', end(current), 0],
  ])('%s, and are counted', ([, ended, awaitedPods]) => {
    const deployed = { deployment: carrying(small.name), replicaSets: [earlier, current] };
    expect(seen({ ...deployed, pods: [...pods(small.hash), ...ended] })).toMatchObject({
      awaitedPods,
      pools: { pods: { terminating: 1 } },
    });
  });
});

test('before the controller has seen a new template, all pods are old', () => {
  const unseen = carrying(wanted.name, { generation: 2, replicas: 3 });
  const replicaSets = [replicaSet(small.hash, 2, 3)];
  expect(seen({ deployment: unseen, replicaSets })?.pools.pods).toEqual({ old: 3, updated: 0, terminating: 0 });
});

describe('what may come back by itself', () => {
  const ROLLED_NOW = { ...ROLLED, startedAt: NOW - 1000, completedAt: undefined };
  const before = rendered(large, { state: SETTLED });
  const onWanted = { deployment: carrying(wanted.name, { adoptedEnv: adopted }), pods: pods(wanted.hash) };

  test.for<readonly [string, Partial<Observed>, number | undefined]>([
    [
      'is what was good before, while the new numbers are observed',
      { configMaps: [before, rendered(wanted, { state: { rollout: ROLLED_NOW } })] },
      80,
    ],
    [
      'is so again for numbers that were good before those',
      { configMaps: [before, rendered(wanted, { state: { rollout: ROLLED_NOW, lastGood: { at: NOW - 5000 } } })] },
      80,
    ],
    ['is what was adopted, where nothing was good', { configMaps: [rendered(wanted)] }, 30],
    [
      'is no other Deployment’s',
      {
        configMaps: [
          rendered(wanted),
          rendered(large, { state: { ...SETTLED, rollout: { ...ROLLED, deployment: 'other' } } }),
        ],
      },
      30,
    ],
    [
      'is nothing once they have proven good',
      { configMaps: [before, rendered(wanted, { state: SETTLED })] },
      undefined,
    ],
    [
      'is nothing where a failure is only held',
      {
        configMaps: [before, rendered(wanted)],
        profile: profile({ spec: { kind: 'valid', spec: spec({ rollout: { onFailure: 'Hold' } }) } }),
      },
      undefined,
    ],
    [
      'is still there when the spec asks for other numbers meanwhile',
      {
        configMaps: [before, rendered(wanted)],
        profile: profile({ spec: { kind: 'valid', spec: spec({ pool: { max: 50 } }) } }),
      },
      80,
    ],
  ])('%s', ([, changes, rollbackMax]) => {
    expect(seen({ ...onWanted, ...changes })?.pools.rollbackMax).toBe(rollbackMax);
  });
});

test('credentials are the same where the Secret and its key are', () => {
  const credentials = (credentialsSecretRef: object) => {
    const asked = spec({ database: { ...DATABASE, credentialsSecretRef } });
    return seen({ profile: profile({ spec: { kind: 'valid', spec: asked } }) })?.database.usernameSource;
  };
  const one = credentials({ name: 'db' });
  expect(credentials({ name: 'db', usernameKey: 'DB_USER', passwordKey: 'OTHER' })).toBe(one);
  expect(credentials({ name: 'db', usernameKey: 'OWNER' })).not.toBe(one);
  expect(credentials({ name: 'other' })).not.toBe(one);
});

describe('what a probe has learnt', () => {
  const keyOf = (connectString: string) => {
    const { database } = spec({ database: { ...DATABASE, connectString } });
    return database === undefined ? '' : answersKeyOf(database);
  };
  const of = keyOf(DATABASE.connectString);
  const limits = { sessionsPerUser: '30' };
  const identity = { uniqueName: 'FREE', pdbName: 'PDB1', user: 'APP' };
  const learnt = (status: ProfileStatus) =>
    seen({ profile: profile({ status, spec: { kind: 'valid', spec: spec() } }) })?.database.facts;

  test('counts for the database that the spec names', () => {
    expect(learnt({ database: { connectStringHash: of, identity, limits } })).toEqual({
      identity: { uniqueName: 'FREE', pdbName: 'PDB1' },
      limits,
      user: 'APP',
    });
  });

  test('is not believed of another one', () => {
    expect(learnt({ database: { connectStringHash: keyOf('other'), identity, limits } })).toBeUndefined();
  });

  test('names nothing where the name was struck out', () => {
    expect(
      learnt({ database: { connectStringHash: of, identity: { ...identity, uniqueName: '***' } } })?.identity,
    ).toBeUndefined();
  });
});
