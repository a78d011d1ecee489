import { describe, expect, test } from 'vitest';
import type { ObservedProbe } from '../../src/core/observed.ts';
import { verdictOf } from '../../src/core/verdict-of.ts';
import { ended, verdict } from './builders.ts';

const saying = (message: string, exitCode: number, succeeded: boolean): ObservedProbe => {
  const probe = ended(verdict(), exitCode);
  const [pod] = probe.pods;
  if (pod === undefined || probe.end === undefined) throw new Error('the builder makes one pod and an end');
  return { ...probe, end: { ...probe.end, succeeded }, pods: [{ ...pod, terminated: { exitCode, message } }] };
};

const refused = verdict({ outcome: 'Permanent', reason: 'AuthenticationFailed', stage: 'logon' });

describe('a verdict', () => {
  test('is taken where text, exit code and Job agree', () => {
    expect(verdictOf(ended(refused, 10), undefined)).toEqual(refused);
    expect(verdictOf(ended(verdict(), 0), undefined)).toEqual(verdict());
  });

  test.for<[string, ObservedProbe, string]>([
    ['says success with the exit code of a failure', saying(JSON.stringify(verdict()), 10, false), 'VerdictAmbiguous'],
    ['says success while its Job failed', saying(JSON.stringify(verdict()), 0, false), 'VerdictAmbiguous'],
    ['says failure while its Job succeeded', saying(JSON.stringify(refused), 10, true), 'VerdictAmbiguous'],
    ['is no JSON', saying('Killed', 137, false), 'VerdictMissing'],
    ['is empty', saying('', 1, false), 'VerdictMissing'],
    ['has another version', saying(JSON.stringify({ ...verdict(), version: 2 }), 0, true), 'VerdictMissing'],
    [
      'has a reason that is no word',
      saying(JSON.stringify({ ...verdict(), reason: 'a b' }), 0, true),
      'VerdictMissing',
    ],
    [
      'is longer than a termination message can be',
      saying(JSON.stringify(verdict()) + ' '.repeat(5000), 0, true),
      'VerdictMissing',
    ],
    ['never came', { ...ended(verdict(), 0), pods: [] }, 'ProbeDidNotRun'],
    [
      'comes twice',
      { ...ended(verdict(), 0), pods: [...ended(verdict(), 0).pods, ...ended(verdict(), 0).pods] },
      'VerdictAmbiguous',
    ],
    ['comes from a pod of another Job', { ...ended(verdict(), 0), uid: 'another' }, 'ProbeDidNotRun'],
  ])('that %s is inconclusive', ([, probe, reason]) => {
    expect(verdictOf(probe, undefined)).toMatchObject({ outcome: 'Inconclusive', reason });
  });

  test('whose pod is gone stays what the status says, for the same Job and the same end only', () => {
    const probe = { ...ended(refused, 10), pods: [] };
    const { version: _, ...rest } = refused;
    const kept = { ...rest, job: probe.job, attempt: 1 };
    expect(verdictOf(probe, kept)).toMatchObject({ outcome: 'Permanent', reason: 'AuthenticationFailed' });
    expect(verdictOf(probe, { ...kept, job: 'another' })).toMatchObject({ reason: 'ProbeDidNotRun' });
    expect(verdictOf(probe, { ...kept, outcome: 'Succeeded' })).toMatchObject({ reason: 'ProbeDidNotRun' });
  });
});
