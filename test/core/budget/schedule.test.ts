import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idOf, type BackendUsage } from '../../../src/core/model/usage.ts';
import { peakSessions, currentSessions, isLowering } from '../../../src/core/budget/peak.ts';
import { budgetReport } from '../../../src/core/budget/report.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { anyBackend } from './arbitraries.ts';
import { backend, neighbour } from './builders.ts';

/** Who may start, and what the others are told. */
const holds = (members: readonly BackendUsage[], maxRollouts = 1) =>
  Object.fromEntries(
    schedule(members, { maxRollouts }).map((one) => [one.backend.name, budgetReport(one).hold?.reason]),
  );

describe('a rollout', () => {
  test.for<readonly [string, BackendUsage, readonly BackendUsage[], string | undefined]>([
    ['that fits may start', backend(), [], undefined],
    ['that does not fit is held under Enforce', backend(), [neighbour('orders', 120)], 'BudgetExceeded'],
    [
      'that does not fit is only reported under Warn',
      backend({ policy: 'Warn' }),
      [neighbour('orders', 120)],
      undefined,
    ],
    [
      'that does not fit is not reported under Ignore',
      backend({ policy: 'Ignore' }),
      [neighbour('orders', 120)],
      undefined,
    ],
    ['is not held where no limit is known', backend({ database: { limit: undefined } }), [], undefined],
    ['that lowers the total is never held', backend({ pools: { oldMax: 41 } }), [neighbour('orders', 5000)], undefined],
    [
      'with the same max is held like any other',
      backend({ pools: { oldMax: 40 } }),
      [neighbour('orders', 120)],
      'BudgetExceeded',
    ],
    [
      'is held by what another may be rolled back to',
      backend(),
      [neighbour('orders', 10, { pools: { rollbackMax: 120 } })],
      'BudgetExceeded',
    ],
    [
      'is held by what another may be rolled back to, also while that is lowered step by step',
      backend(),
      [neighbour('orders', 10, { pools: { phase: 'Rolling', oldMax: 5, rollbackMax: 120 } })],
      'BudgetExceeded',
    ],
    [
      'does not count what it may itself be rolled back to',
      backend({ pools: { rollbackMax: 500 }, database: { limit: 580 } }),
      [],
      undefined,
    ],
    [
      'waits for pods of an earlier one',
      backend({ pools: { pods: { old: 6, terminating: 1 } }, database: { limit: 900 } }),
      [],
      'PodsTerminating',
    ],
    [
      'does not wait for overdue pods',
      backend({ pools: { pods: { old: 6, terminating: 1 } }, awaitedPods: 0, database: { limit: 900 } }),
      [],
      undefined,
    ],
    [
      'that lowers the total does not wait for pods',
      backend({ pools: { oldMax: 41, pods: { old: 6, terminating: 1 } } }),
      [],
      undefined,
    ],
    [
      'that raises the total waits for pods with a larger max',
      backend({ pools: { oldMax: 41, remainingMax: 20, pods: { old: 6, terminating: 1 } }, database: { limit: 900 } }),
      [],
      'PodsTerminating',
    ],
    [
      'waits while another is in progress',
      backend({ policy: 'Warn' }),
      [neighbour('orders', 1, { pools: { phase: 'Rolling' } })],
      'RolloutQueued',
    ],
    [
      'does not wait for one that is stuck',
      backend({ policy: 'Warn' }),
      [neighbour('orders', 1, { pools: { phase: 'Stuck' } })],
      undefined,
    ],
    [
      'does not wait for one that is not due',
      backend(),
      [neighbour('orders', 1, { pools: { phase: 'NotDue' } })],
      undefined,
    ],
  ])('a rollout %s', ([, me, others, hold]) => {
    expect(holds([me, ...others])['search']).toBe(hold);
  });

  test('a rollout that fits only once the surge of another is over is queued, and reports that', () => {
    const orders = neighbour('orders', 10, {
      pools: { phase: 'Rolling', oldMax: 10, strategy: { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 } },
    });
    const [, mine] = schedule([orders, backend()], { maxRollouts: 5 });
    expect(mine && budgetReport(mine)).toMatchObject({
      status: 'True',
      hold: {
        reason: 'RolloutQueued',
        message: 'The rollout waits for others of the same database. In progress: shop/orders',
      },
    });
  });
});

describe('two stuck rollouts that are to be replaced', () => {
  const strategy = { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 } as const;
  const hanging = (name: string, isLooking: boolean, limit: number) =>
    backend({
      name,
      wasRolledBefore: true,
      database: { limit, reserve: 0 },
      pools: {
        ...(isLooking
          ? { phase: 'Due', newMax: 20, oldMax: 15 }
          : { phase: 'Stuck', newMax: 15, oldMax: 10, remainingMax: 15 }),
        replicas: 1,
        strategy,
        pods: { old: 1, terminating: 0 },
      },
    });

  test.for([70, 80, 90])(
    'two stuck rollouts under a limit of %i report that there is no room, not that they are queued',
    (limit) => {
      const said = ['a', 'b'].map((looking) => {
        const entries = schedule([hanging('a', looking === 'a', limit), hanging('b', looking === 'b', limit)], {
          maxRollouts: 1,
        });
        const own = entries.find((one) => one.backend.name === looking);
        return own && budgetReport(own);
      });
      for (const report of said) {
        expect(report?.hold?.reason).toBe('BudgetExceeded');
        expect(report?.status).toBe('False');
        expect(report?.hold?.message).toMatch(/too many, (no max|max \d+) would fit/);
      }
    },
  );
});

describe('several rollouts that are due', () => {
  const ready = (name: string, createdAt: number, changes: Parameters<typeof backend>[0] = {}) =>
    backend({ name, createdAt, ...changes, pools: { newMax: 10, ...changes.pools } });

  test('rollouts that are due start one after another, the oldest first', () => {
    expect(holds([ready('c', 3), ready('a', 2), ready('b', 1)])).toEqual({
      a: 'RolloutQueued',
      b: undefined,
      c: 'RolloutQueued',
    });
  });

  test('rollouts that are due start as many at a time as the setting allows', () => {
    expect(holds([ready('a', 1), ready('b', 2), ready('c', 3)], 2)).toEqual({
      a: undefined,
      b: undefined,
      c: 'RolloutQueued',
    });
  });

  test('rollouts that are queued report which is in progress and which come first', () => {
    const entries = schedule([ready('a', 1), ready('b', 2), ready('c', 3)], { maxRollouts: 1 });
    expect(entries.map((one) => budgetReport(one).hold?.message)).toEqual([
      undefined,
      'The rollout waits for others of the same database. In progress: shop/a',
      'The rollout waits for others of the same database. In progress: shop/a. Next in the queue: shop/b',
    ]);
  });

  test('a rollout of a backend that was rolled before comes before an older new backend', () => {
    expect(holds([ready('newcomer', 1), ready('known', 2, { wasRolledBefore: true })])).toMatchObject({
      known: undefined,
      newcomer: 'RolloutQueued',
    });
  });

  test('a backend in a rollout keeps its slot for what its spec asks for now', () => {
    const older = ready('older', 1, { wasRolledBefore: true });
    const moving = { createdAt: 2, wasRolledBefore: true, hasRolloutSlot: true };
    const toOthers = backend({ name: 'moving', ...moving, pools: { phase: 'Rolling', newMax: 5 } });
    expect(holds([older, ready('moving', 2, moving)])).toEqual({ older: 'RolloutQueued', moving: undefined });
    expect(holds([older, toOthers])).toMatchObject({ older: 'RolloutQueued' });
  });

  test('a backend in a rollout does not lose its slot to another rollout in progress', () => {
    const other = neighbour('other', 1, { pools: { phase: 'Rolling' } });
    expect(holds([other, ready('moving', 2, { hasRolloutSlot: true })])['moving']).toBeUndefined();
  });

  test('a new backend without room does not keep the next from starting', () => {
    const large = ready('large', 1, { pools: { newMax: 60 } });
    expect(holds([large, ready('small', 2)])).toEqual({ large: 'BudgetExceeded', small: undefined });
  });

  test('a rollout without room after those before it is held, and not only queued', () => {
    const first = ready('first', 1, { wasRolledBefore: true, pools: { newMax: 20, oldMax: 1 } });
    expect(holds([first, ready('second', 2, { pools: { newMax: 40 } })])).toEqual({
      first: undefined,
      second: 'BudgetExceeded',
    });
  });

  test('a rollout that was held starts once there is room', () => {
    const large = ready('large', 1, { pools: { newMax: 40, oldMax: 10 } });
    expect(holds([large, neighbour('orders', 300)])['large']).toBe('BudgetExceeded');
    expect(holds([large, neighbour('orders', 200)])['large']).toBeUndefined();
  });
});

const members = fc.uniqueArray(anyBackend, { selector: idOf, maxLength: 8 });
/** Several that may start as far as room and pods go, so that only the number of rollouts holds them. */
const unhindered = fc
  .uniqueArray(anyBackend, { selector: idOf, minLength: 4, maxLength: 10 })
  .map((all) => all.map((one): BackendUsage => ({ ...one, awaitedPods: 0, policy: 'Warn' })));
const slots = fc.integer({ min: 1, max: 4 });

describe('the schedule of a group', () => {
  test('the schedule of a group does not depend on the order in which profiles are listed', () => {
    fc.assert(
      fc.property(
        members.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        slots,
        ([all, shuffled], maxRollouts) => {
          expect(schedule(shuffled, { maxRollouts }).map(budgetReport)).toEqual(
            schedule(all, { maxRollouts }).map(budgetReport),
          );
        },
      ),
    );
  });

  test('a rollout that starts under Enforce fits, together with all that are in progress or start before it', () => {
    let runsWithStart = 0;
    fc.assert(
      fc.property(
        fc.array(
          anyBackend.map((one): BackendUsage => ({ ...one, policy: 'Enforce' })),
          { maxLength: 8 },
        ),
        slots,
        (all, maxRollouts) => {
          const named = all.map((one, index) => ({
            ...one,
            name: `p${index}`,
            database: { ...one.database, limit: 600, reserve: 20 },
          }));
          const starting = schedule(named, { maxRollouts }).filter(
            ({ backend, hold }) => backend.pools.phase === 'Due' && hold === undefined,
          );
          const bound = starting.filter(({ backend }) => !isLowering(backend.pools));
          if (bound.length === 0) return;
          const isStarting = (one: BackendUsage) => starting.some(({ backend }) => backend === one);
          const total = named.reduce(
            (sum, one) => sum + (isStarting(one) ? peakSessions(one.pools) : currentSessions(one.pools)).sessions,
            0,
          );
          expect(total).toBeLessThanOrEqual(580);
          runsWithStart += 1;
        },
      ),
      { numRuns: 2000 },
    );
    // Some 250 of the 2000 runs start a rollout.
    expect(runsWithStart).toBeGreaterThan(100);
  });

  test('no more rollouts start than the setting allows, but for those that nothing holds', () => {
    let runsWithQueue = 0;
    fc.assert(
      fc.property(fc.oneof(members, unhindered), slots, (all, maxRollouts) => {
        const entries = schedule(all, { maxRollouts });
        const starting = entries.filter(({ backend, hold }) => backend.pools.phase === 'Due' && hold === undefined);
        const asked = starting.filter(({ backend }) => !isLowering(backend.pools) && backend.policy !== 'Ignore');
        const rolling = all.filter(({ pools }) => pools.phase === 'Rolling').length;
        expect(asked.length).toBeLessThanOrEqual(Math.max(0, maxRollouts - rolling));
        if (asked.length > 0 && entries.some(({ hold }) => hold?.kind === 'RolloutQueued')) runsWithQueue += 1;
      }),
      { numRuns: 1000 },
    );
    // Some 90 of the 1000 runs start a rollout and queue another.
    expect(runsWithQueue).toBeGreaterThan(30);
  });

  test('a neighbour that uses more never leaves more room', () => {
    let runsWithLessRoom = 0;
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 50 }), (all, by) => {
        const [first, ...others] = all;
        if (first === undefined) return;
        const grown = {
          ...first,
          pools: {
            ...first.pools,
            newMax: first.pools.newMax + by,
            oldMax: (first.pools.oldMax ?? first.pools.newMax) + by,
          },
        };
        const excessOf = (list: readonly BackendUsage[]) =>
          schedule(list, { maxRollouts: 99 }).map(({ backend, redeployFit }) => ({
            id: idOf(backend),
            excess: redeployFit.excess ?? 0,
          }));
        const before = excessOf([first, ...others]);
        const after = excessOf([grown, ...others]);
        for (const [index, { excess }] of after.entries())
          expect(excess).toBeGreaterThanOrEqual(before[index]?.excess ?? 0);
        const isOthers = ({ id }: { readonly id: string }) => id !== idOf(first);
        if (after.some((one, index) => isOthers(one) && one.excess > (before[index]?.excess ?? 0)))
          runsWithLessRoom += 1;
      }),
    );
    // Some 60 of the 100 runs leave less room to another backend.
    expect(runsWithLessRoom).toBeGreaterThan(20);
  });
});

test('a stuck rollout whose next one is due counts as for the others, so that two backends do not wait for each other', () => {
  // Its own reconcile takes it for due, and knows what it holds while it is stuck.
  const stuck = backend({ name: 'a', policy: 'Warn', createdAt: 2, stuckSessions: 560 });
  const held = neighbour('b', 60, { createdAt: 1, pools: { phase: 'Due' } });
  expect(holds([stuck, held])).toEqual({ a: undefined, b: 'BudgetExceeded' });
  expect(holds([{ ...stuck, stuckSessions: undefined }, held])).toEqual({ a: 'RolloutQueued', b: undefined });
});
