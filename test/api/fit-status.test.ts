import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitStatus, type ProfileStatus, statusSchema } from '../../src/api/v1alpha1.ts';
import { STATUS_SCHEMA, violationsOf } from '../support/crd.ts';
import { anyFields, validValue } from './arbitrary-status.ts';

const ready = (message = 'min 5, max 40'): NonNullable<ProfileStatus['conditions']>[number] => ({
  type: 'Ready',
  status: 'True',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'Ready',
  message,
});
const readyIn = ({ conditions = [] }: ProfileStatus) => conditions.find(({ type }) => type === 'Ready')?.message ?? '';
const settings = { hash: '0123456789', min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600 };

describe('fitStatus', () => {
  test('fitStatus makes of any draft a status that the CRD accepts, and the operator reads', () => {
    const counts = { fitted: 0, all: 0 };
    fc.assert(
      fc.property(anyFields(STATUS_SCHEMA), (draft) => {
        const status = fitStatus(draft);
        expect(violationsOf(status)).toEqual([]);
        expect(statusSchema.safeParse(status).success).toBe(true);
        expect(fitStatus(status)).toEqual(status);
        counts.all += 1;
        counts.fitted += violationsOf(draft).length > 0 ? 1 : 0;
      }),
      { numRuns: 100 },
    );
    expect(counts.fitted).toBeGreaterThan(counts.all / 2);
  });

  test('fitStatus changes nothing that fits', () => {
    fc.assert(
      fc.property(validValue(STATUS_SCHEMA), (draft) => {
        expect(violationsOf(draft)).toEqual([]);
        expect(fitStatus(draft as ProfileStatus)).toEqual(draft);
      }),
      { numRuns: 100 },
    );
  });

  test('fitStatus saturates a sum, and Ready says so', () => {
    const budget = { summary: 'fits', database: 'prod', peakSessions: 2 ** 60 };
    const status = fitStatus({ conditions: [ready()], budget });
    expect(status.budget?.peakSessions).toBe(Number.MAX_SAFE_INTEGER);
    expect(readyIn(status)).toBe(
      'min 5, max 40 The status has no room for: budget.peakSessions is more than 9007199254740991.',
    );
  });

  test.for([
    ['x', 2],
    ['😀', 1],
  ] as const)('fitStatus cuts a text of %s between two characters, and says how many are missing', ([fill]) => {
    const message = fill.repeat(1500);
    const { lastFailed } = fitStatus({
      lastFailed: { ...settings, reason: 'CrashLoopBackOff', message, time: '2026-01-01T00:00:00Z' },
    });
    const [, kept = '', missing] = /^(.*)… \((\d+) more characters\)$/u.exec(lastFailed?.message ?? '') ?? [];
    expect(Array.from(kept).length + Number(missing)).toBe(1500);
    expect(lastFailed?.message.isWellFormed()).toBe(true);
    expect(lastFailed?.message.length).toBeLessThanOrEqual(1000);
  });

  test('fitStatus cuts the message of Ready so that it still says what else was cut', () => {
    const status = fitStatus({ conditions: [ready('x'.repeat(40_000))] });
    expect(readyIn(status).length).toBeLessThanOrEqual(32_768);
    expect(readyIn(status)).toMatch(
      /^x+… \(\d+ more characters\) The status has no room for: conditions\[0\]\.message has 40000 characters\.$/,
    );
  });

  test('fitStatus keeps the first entries of a list, and the first of each key', () => {
    const stuck = { ...ready('stuck'), type: 'Stalled' };
    const record = {
      ...settings,
      result: 'Failed' as const,
      summary: 'max 40 → 60',
      startedAt: '2026-01-01T00:00:00Z',
    };
    const history = Array.from({ length: 12 }, (_, index) => ({ ...record, min: index }));
    const status = fitStatus({ conditions: [ready(), stuck, { ...stuck, message: 'again' }], history });
    expect(status.conditions?.map(({ message }) => message.split(' The status')[0])).toEqual([
      'min 5, max 40',
      'stuck',
    ]);
    expect(status.history?.map(({ min }) => min)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(readyIn(status)).toContain('conditions has a key twice; history has 12 entries');
  });

  test('fitStatus leaves out an object of which a required field has no valid value, and nothing else', () => {
    const probe = { outcome: 'Succeeded', reason: 'pool opened', stage: 'done', message: '', remediation: '' };
    const draft = { conditions: [ready()], desired: settings, probe: { ...probe, job: 'search-probe-1', attempt: 1 } };
    const status = fitStatus(draft as ProfileStatus);
    expect(Object.keys(status).toSorted()).toEqual(['conditions', 'desired']);
    expect(readyIn(status)).toContain('probe.reason may not be "pool opened"; probe lacks reason');
  });
});
