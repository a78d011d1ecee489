import { expect, test } from 'vitest';
import { allowanceOf, type IntOrPercent, DEFAULT_STRATEGY } from '../../../src/core/model/strategy.ts';

const rolling = (maxSurge: IntOrPercent, maxUnavailable: IntOrPercent) => ({
  kind: 'RollingUpdate' as const,
  maxSurge,
  maxUnavailable,
});

test.for<readonly [string, ReturnType<typeof rolling>, number, number, number]>([
  ['the default of one replica is one above, none below', DEFAULT_STRATEGY, 1, 1, 0],
  ['the default of six replicas: the surge is rounded up, the unavailable down', DEFAULT_STRATEGY, 6, 2, 1],
  ['a share that is whole is not rounded', rolling('50%', '50%'), 4, 2, 2],
  ['numbers stand as they are', rolling(3, 2), 4, 3, 2],
  ['both 0: one may be unavailable', rolling(0, 0), 4, 0, 1],
  ['both come to 0: one may be unavailable', rolling(0, '1%'), 2, 0, 1],
  ['a share of nothing is nothing', rolling('1%', '1%'), 0, 0, 1],
  ['a surge may be above 100%', rolling('150%', 0), 3, 5, 0],
])('%s', ([, strategy, replicas, surge, unavailable]) => {
  expect(allowanceOf(strategy, replicas)).toEqual({ surge, unavailable });
});

test('Recreate has no surge, and all pods may be unavailable', () => {
  expect(allowanceOf({ kind: 'Recreate' }, 3)).toEqual({ surge: 0, unavailable: 3 });
});
