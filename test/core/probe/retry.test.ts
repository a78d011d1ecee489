import { describe, expect, test } from 'vitest';
import { nextAttemptAt, backoffMs } from '../../../src/core/probe/retry.ts';
import { NOW, verdict } from '../builders.ts';

describe('the pause between attempts', () => {
  test.for([
    [1, 30_000],
    [2, 60_000],
    [3, 120_000],
    [4, 240_000],
    [5, 300_000],
    [1000, 300_000],
  ] as const)('the pause after %i failures is %i ms, or up to a fifth more', ([failures, ms]) => {
    const pauses = Array.from({ length: 50 }, (_, seed) => backoffMs(failures, String(seed)));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(ms);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(ms * 1.2);
    expect(new Set(pauses).size).toBeGreaterThan(40);
    expect(backoffMs(failures, 'a')).toBe(backoffMs(failures, 'a'));
  });

  const after = { endedAt: NOW, failures: 1, seed: 'a' };
  const refusal = verdict({ outcome: 'PermanentFailure', reason: 'AuthenticationFailed', stage: 'logon' });

  test('the pause never ends for rejected credentials without a fingerprint', () => {
    expect(nextAttemptAt(refusal, after)).toBeUndefined();
    expect(nextAttemptAt({ ...refusal, fingerprint: 'a1b2' }, after)).toBeGreaterThanOrEqual(NOW + 30_000);
  });

  test('the pause is short after a pod was disrupted', () => {
    const disrupted = verdict({ outcome: 'Inconclusive', reason: 'ProbeDisrupted', stage: 'start' });
    expect(nextAttemptAt(disrupted, after)).toBeLessThanOrEqual(NOW + 2400);
  });
});
