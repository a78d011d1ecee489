import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { StatusThrottle } from '../../src/controller/act/status-throttle.ts';
import type { ProfileStatus } from '../../src/api/v1alpha1.ts';

const rolling = (message: string, rest: Partial<ProfileStatus> = {}): ProfileStatus => ({
  observedGeneration: 1,
  pods: { available: 3, desired: 3, updated: 1, summary: '3/3' },
  conditions: [
    { type: 'Ready', status: 'False', reason: 'RollingOut', message, lastTransitionTime: '2026-01-01T00:00:00Z' },
  ],
  ...rest,
});
const before = rolling('1 of 3 pods are new');

describe('a status written a second ago', () => {
  let throttle: StatusThrottle;
  let now: number;

  beforeEach(() => {
    now = 1000;
    throttle = new StatusThrottle(() => now);
    throttle.wrote('shop/a');
    now = 2000;
  });

  test.for<[string, ProfileStatus]>([
    ['its message', rolling('2 of 3 pods are new')],
    ['its pods', rolling('1 of 3 pods are new', { pods: { available: 2, desired: 3, updated: 2, summary: '2/3' } })],
    [
      'its budget',
      rolling('1 of 3 pods are new', {
        budget: { database: 'shop/a', summary: 'over by 5 (70/65)', peakSessions: 70, otherSessions: 0, excess: 5 },
      }),
    ],
  ])('a status written a second ago is held back for four more where only %s changes', ([, status]) => {
    expect(throttle.waitMs('shop/a', status, before)).toBe(4000);
    now = 6000;
    expect(throttle.waitMs('shop/a', status, before)).toBe(0);
  });

  const [condition] = before.conditions ?? [];
  test.for<[string, ProfileStatus]>([
    ['its generation', rolling('1 of 3 pods are new', { observedGeneration: 2 })],
    ['a reason', { ...before, conditions: condition === undefined ? [] : [{ ...condition, reason: 'Observing' }] }],
    ['a condition', { ...before, conditions: [] }],
    ['a fact', rolling('1 of 3 pods are new', { handledRequests: { retry: 'now' } })],
  ])('a status written a second ago is written at once where %s is new', ([, status]) => {
    expect(throttle.waitMs('shop/a', status, before)).toBe(0);
  });

  test('a status of another profile, or of one created again, is never held back', () => {
    const status = rolling('2 of 3 pods are new');
    expect(throttle.waitMs('shop/b', status, before)).toBe(0);
    throttle.forget('shop/a');
    expect(throttle.waitMs('shop/a', status, before)).toBe(0);
  });
});

test('a status is not held back any longer where the wall clock is set back', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const throttle = new StatusThrottle();
  throttle.wrote('shop/a');
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(throttle.waitMs('shop/a', rolling('2 of 3 pods are new'), before)).toBeLessThanOrEqual(5000);
});
