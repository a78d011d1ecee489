import { describe, expect, test } from 'vitest';
import type { BackendUsage, PoolUsage } from '../../../src/core/model/usage.ts';
import { peakSessions, idleSessions } from '../../../src/core/budget/peak.ts';
import { budgetReport } from '../../../src/core/budget/report.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { explainFit, explainSum } from '../../../src/core/budget/explain.ts';
import { backend, neighbour, pools } from './builders.ts';

const recreate = { kind: 'Recreate' as const };

describe('the sum of one backend', () => {
  test.for<readonly [string, Partial<PoolUsage>, string]>([
    ['all pods with one max', {}, 'max 40 x (6 + 2 surge + 6 terminating) = 560'],
    [
      'more than before: old pods end with their old max',
      { oldMax: 20 },
      'max 40 x (6 + 2 surge) + 20 x 6 terminating = 440',
    ],
    [
      'less than before: a surge pod may be of either kind',
      { oldMax: 60 },
      'max 40 x 6 + 60 x (2 surge + 6 terminating) = 720',
    ],
    [
      "an autoscaler's maximum counts where it is larger",
      { maxReplicas: 10 },
      'max 40 x (10 + 2 surge + 10 terminating) = 880',
    ],
    ['replicas count where they are larger', { maxReplicas: 4 }, 'max 40 x (6 + 2 surge + 6 terminating) = 560'],
    ['a pool in each worker process', { poolsPerPod: 4 }, 'max 40 x 4 pools x (6 + 2 surge + 6 terminating) = 2240'],
    [
      'pods that still terminate come on top',
      { pods: { old: 6, terminating: 3 } },
      'max 40 x (6 + 2 surge + 9 terminating) = 680',
    ],
    [
      'in a rollout those that terminate are its own',
      { phase: 'Rolling', pods: { old: 3, terminating: 3 } },
      'max 40 x (6 + 2 surge + 6 terminating) = 560',
    ],
    [
      'in a rollout, more old pods than replicas',
      { phase: 'Rolling', pods: { old: 5, terminating: 4 } },
      'max 40 x (6 + 2 surge + 9 terminating) = 680',
    ],
    ['Recreate: never old and new together', { strategy: recreate, oldMax: 60 }, 'max 60 x 6 = 360'],
    [
      'Recreate with pods that still terminate',
      { strategy: recreate, pods: { old: 6, terminating: 1 } },
      'max 40 x (6 + 1 terminating) = 280',
    ],
    [
      'Recreate: once there are new pods, those that terminate are not its own',
      { phase: 'Rolling', strategy: recreate, pods: { old: 0, updated: 2, terminating: 4 } },
      'max 40 x (6 + 4 terminating) = 400',
    ],
    [
      'more old pods than replicas: scaled down, and not seen yet',
      { replicas: 2, pods: { old: 5, terminating: 1 } },
      'max 40 x (2 + 2 surge + 6 terminating) = 400',
    ],
    ['no replicas', { replicas: 0, strategy: recreate }, 'max 40 x 0 = 0'],
  ])('%s', ([, changes, words]) => {
    expect(explainSum(peakSessions(pools(changes)))).toBe(words);
  });

  test.for<readonly [string, Partial<PoolUsage>, string]>([
    ['done: the wanted max', { phase: 'UpToDate', oldMax: 20 }, 'max 40 x 6 = 240'],
    ['being rolled: the larger, since it may go either way', { phase: 'Rolling', oldMax: 60 }, 'max 60 x 6 = 360'],
    ['held: the max that runs', { phase: 'NotDue', oldMax: 20 }, 'max 20 x 6 = 120'],
    [
      'old pods that still end',
      { phase: 'UpToDate', oldMax: 20, pods: { old: 0, terminating: 2 } },
      'max 40 x 6 + 20 x 2 terminating = 280',
    ],
  ])('at rest, %s', ([, changes, words]) => {
    expect(explainSum(idleSessions(pools(changes)))).toBe(words);
  });
});

const entryOf = (me: BackendUsage, others: readonly BackendUsage[]) => {
  const entry = schedule([me, ...others], 1).find((one) => one.backend === me);
  if (entry === undefined) throw new Error('each backend has an entry');
  return entry;
};

/** What is said of `shop/search` among others. */
const said = (me: BackendUsage, ...others: readonly BackendUsage[]) => budgetReport(entryOf(me, others));

/** The whole sum, whether it fits or not. */
const sum = (me: BackendUsage, ...others: readonly BackendUsage[]) => explainFit(entryOf(me, others).fit, '');

const learnt = (limits: NonNullable<BackendUsage['database']['facts']>['limits'], user = 'APP') => ({
  limit: undefined,
  facts: { identity: undefined, limits, user },
});

describe('the condition', () => {
  test('shows the sum, the others, the limit and what would fit', () => {
    expect(said(backend(), neighbour('orders', 120))).toMatchObject({
      status: 'False',
      reason: 'BudgetExceeded',
      message:
        'max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, limit 600 - 20 reserve: 100 too many, max 32 would fit',
      summary: 'over by 100 (680/580)',
      showsOthers: true,
    });
  });

  test('shows its own sum alone where it fits', () => {
    expect(said(backend(), neighbour('orders', 10))).toMatchObject({
      status: 'True',
      reason: 'WithinBudget',
      message:
        'max 40 x (6 + 2 surge + 6 terminating) = 560, limit 600 - 20 reserve: it fits beside the other backends',
      summary: 'fits',
      showsOthers: false,
    });
  });

  test('stays as it is where it fits, whatever the others use, and under whichever limit', () => {
    const me = backend({ database: { ...learnt({ sessionsPerUser: '700' }), limit: 900 } });
    const beside = (sessions: number, user: string) =>
      said(me, neighbour('orders', sessions, { database: { ...learnt({}, user), limit: 900 } }));
    expect(beside(0, 'OTHER')).toMatchObject({
      message: expect.stringContaining('SESSIONS_PER_USER 700 of APP') as string,
    });
    expect(beside(320, 'OTHER')).toEqual(beside(0, 'OTHER'));
    expect(beside(120, 'APP')).toEqual(beside(0, 'OTHER'));
  });

  test('shows the sum of all where the rollout is held, though it fits', () => {
    const orders = neighbour('orders', 10, { pools: { phase: 'Rolling' } });
    const { message, hold, showsOthers } = said(backend({ pools: { phase: 'Due' } }), orders);
    expect(hold?.reason).toBe('RolloutQueued');
    expect(showsOthers).toBe(true);
    expect(message).toContain('others 10, limit 600 - 20 reserve: 10 to spare');
  });

  test('tells that the next rollout will not fit where this one does', () => {
    expect(said(backend({ pools: { oldMax: 20 } }), neighbour('orders', 120))).toMatchObject({
      status: 'True',
      message:
        'max 40 x (6 + 2 surge) + 20 x 6 terminating = 440, limit 600 - 20 reserve: it fits beside the other backends. The next rollout after it does not fit: max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, limit 600 - 20 reserve: 100 too many, max 32 would fit',
    });
  });

  test.for<readonly [string, readonly BackendUsage[], string]>([
    ['no limit is known', [backend({ database: { limit: undefined } })], 'others 0, no limit is known'],
    [
      'the smallest of limits, and whose it is',
      [backend(), neighbour('orders', 0, { database: { limit: 580 } })],
      'limit 580 (the smallest, by shop/orders) - 20 reserve: 0 to spare',
    ],
    [
      'the largest of reserves, and whose it is',
      [backend(), neighbour('orders', 0, { database: { reserve: 40 } })],
      'limit 600 - 40 reserve (the largest, by shop/orders): 0 to spare',
    ],
    [
      'processes, where they bind before sessions',
      [backend({ database: learnt({ processes: { inUse: 1, limit: '590' }, sessions: { inUse: 1, limit: ' 900' } }) })],
      'processes 590 - 20 reserve: 10 to spare',
    ],
    [
      'a limit of the spec instead of what was learnt',
      [backend({ database: { ...learnt({ processes: { inUse: 1, limit: '90' } }), limit: 600 } })],
      'limit 600 - 20 reserve: 20 to spare',
    ],
    [
      'UNLIMITED is none',
      [backend({ database: learnt({ sessionsPerUser: 'UNLIMITED', sessions: { inUse: 1, limit: 'UNLIMITED' } }) })],
      'no limit is known',
    ],
    [
      'sessions of the user alone',
      [
        backend({ database: learnt({ sessionsPerUser: '600' }) }),
        neighbour('orders', 10, { database: learnt({}) }),
        neighbour('cart', 500, { database: learnt({}, 'OTHER') }),
      ],
      'others of APP 10, SESSIONS_PER_USER 600 of APP - 20 reserve: 10 to spare',
    ],
    [
      'sessions of whoever has the same credentials, and was not probed yet',
      [
        backend({ database: { ...learnt({ sessionsPerUser: '600' }), usernameSource: 'same' } }),
        neighbour('orders', 10, { database: { usernameSource: 'same', limit: undefined } }),
        neighbour('cart', 500, { database: { usernameSource: 'other', limit: undefined } }),
        neighbour('cart', 500, { namespace: 'depot', database: { usernameSource: 'same', limit: undefined } }),
      ],
      'others of APP 10, SESSIONS_PER_USER 600 of APP - 20 reserve: 10 to spare',
    ],
    [
      'the limit of the user, where it leaves less room than the whole',
      [backend({ database: { ...learnt({ sessionsPerUser: '500' }), limit: 900 } })],
      'SESSIONS_PER_USER 500 of APP - 20 reserve: 80 too many, max 34 would fit',
    ],
    ['not even one connection', [backend(), neighbour('orders', 579)], '559 too many, no max would fit'],
  ])('%s', ([, [me, ...others], words]) => {
    expect(me && sum(me, ...others)).toContain(words);
  });

  test('names the same profile for the smallest limit, in whatever order they are listed', () => {
    const others = ['cart', 'orders'].map((name) => neighbour(name, 0, { database: { limit: 580 } }));
    for (const listed of [others, others.toReversed()])
      expect(sum(backend(), ...listed)).toContain('limit 580 (the smallest, by shop/cart)');
  });

  test('is not judged where the policy is Ignore', () => {
    const report = said(backend({ policy: 'Ignore' }), neighbour('orders', 5000));
    expect(report).toMatchObject({ status: 'Unknown', reason: 'BudgetIgnored', summary: 'ignored', hold: undefined });
    expect(report.message).toContain('= 560: not judged');
  });
});
