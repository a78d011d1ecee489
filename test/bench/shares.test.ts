import { expect, test } from 'vitest';
import { sharesOf } from '../../bench/shares.ts';

const moments = { started: 100, jobMade: 130, proven: 3000, changed: 3020, rolled: 7000, ready: 7040 };

test('the share of the operator is what lies between the works of Kubernetes', () => {
  expect(sharesOf(moments)).toEqual({ total: 6940, before: 30, between: 20, after: 40 });
});

test('of two watches, the one of the later moment may be read first: that is no wait', () => {
  expect(sharesOf({ ...moments, proven: 3021, rolled: 7041 })).toMatchObject({ between: 0, after: 0 });
});
