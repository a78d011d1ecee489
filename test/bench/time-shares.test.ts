import { expect, test } from 'vitest';
import { timeShares } from '../../bench/time-shares.ts';

const moments = { started: 100, jobMade: 130, proven: 3000, changed: 3020, rolled: 7000, ready: 7040 };

test('the operator’s share is the time between the steps of Kubernetes', () => {
  expect(timeShares(moments)).toEqual({ total: 6940, before: 30, between: 20, after: 40 });
});

test('a wait is 0 where the watch of the later moment is read first', () => {
  expect(timeShares({ ...moments, proven: 3021, rolled: 7041 })).toMatchObject({ between: 0, after: 0 });
});
