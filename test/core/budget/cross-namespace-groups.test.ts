/** What one namespace of a shared group can do to another: it adds to the sum, and no more. */
import { describe, expect, test } from 'vitest';
import { groupGivenTo, parseCrossNamespaceGroups } from '../../../src/core/model/cross-namespace-groups.ts';
import { groupsOf } from '../../../src/core/budget/group.ts';
import { budgetReport } from '../../../src/core/budget/report.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { type BackendUsage, idOf } from '../../../src/core/model/usage.ts';
import { backend } from './builders.ts';

test.for<[string, ReturnType<typeof parseCrossNamespaceGroups>]>([
  ['', []],
  ['prod=shop', [{ name: 'prod', namespaces: ['shop'], limit: undefined }]],
  [
    'prod=shop|search:600,FREE/PDB1=a|b',
    [
      { name: 'prod', namespaces: ['shop', 'search'], limit: 600 },
      { name: 'FREE/PDB1', namespaces: ['a', 'b'], limit: undefined },
    ],
  ],
  ...[
    'prod',
    'prod=',
    '=shop',
    'prod=shop|',
    'prod=Shop',
    'prod=shop:0',
    'prod=shop:many',
    'prod=shop, dev=a',
    'a=b,',
  ].map((text): [string, undefined] => [text, undefined]),
  ['prod=shop,prod=search', undefined],
])('%j is read as %j', ([text, groups]) => {
  expect(parseCrossNamespaceGroups(text)).toEqual(groups);
});

test('a group is given to the namespaces of the list alone', () => {
  const groups = parseCrossNamespaceGroups('prod=shop|search:600') ?? [];
  expect(groupGivenTo(groups, 'shop', 'prod')?.limit).toBe(600);
  expect(groupGivenTo(groups, 'depot', 'prod')).toBeUndefined();
  expect(groupGivenTo(groups, 'shop', 'other')).toBeUndefined();
  expect(groupGivenTo(groups, 'shop', undefined)).toBeUndefined();
});

const database = { group: 'prod', limit: undefined, reserve: 0 };
const due = { phase: 'Due' as const };
const mine = (changes: Partial<BackendUsage> = {}) =>
  backend({ namespace: 'shop', name: 'mine', policy: 'Enforce', pools: { ...due, newMax: 10 }, database, ...changes });
const theirs = (name: string, changes: object = {}) =>
  backend({ namespace: 'search', name, policy: 'Enforce', pools: due, database, ...changes });

/** What the profile of the namespace shop is told, where the group has this limit. */
function reportOfMine(members: readonly BackendUsage[], groupLimit?: number) {
  const found = schedule(members, { maxRollouts: 1, groupLimit }).find((one) => idOf(one.backend) === 'shop/mine');
  if (found === undefined) throw new Error('shop/mine is in no schedule');
  return budgetReport(found);
}

describe('in a group of several namespaces', () => {
  test('the limit of the administrator is for the sum of all', () => {
    const settled = theirs('other', { pools: { phase: 'UpToDate', newMax: 40 } });
    expect(reportOfMine([mine(), settled], 10_000)).toMatchObject({ reason: 'WithinBudget' });
    const { reason, message } = reportOfMine([mine(), settled], 300);
    expect(reason).toBe('BudgetExceeded');
    expect(message).toContain('group limit 300');
    expect(message).not.toContain('search');
  });

  test.for<[string, object]>([
    ['a limit in a spec', { database: { ...database, limit: 1 } }],
    ['a reserve in a spec', { database: { ...database, reserve: 9990 } }],
    [
      'what a probe found',
      {
        database: {
          ...database,
          facts: { identity: undefined, user: undefined, limits: { processes: { inUse: 1, limit: '1' } } },
        },
      },
    ],
  ])('%s binds its own namespace only', ([, changes]) => {
    const small = { phase: 'UpToDate' as const, newMax: 1, replicas: 1 };
    const report = reportOfMine([mine(), theirs('other', { pools: small, ...changes })], 10_000);
    expect(report).toMatchObject({ reason: 'WithinBudget', hold: undefined });
    const own = backend({ namespace: 'shop', name: 'neighbour', policy: 'Enforce', pools: small, ...changes });
    expect(reportOfMine([mine(), own], 10_000).reason).toBe('BudgetExceeded');
  });

  test('a profile with Ignore sets no limit for others', () => {
    const ignored = backend({
      namespace: 'shop',
      name: 'ignored',
      policy: 'Ignore',
      pools: { phase: 'UpToDate', newMax: 1 },
      database: { ...database, limit: 1, reserve: 9990 },
    });
    expect(reportOfMine([mine(), ignored], 10_000).reason).toBe('WithinBudget');
  });

  test('a rollout that waits for another namespace is told how many are ahead, and not which', () => {
    const rolling = theirs('secret-name', { hasRolloutSlot: true, pools: { phase: 'Rolling' } });
    const own = mine({ name: 'first', createdAt: 0, wasRolledBefore: true });
    const { hold } = reportOfMine([mine(), own, rolling], 10_000);
    expect(hold?.reason).toBe('RolloutQueued');
    expect(hold?.message).toContain('In progress: 1 in other namespaces. Next in the queue: shop/first');
    expect(hold?.message).not.toContain('secret-name');
  });

  test('its limit is that of the group', () => {
    const groups = groupsOf([mine(), theirs('other')], parseCrossNamespaceGroups('prod=shop|search:600') ?? []);
    expect(groups.map(({ name, limit, members }) => [name, limit, members.length])).toEqual([['prod', 600, 2]]);
  });
});
