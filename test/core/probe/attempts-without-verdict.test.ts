import { describe, expect, test } from 'vitest';
import type { Observed, ObservedProbe } from '../../../src/core/model/observed.ts';
import { NOW, profile, connectionRefused, verdictMissing } from '../builders.ts';
import { HOUR, assessProfile, finishedJob, probedSpec } from './builders.ts';

describe('a probe that ends without a verdict', () => {
  const wordless = (unread: number, changes: Partial<ObservedProbe> = {}) => {
    const probe = finishedJob(verdictMissing, HOUR, { attemptsWithoutVerdict: unread, ...changes });
    const terminated = { exitCode: 1, message: '', at: NOW - HOUR };
    return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, terminated })) };
  };
  const unreadOf = (changes: Partial<Observed>) =>
    (
      assessProfile(changes).step.actions.at(-1)?.object.metadata['annotations'] as Record<string, string> | undefined
    )?.['dbpool.dev/attempts-without-verdict'];

  test('a probe without a verdict is followed by two attempts, and by no other until a request', () => {
    expect(unreadOf({ probes: [wordless(0)] })).toBe('1');
    expect(unreadOf({ probes: [wordless(1)] })).toBe('2');
    const { step, status } = assessProfile({ probes: [wordless(2)] });
    expect(step).toMatchObject({ condition: { reason: 'VerdictMissing' }, progress: 'Stalled', actions: [] });
    expect(step.condition?.message).toContain('dbpool.dev/probe-requested-at');
    expect(status).not.toHaveProperty('nextAttemptAt');
    const asking = profile({ spec: { kind: 'valid', spec: probedSpec }, probeRequestedAt: 'now' });
    expect(unreadOf({ profile: asking, probes: [wordless(2)] })).toBe('3');
  });

  test('attempts without a verdict are counted until one has a verdict, and anew for other settings', () => {
    const heard = finishedJob({ ...connectionRefused, fingerprint: 'a1b2' }, HOUR, { attemptsWithoutVerdict: 2 });
    expect(unreadOf({ probes: [heard] })).toBeUndefined();
    const gone = { ...finishedJob(connectionRefused, HOUR, { attemptsWithoutVerdict: 2 }), pods: [] };
    expect(unreadOf({ probes: [gone] })).toBe('2');
    expect(unreadOf({ probes: [wordless(2, { proofKey: 'ffffffffff' })] })).toBeUndefined();
  });
});
