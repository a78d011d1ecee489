import { expect, test } from 'vitest';
import { allowanceOf, type IntOrPercent, DEFAULT_STRATEGY } from '../../../src/core/model/strategy.ts';

const rolling = (maxSurge: IntOrPercent, maxUnavailable: IntOrPercent) => ({
  kind: 'RollingUpdate' as const,
  maxSurge,
  maxUnavailable,
});

test.for<readonly [string, ReturnType<typeof rolling>, number, number, number]>([
  ['the default strategy of one replica: one above, none below', DEFAULT_STRATEGY, 1, 1, 0],
  ['the default strategy of six replicas: the surge is rounded up, the unavailable down', DEFAULT_STRATEGY, 6, 2, 1],
  ['a percentage without a remainder is not rounded', rolling('50%', '50%'), 4, 2, 2],
  ['a surge in pods is not changed', rolling(3, 2), 4, 3, 2],
  ['a strategy of 0 and 0: one pod may be unavailable', rolling(0, 0), 4, 0, 1],
  ['a strategy that is rounded to 0 and 0: one pod may be unavailable', rolling(0, '1%'), 2, 0, 1],
  ['a percentage of no replicas is 0', rolling('1%', '1%'), 0, 0, 1],
  ['a surge may be above 100%', rolling('150%', 0), 3, 5, 0],
])('%s', ([, strategy, replicas, surge, unavailable]) => {
  expect(allowanceOf(strategy, replicas)).toEqual({ surge, unavailable });
});

test('the strategy Recreate has no surge, and all pods may be unavailable', () => {
  expect(allowanceOf({ kind: 'Recreate' }, 3)).toEqual({ surge: 0, unavailable: 3 });
});
