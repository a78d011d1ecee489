/** Backends of any kind, for the property tests of the budget. */
import fc from 'fast-check';
import type { RolloutPhase } from '../../../src/core/model/usage.ts';
import { backend } from './builders.ts';

/** Most of them are due, so that rollouts meet each other. */
export const anyBackend = fc
  .record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    namespace: fc.constantFrom('shop', 'depot'),
    createdAt: fc.integer({ min: 0, max: 3 }),
    wasRolledBefore: fc.boolean(),
    policy: fc.constantFrom('Enforce' as const, 'Warn' as const, 'Ignore' as const),
    pools: fc.record({
      phase: fc.constantFrom<RolloutPhase>('UpToDate', 'Due', 'Due', 'Due', 'Due', 'NotDue', 'Rolling', 'Stuck'),
      newMax: fc.integer({ min: 1, max: 30 }),
      oldMax: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
      replicas: fc.integer({ min: 0, max: 6 }),
      pods: fc.record({ old: fc.integer({ min: 0, max: 6 }), terminating: fc.constantFrom(0, 0, 0, 1, 2) }),
    }),
    database: fc.record({
      usernameSource: fc.constantFrom('one', 'two'),
      limit: fc.constantFrom(undefined, 300, 400, 900),
      reserve: fc.integer({ min: 0, max: 40 }),
      facts: fc.option(
        fc.record({
          identity: fc.constant(undefined),
          user: fc.constantFrom('APP', 'OTHER', undefined),
          limits: fc.record({ sessionsPerUser: fc.constantFrom('100', '300', 'UNLIMITED') }),
        }),
        { nil: undefined },
      ),
    }),
  })
  .map(backend);
