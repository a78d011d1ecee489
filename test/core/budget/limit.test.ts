import { describe, expect, test } from 'vitest';
import { available, limitsOf } from '../../../src/core/budget/limit.ts';
import { budgetReport } from '../../../src/core/budget/report.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import type { BackendUsage, DatabaseFacts } from '../../../src/core/model/usage.ts';
import { backend, neighbour } from './builders.ts';

/** What a probe read of an instance with 300 processes. */
const facts = (inUse: number, measured?: DatabaseFacts['measured']): DatabaseFacts => ({
  identity: undefined,
  user: undefined,
  limits: { processes: { inUse, limit: '300' } },
  measured,
});
const database = (...given: Parameters<typeof facts>) => ({ limit: undefined, facts: facts(...given) });
const room = (...backends: readonly BackendUsage[]) =>
  limitsOf(backends, () => undefined, undefined).map((limit) => available(limit));

describe('sessions that others have in use', () => {
  test('sessions in use before any pod runs are not free', () => {
    const first = backend({ database: database(95) });
    expect(room(first)).toEqual([205]);
    const [entry] = schedule([first], { maxRollouts: 1 });
    expect(entry && budgetReport(entry).message).toBe(
      'max 40 x (6 + 2 surge + 6 terminating) = 560, others 0, processes 300 - 95 in use by others: 355 too many, max 14 would fit',
    );
  });

  test.for<readonly [string, number, number]>([
    ['fewer than the reserve leave the reserve free', 15, 280],
    ['as many as the reserve', 20, 280],
    ['more than the reserve', 21, 279],
    ['more than the limit', 400, -100],
  ])('sessions in use by others: %s', ([, inUse, left]) => {
    expect(room(backend({ database: database(inUse) }))).toEqual([left]);
  });

  test('sessions in use are not those of others as far as the pods of the backends hold them', () => {
    const running = neighbour('orders', 80, {
      pools: { pods: { old: 0, updated: 1, terminating: 0 } },
      database: database(95),
    });
    expect(room(running)).toEqual([280]);
    expect(room({ ...running, database: { ...running.database, facts: facts(115) } })).toEqual([265]);
  });

  test('sessions in use are compared with what the backends held when they were counted, at the newest probe', () => {
    const stale = backend({ name: 'a', database: database(250, { at: 1, ownSessions: 0 }) });
    const fresh = backend({ name: 'b', database: database(150, { at: 2, ownSessions: 110 }) });
    expect(room(stale, fresh)).toEqual([260]);
    expect(room(fresh, stale)).toEqual([260]);
    // More pods than then make no session of others one of the backends.
    const grown = { ...fresh, pools: { ...fresh.pools, pods: { old: 9, terminating: 9 } } };
    expect(room(stale, grown)).toEqual([260]);
  });

  test('sessions in use do not count towards a limit of the spec: it is what the backends may use', () => {
    expect(room(backend({ database: { limit: 600, facts: facts(95) } }))).toEqual([580]);
  });

  test('sessions in use by others do not change what is said of a rollout that fits', () => {
    const said = (inUse: number) => {
      const [entry] = schedule([backend({ pools: { newMax: 5 }, database: database(inUse) })], { maxRollouts: 1 });
      return entry && budgetReport(entry).message;
    };
    expect(said(95)).toBe(
      'max 5 x (6 + 2 surge + 6 terminating) = 70, processes 300 - 20 reserve: it fits beside the other backends',
    );
    expect(said(120)).toBe(said(95));
  });
});
