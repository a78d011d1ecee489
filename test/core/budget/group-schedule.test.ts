import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { budgetReport } from '../../../src/core/budget/report.ts';
import { ownSchedule } from '../../../src/core/budget/group-schedule.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { idOf } from '../../../src/core/model/usage.ts';
import { anyBackend } from './arbitraries.ts';
import { backend, neighbour } from './builders.ts';

describe('the schedule of a backend', () => {
  const orders = neighbour('orders', 120);

  test('the schedule of a backend counts what the backend itself has observed, not what the group has for it', () => {
    const members = [neighbour('search', 10), orders];
    expect(ownSchedule(backend(), members, { maxRollouts: 1 }).entry.hold?.kind).toBe('BudgetExceeded');
    expect(ownSchedule(backend({ policy: 'Warn' }), members, { maxRollouts: 1 }).entry.hold).toBeUndefined();
  });

  test('the schedule of a backend counts it where the group does not have it yet', () => {
    expect(ownSchedule(backend(), [orders], { maxRollouts: 1 })).toMatchObject({ backends: 2, idleSessions: 360 });
  });

  test('the schedule is computed once for all members of an unchanged group', () => {
    const members = [backend(), orders];
    const first = ownSchedule(backend(), members, { maxRollouts: 1 }).entry;
    expect(ownSchedule(backend(), members, { maxRollouts: 1 }).entry).toBe(first);
    expect(ownSchedule(backend(), [...members], { maxRollouts: 1 }).entry).not.toBe(first);
    expect(ownSchedule(backend(), members, { maxRollouts: 2 }).entry).not.toBe(first);
  });

  test('the schedule of a backend is that of the whole group with it', () => {
    let runsWithNews = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(anyBackend, { selector: idOf, minLength: 1, maxLength: 6 }),
        anyBackend,
        fc.boolean(),
        ([known, ...others], news, isNews) => {
          if (known === undefined) return;
          const own = isNews ? { ...news, namespace: known.namespace, name: known.name } : known;
          const expected = schedule([own, ...others], { maxRollouts: 1 }).find((entry) => entry.backend === own);
          const { entry } = ownSchedule(own, [known, ...others], { maxRollouts: 1 });
          expect(entry.hold).toEqual(expected?.hold);
          expect(expected && budgetReport(expected)).toEqual(budgetReport(entry));
          if (isNews && entry.hold !== undefined) runsWithNews += 1;
        },
      ),
      { numRuns: 1000 },
    );
    // Some 60 of the 1000 runs have a backend that is held by what it alone knows.
    expect(runsWithNews).toBeGreaterThan(20);
  });
});
