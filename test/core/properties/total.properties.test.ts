import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitStatus, type ProfileStatus } from '../../../src/api/v1alpha1.ts';
import { statusAfterFailedWrite } from '../../../src/controller/act/failed-write.ts';
import { decide } from '../../../src/core/decide.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import { violationsOf } from '../../support/crd.ts';
import { container, deployment, observed, variablesFrom, profile, spec, variable } from '../builders.ts';
import { policy } from './events.ts';
import { BranchCounts, RUNS } from './runs.ts';

const error = new ApiError('POST configmaps', { code: 403, reason: 'Forbidden', message: 'exceeded quota' });

const isOfEachTypeOnce = ({ conditions = [] }: ProfileStatus) =>
  new Set(conditions.map(({ type }) => type)).size === conditions.length;

describe('decide', () => {
  test('a decision is made of anything that may be observed, and its status can be written, whichever write fails', () => {
    const counts = new BranchCounts<'writes' | 'stalled' | 'deleting'>();
    const env = fc.array(
      fc
        .tuple(
          fc.constantFrom('DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'),
          fc.oneof(
            fc.record({ kind: fc.constant('value' as const), value: fc.string() }),
            fc.record({ kind: fc.constant('configMap' as const), name: fc.string(), key: fc.string() }),
            fc.record({ kind: fc.constant('other' as const), description: fc.string() }),
          ),
          fc.array(fc.string(), { maxLength: 2 }),
        )
        .map(([name, source, managers]) => variable(name, source, ...managers)),
      { maxLength: 6 },
    );
    const seen = fc.record({
      env: fc.oneof(
        env,
        fc.string().map((name) => variablesFrom(name)),
      ),
      named: fc.option(fc.string(), { nil: undefined }),
      containers: fc.integer({ min: 0, max: 2 }),
      there: fc.boolean(),
      labels: fc.record({
        profile: fc.constantFrom(undefined, 'search', 'another'),
        config: fc.option(fc.string(), { nil: undefined }),
      }),
      originals: fc.option(fc.oneof(fc.string(), fc.json()), { nil: undefined }),
      isDeleting: fc.boolean(),
      finalizers: fc.constantFrom([], ['dbpool.dev/restore']),
      adopt: fc.boolean(),
      suspend: fc.boolean(),
      probeRequestedAt: fc.option(fc.string(), { nil: undefined }),
      problem: fc.option(fc.string(), { nil: undefined }),
      policy,
    });
    fc.assert(
      fc.property(seen, (one) => {
        const { env: variables, labels, originals, named } = one;
        const containers = Array.from({ length: one.containers }, (_, index) => ({
          ...container(...variables),
          name: `c${index}`,
        }));
        const observation = observed({
          profile: profile({
            isDeleting: one.isDeleting,
            finalizers: one.finalizers,
            probeRequestedAt: one.probeRequestedAt,
            spec:
              one.problem === undefined
                ? {
                    kind: 'valid',
                    spec: spec({ probe: { policy: one.policy }, adopt: one.adopt, suspend: one.suspend }),
                  }
                : { kind: 'invalid', problem: one.problem, target: undefined },
          }),
          deployment: one.there
            ? deployment({ containers, labels, adoptedEnv: originals, defaultContainer: named })
            : undefined,
        });
        const decision = decide(observation);
        const isLeftAlone = one.isDeleting && one.finalizers.length === 0;
        expect(decision.status.conditions?.[0]?.type).toBe(isLeftAlone ? undefined : 'Ready');
        expect(violationsOf(fitStatus(decision.status))).toEqual([]);
        for (const [index] of decision.actions.entries()) {
          const failed = { error, pending: decision.actions.slice(index) };
          const status = statusAfterFailedWrite(decision.status, observation, failed);
          expect(violationsOf(fitStatus(status))).toEqual([]);
          expect(isOfEachTypeOnce(status)).toBe(true);
        }
        expect(isOfEachTypeOnce(decision.status)).toBe(true);
        counts.count('writes', decision.actions.length > 0);
        counts.count('stalled', decision.status.conditions?.some(({ type }) => type === 'Stalled') ?? false);
        counts.count('deleting', one.isDeleting);
      }),
      RUNS,
    );
    counts.expectAtLeast({ writes: 0.03, stalled: 0.2, deleting: 0.2 });
  });
});
