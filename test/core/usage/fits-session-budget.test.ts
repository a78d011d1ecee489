import { describe, expect, test } from 'vitest';
import { OVERDUE_MS } from '../../../src/core/usage/backend-usage.ts';
import type { BackendUsage } from '../../../src/core/model/usage.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import {
  container,
  deploymentUsing,
  DATABASE,
  deployment,
  NOW,
  observed,
  pods,
  profile,
  renderedConfigMap,
  replicaSet,
  SETTINGS,
  succeededState,
  shared,
  spec,
} from '../builders.ts';
import { neighbour } from '../budget/builders.ts';

type Sessions = { readonly limit?: number; readonly policy?: string; readonly reserve?: number };

/** Three replicas, one of surge, max 40: 280 at the peak. */
const asks = (sessions: Sessions, max = 40, rest: object = {}) =>
  profile({
    spec: {
      kind: 'valid',
      spec: spec({
        pool: { max },
        probe: { policy: 'Disabled' },
        database: { ...DATABASE, sessions: { reserve: 0, ...sessions } },
        ...rest,
      }),
    },
  });

const config = poolConfig('search', spec().pool);
const due = (sessions: Sessions, others: readonly BackendUsage[] = [], changes: Partial<Observed> = {}) =>
  observed({
    profile: asks(sessions),
    configMaps: [renderedConfigMap(config)],
    shared: shared({ budget: { group: 'FREE/PDB1', members: others } }),
    ...changes,
  });

const silent = { limit: undefined, reserve: 0 };
const resting = (name: string, sessions: number) => neighbour(name, sessions, { database: silent });
const rolling = (name: string) => neighbour(name, 1, { pools: { phase: 'Rolling' }, database: silent });
const isRolled = (seen: Observed) => decide(seen).actions.some(({ object }) => object.kind === 'Deployment');
const condition = (seen: Observed, type: string) => decide(seen).status.conditions?.find((one) => one.type === type);

/** One pod of an earlier rollout whose grace period ended then. */
const terminating = (deletedAt: number): Partial<Observed> => ({
  pods: pods('0000000000', 1).map((pod) => ({ ...pod, isTerminating: true, deletedAt })),
});

const terminatingUnlabelled: Partial<Observed> = {
  deployment: deployment({ status: { ...deployment().status, terminatingReplicas: 1 } }),
};

describe('a rollout that is due', () => {
  test.for<readonly [string, Observed, string | undefined]>([
    ['starts where it fits', due({ limit: 280, policy: 'Enforce' }), undefined],
    ['is held where it does not', due({ limit: 279, policy: 'Enforce' }), 'BudgetExceeded'],
    [
      'is held where the others leave too little',
      due({ limit: 300, policy: 'Enforce' }, [resting('orders', 21)]),
      'BudgetExceeded',
    ],
    [
      'starts where the others leave enough',
      due({ limit: 300, policy: 'Enforce' }, [resting('orders', 20)]),
      undefined,
    ],
    ['starts under Warn, whatever the sum', due({ limit: 1, policy: 'Warn' }), undefined],
    ['is not held where no limit is known', due({ policy: 'Enforce' }), undefined],
    ['waits for another rollout of its database', due({}, [rolling('orders')]), 'RolloutQueued'],
    [
      'starts beside another where two are allowed',
      due({}, [rolling('orders')], { settings: { ...SETTINGS, maxConcurrentRollouts: 2 } }),
      undefined,
    ],
    ['waits for no other rollout under Ignore', due({ limit: 1, policy: 'Ignore' }, [rolling('orders')]), undefined],
    ['waits for pods of an earlier rollout', due({}, [], terminating(NOW)), 'PodsTerminating'],
    ['does not wait for overdue pods', due({}, [], terminating(NOW - OVERDUE_MS)), undefined],
    ['does not wait for pods without its label, whose end nobody knows', due({}, [], terminatingUnlabelled), undefined],
    [
      'counts pods without its label',
      due({ limit: 319, policy: 'Enforce' }, [], terminatingUnlabelled),
      'BudgetExceeded',
    ],
  ])('a rollout that is due %s', ([, seen, hold]) => {
    expect(isRolled(seen)).toBe(hold === undefined);
    expect(condition(seen, 'Ready')?.reason).toBe(hold ?? 'RollingOut');
  });

  test('a rollout that is held writes nothing, waits for an event, and names the max that would fit', () => {
    const { actions, requeueAfterMs, status } = decide(due({ limit: 279, policy: 'Enforce' }));
    expect(actions).toEqual([]);
    expect(requeueAfterMs).toBeUndefined();
    const sum = 'max 40 x (3 + 1 surge + 3 terminating) = 280, others 0, limit 279: 1 too many, max 39 would fit';
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'WithinSessionBudget', status: 'False', reason: 'BudgetExceeded', message: sum }),
    );
    expect(status.conditions?.[0]?.message).toBe(
      `Deployment search-api is unchanged. ${sum}. The rollout starts automatically when there is room`,
    );
    expect(status.budget).toEqual({
      summary: 'over by 1 (280/279)',
      peakSessions: 280,
      otherSessions: 0,
      excess: 1,
      limit: 279,
      database: 'FREE/PDB1',
      profiles: 1,
    });
  });

  test('a rollout that waits for pods is decided on again when they are overdue', () => {
    expect(decide(due({}, [], terminating(NOW - OVERDUE_MS + 5000))).requeueAfterMs).toBe(5000);
  });

  test('a rollout that is queued is decided on again only where its window may close', () => {
    const queued = due({}, [rolling('orders')]);
    expect(decide(queued).requeueAfterMs).toBeUndefined();
    const windows = [{ schedule: '* * * * *', durationSeconds: 3600 }];
    expect(decide({ ...queued, profile: asks({}, 40, { rollout: { windows } }) }).requeueAfterMs).toBe(60_000);
  });

  test('a rollout that is queued names the one that it waits for', () => {
    const message = 'The rollout waits for others of the same database. In progress: shop/orders';
    expect(condition(due({}, [rolling('orders')]), 'Ready')?.message).toContain(message);
  });
});

test('a repair of drift that does not fit is held, and the drift is told', () => {
  const configMaps = [renderedConfigMap(config, { state: succeededState })];
  const drifted = deploymentUsing(config.name, { containers: [container()] });
  const seen = due({ limit: 1, policy: 'Enforce' }, [], { configMaps, deployment: drifted });
  expect(isRolled(seen)).toBe(false);
  expect(condition(seen, 'Ready')).toMatchObject({ reason: 'BudgetExceeded' });
  expect(condition(seen, 'Ready')?.message).toContain(
    'Drift: Deployment search-api, container app: DB_POOL_MIN was removed',
  );
});

describe('the budget never holds', () => {
  const bad = poolConfig('search', spec({ pool: { max: 80 } }).pool);
  const onBad: Partial<Observed> = {
    deployment: deploymentUsing(bad.name),
    replicaSets: [replicaSet(bad.hash, 2, 3)],
    pods: pods(bad.hash),
  };
  const tight = { limit: 1, policy: 'Enforce' };

  test('the budget never holds a change that lowers max, whatever else is rolled out', () => {
    const configMaps = [renderedConfigMap(config), renderedConfigMap(bad, { state: succeededState })];
    expect(isRolled(due(tight, [rolling('orders')], { configMaps, ...onBad }))).toBe(true);
  });

  test('the budget never holds a rollback, whatever else is rolled out', () => {
    const failed = { sequence: 3, at: NOW, retry: '', rollback: '', reason: 'OOMKilled', message: '' };
    const rollout = { ...succeededState.rollout, templateHash: 'as it was' };
    const configMaps = [
      renderedConfigMap(config, { state: succeededState }),
      renderedConfigMap(bad, { state: { rollout, failed } }),
    ];
    const seen = due(tight, [rolling('orders')], { profile: asks(tight, 80), configMaps, ...onBad });
    expect(condition(seen, 'Ready')?.reason).toBe('RollingBack');
    expect(isRolled(seen)).toBe(true);
  });
});

describe('the status', () => {
  test('the status has the peak of a later rollout for a backend that is up to date', () => {
    const seen = due({ limit: 300 }, [resting('orders', 10)], {
      deployment: deploymentUsing(config.name),
      configMaps: [renderedConfigMap(config, { state: succeededState })],
      replicaSets: [replicaSet(config.hash, 2, 3)],
      pods: pods(config.hash),
    });
    expect(decide(seen).status.budget).toEqual({
      summary: 'fits',
      peakSessions: 280,
      limit: 300,
      database: 'FREE/PDB1',
    });
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'True' });
    expect(condition(seen, 'WithinSessionBudget')).toMatchObject({ status: 'True', reason: 'WithinBudget' });
  });

  test('the status has advice where there is any', () => {
    const reasons = (min: number) => {
      const asked = asks({}, 40, { pool: { min, max: 40 } });
      return decide(due({}, [], { profile: asked })).status.advice?.map(({ reason }) => reason);
    };
    expect(reasons(5)).toEqual(['PoolNotStatic']);
    expect(reasons(40)).toBeUndefined();
  });

  test('the status of a suspended profile has its sum, and no hold', () => {
    const seen = due({}, [rolling('orders')], { profile: asks({}, 40, { suspend: true }) });
    expect(condition(seen, 'Ready')?.reason).toBe('Suspended');
    expect(condition(seen, 'WithinSessionBudget')?.reason).toBe('LimitUnknown');
  });
});
