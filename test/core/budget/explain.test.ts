import { describe, expect, test } from 'vitest';
import type { BackendUsage, PoolUsage } from '../../../src/core/model/usage.ts';
import { peakSessions, idleSessions } from '../../../src/core/budget/peak.ts';
import { budgetReport } from '../../../src/core/budget/report.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { explainFit, explainSum } from '../../../src/core/budget/explain.ts';
import { backend, neighbour, pools } from './builders.ts';

const recreate = { kind: 'Recreate' as const };

describe('the peak of one backend', () => {
  test.for<readonly [string, Partial<PoolUsage>, string]>([
    ['with one max in all pods', {}, 'max 40 x (6 + 2 surge + 6 terminating) = 560'],
    [
      'with a raised max: old pods end with their old one',
      { oldMax: 20 },
      'max 40 x (6 + 2 surge) + 20 x 6 terminating = 440',
    ],
    [
      'with a lowered max: a surge pod may be an old one',
      { oldMax: 60 },
      'max 40 x 6 + 60 x (2 surge + 6 terminating) = 720',
    ],
    [
      "with an autoscaler's maximum above the replicas",
      { maxReplicas: 10 },
      'max 40 x (10 + 2 surge + 10 terminating) = 880',
    ],
    [
      'with replicas above the maximum of the autoscaler',
      { maxReplicas: 4 },
      'max 40 x (6 + 2 surge + 6 terminating) = 560',
    ],
    [
      'with a pool in each worker process',
      { poolsPerPod: 4 },
      'max 40 x 4 pools x (6 + 2 surge + 6 terminating) = 2240',
    ],
    [
      'with terminating pods, which come on top',
      { pods: { old: 6, terminating: 3 } },
      'max 40 x (6 + 2 surge + 9 terminating) = 680',
    ],
    [
      'in a rollout, with terminating pods of its own',
      { phase: 'Rolling', pods: { old: 3, terminating: 3 } },
      'max 40 x (6 + 2 surge + 6 terminating) = 560',
    ],
    [
      'in a rollout, with more old pods than replicas',
      { phase: 'Rolling', pods: { old: 5, terminating: 4 } },
      'max 40 x (6 + 2 surge + 9 terminating) = 680',
    ],
    ['with Recreate: old and new pods never run together', { strategy: recreate, oldMax: 60 }, 'max 60 x 6 = 360'],
    [
      'with Recreate and terminating pods',
      { strategy: recreate, pods: { old: 6, terminating: 1 } },
      'max 40 x (6 + 1 terminating) = 280',
    ],
    [
      'with Recreate and new pods: the terminating ones are of an earlier rollout',
      { phase: 'Rolling', strategy: recreate, pods: { old: 0, updated: 2, terminating: 4 } },
      'max 40 x (6 + 4 terminating) = 400',
    ],
    [
      'with more old pods than replicas, right after a scale-down',
      { replicas: 2, pods: { old: 5, terminating: 1 } },
      'max 40 x (2 + 2 surge + 6 terminating) = 400',
    ],
    ['without replicas', { replicas: 0, strategy: recreate }, 'max 40 x 0 = 0'],
  ])('the peak of a backend %s', ([, changes, words]) => {
    expect(explainSum(peakSessions(pools(changes)))).toBe(words);
  });

  test.for<readonly [string, Partial<PoolUsage>, string]>([
    ['that is up to date has the new max', { phase: 'UpToDate', oldMax: 20 }, 'max 40 x 6 = 240'],
    [
      'that is rolled out has the larger max, because the rollout may be reversed',
      { phase: 'Rolling', oldMax: 60 },
      'max 60 x 6 = 360',
    ],
    ['that is held has the old max', { phase: 'NotDue', oldMax: 20 }, 'max 20 x 6 = 120'],
    [
      'has its terminating pods, too',
      { phase: 'UpToDate', oldMax: 20, pods: { old: 0, terminating: 2 } },
      'max 40 x 6 + 20 x 2 terminating = 280',
    ],
  ])('an idle backend %s', ([, changes, words]) => {
    expect(explainSum(idleSessions(pools(changes)))).toBe(words);
  });
});

const entryOf = (me: BackendUsage, others: readonly BackendUsage[]) => {
  const entry = schedule([me, ...others], { maxRollouts: 1 }).find((one) => one.backend === me);
  if (entry === undefined) throw new Error('each backend has an entry');
  return entry;
};

/** The report of the first of these backends. */
const reportOf = (me: BackendUsage, ...others: readonly BackendUsage[]) => budgetReport(entryOf(me, others));

/** Its sum and those of the others, whether it fits or not. */
const explained = (me: BackendUsage, ...others: readonly BackendUsage[]) => explainFit(entryOf(me, others).fit, '');

const fromProbe = (limits: NonNullable<BackendUsage['database']['facts']>['limits'], user = 'APP') => ({
  limit: undefined,
  facts: { identity: undefined, limits, user },
});

describe('WithinSessionBudget', () => {
  test('WithinSessionBudget shows the sum, the others, the limit and the max that would fit', () => {
    expect(reportOf(backend(), neighbour('orders', 120))).toMatchObject({
      status: 'False',
      reason: 'BudgetExceeded',
      message:
        'max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, limit 600 - 20 reserve: 100 too many, max 32 would fit',
      summary: 'over by 100 (680/580)',
      showsOthers: true,
    });
  });

  test('WithinSessionBudget shows the backend’s own sum alone where it fits', () => {
    expect(reportOf(backend(), neighbour('orders', 10))).toMatchObject({
      status: 'True',
      reason: 'WithinBudget',
      message:
        'max 40 x (6 + 2 surge + 6 terminating) = 560, limit 600 - 20 reserve: it fits beside the other backends',
      summary: 'fits',
      showsOthers: false,
    });
  });

  test('WithinSessionBudget does not change where it fits, whatever the others use, and under whichever limit', () => {
    const me = backend({ database: { ...fromProbe({ sessionsPerUser: '700' }), limit: 900 } });
    const beside = (sessions: number, user: string) =>
      reportOf(me, neighbour('orders', sessions, { database: { ...fromProbe({}, user), limit: 900 } }));
    expect(beside(0, 'OTHER')).toMatchObject({
      message: expect.stringContaining('SESSIONS_PER_USER 700 of APP') as string,
    });
    expect(beside(320, 'OTHER')).toEqual(beside(0, 'OTHER'));
    expect(beside(120, 'APP')).toEqual(beside(0, 'OTHER'));
  });

  test('WithinSessionBudget shows the sum of all where a rollout that fits is held', () => {
    const orders = neighbour('orders', 10, { pools: { phase: 'Rolling' } });
    const { message, hold, showsOthers } = reportOf(backend({ pools: { phase: 'Due' } }), orders);
    expect(hold?.reason).toBe('RolloutQueued');
    expect(showsOthers).toBe(true);
    expect(message).toContain('others 10, limit 600 - 20 reserve: 10 to spare');
  });

  test('WithinSessionBudget says that a later rollout will not fit where this one does', () => {
    expect(reportOf(backend({ pools: { oldMax: 20 } }), neighbour('orders', 120))).toMatchObject({
      status: 'True',
      message:
        'max 40 x (6 + 2 surge) + 20 x 6 terminating = 440, limit 600 - 20 reserve: it fits beside the other backends. A later rollout will not fit: max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, limit 600 - 20 reserve: 100 too many, max 32 would fit',
    });
  });

  test('WithinSessionBudget is Unknown under Ignore', () => {
    const report = reportOf(backend({ policy: 'Ignore' }), neighbour('orders', 5000));
    expect(report).toMatchObject({ status: 'Unknown', reason: 'BudgetIgnored', summary: 'ignored', hold: undefined });
    expect(report.message).toContain('= 560, not compared with a limit');
  });
});

describe('the arithmetic of a group', () => {
  test.for<readonly [string, readonly BackendUsage[], string]>([
    ['that no limit is known', [backend({ database: { limit: undefined } })], 'others 0, no limit is known'],
    [
      'the smallest limit, and the profile that it comes from',
      [backend(), neighbour('orders', 0, { database: { limit: 580 } })],
      'limit 580 (the smallest, by shop/orders) - 20 reserve: 0 to spare',
    ],
    [
      'the largest reserve, and the profile that it comes from',
      [backend(), neighbour('orders', 0, { database: { reserve: 40 } })],
      'limit 600 - 40 reserve (the largest, by shop/orders): 0 to spare',
    ],
    [
      'processes, where they leave less room than sessions',
      [
        backend({
          database: fromProbe({ processes: { inUse: 1, limit: '590' }, sessions: { inUse: 1, limit: ' 900' } }),
        }),
      ],
      'processes 590 - 20 reserve: 10 to spare',
    ],
    [
      'a limit of the spec instead of one from a probe',
      [backend({ database: { ...fromProbe({ processes: { inUse: 1, limit: '90' } }), limit: 600 } })],
      'limit 600 - 20 reserve: 20 to spare',
    ],
    [
      'no limit where Oracle says UNLIMITED',
      [backend({ database: fromProbe({ sessionsPerUser: 'UNLIMITED', sessions: { inUse: 1, limit: 'UNLIMITED' } }) })],
      'no limit is known',
    ],
    [
      'sessions of the same user alone',
      [
        backend({ database: fromProbe({ sessionsPerUser: '600' }) }),
        neighbour('orders', 10, { database: fromProbe({}) }),
        neighbour('cart', 500, { database: fromProbe({}, 'OTHER') }),
      ],
      'others of APP 10, SESSIONS_PER_USER 600 of APP - 20 reserve: 10 to spare',
    ],
    [
      'sessions of an unprobed backend with the same user name Secret',
      [
        backend({ database: { ...fromProbe({ sessionsPerUser: '600' }), usernameSource: 'same' } }),
        neighbour('orders', 10, { database: { usernameSource: 'same', limit: undefined } }),
        neighbour('cart', 500, { database: { usernameSource: 'other', limit: undefined } }),
        neighbour('cart', 500, { namespace: 'depot', database: { usernameSource: 'same', limit: undefined } }),
      ],
      'others of APP 10, SESSIONS_PER_USER 600 of APP - 20 reserve: 10 to spare',
    ],
    [
      'the limit of the user, where it leaves less room than that of the database',
      [backend({ database: { ...fromProbe({ sessionsPerUser: '500' }), limit: 900 } })],
      'SESSIONS_PER_USER 500 of APP - 20 reserve: 80 too many, max 34 would fit',
    ],
    ['that not even one connection would fit', [backend(), neighbour('orders', 579)], '559 too many, no max would fit'],
  ])('the arithmetic of a group shows %s', ([, [me, ...others], words]) => {
    expect(me && explained(me, ...others)).toContain(words);
  });

  test('the arithmetic of a group names one profile for the smallest limit, whatever the order of the list', () => {
    const others = ['cart', 'orders'].map((name) => neighbour(name, 0, { database: { limit: 580 } }));
    for (const listed of [others, others.toReversed()])
      expect(explained(backend(), ...listed)).toContain('limit 580 (the smallest, by shop/cart)');
  });
});

describe('an unknown limit', () => {
  test.for<readonly [string, Partial<BackendUsage['database']>, string]>([
    ['before any probe', {}, 'no probe has read one yet. Set spec.database.sessions.limit if none will'],
    [
      'that the user may not read',
      fromProbe({ unreadableViews: ['V$RESOURCE_LIMIT'] }),
      'user APP may not read V$RESOURCE_LIMIT. Run GRANT SELECT ON V_$RESOURCE_LIMIT for it, or set spec.database.sessions.limit',
    ],
    ['that the database does not report', fromProbe({}), 'the database reports none. Set spec.database.sessions.limit'],
  ])('an unknown limit %s is reported with its remedy', ([, database, message]) => {
    const report = reportOf(backend({ database: { limit: undefined, ...database } }));
    expect(report.message).toBe(`max 40 x (6 + 2 surge + 6 terminating) = 560, no limit is known: ${message}`);
  });
});

describe('a hold', () => {
  test.for<readonly [number, string]>([
    [1, 'The rollout waits for 1 pod of an earlier rollout to terminate'],
    [3, 'The rollout waits for 3 pods of an earlier rollout to terminate'],
  ])('a hold for %i pods says what it waits for', ([terminating, message]) => {
    const pods = { old: 6, terminating };
    expect(reportOf(backend({ pools: { pods }, database: { limit: 900 } })).hold?.message).toBe(message);
  });
});
