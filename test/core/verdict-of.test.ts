import { describe, expect, test } from 'vitest';
import type { ObservedProbe, ObservedProbePod } from '../../src/core/observed.ts';
import { verdictOf, wordOf } from '../../src/core/verdict-of.ts';
import { ended, verdict } from './builders.ts';

const saying = (message: string, exitCode: number, succeeded: boolean): ObservedProbe => {
  const probe = ended(verdict(), exitCode);
  const [pod] = probe.pods;
  if (pod === undefined || probe.end === undefined) throw new Error('the builder makes one pod and an end');
  return { ...probe, end: { ...probe.end, succeeded }, pods: [{ ...pod, terminated: { exitCode, message, at: 0 } }] };
};

const withPod = (changes: Partial<ObservedProbePod>): ObservedProbe => {
  const probe = ended(verdict(), 0);
  return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, ...changes })) };
};

const refused = verdict({ outcome: 'Permanent', reason: 'AuthenticationFailed', stage: 'logon' });

const killed = verdict({ outcome: 'Inconclusive', reason: 'ProbeKilled', stage: 'logon', fingerprint: '00ff' });

describe('a verdict', () => {
  test('that stands there in case of a kill is taken where there was one, with its fingerprint', () => {
    expect(verdictOf(saying(JSON.stringify(killed), 137, false), undefined)).toMatchObject({
      reason: 'ProbeKilled',
      fingerprint: '00ff',
      message: expect.stringContaining('exit code 137') as string,
    });
  });

  test('is taken where text, exit code and Job agree', () => {
    expect(verdictOf(ended(refused, 10), undefined)).toEqual(refused);
    expect(verdictOf(ended(verdict(), 0), undefined)).toEqual(verdict());
  });

  test.for<[string, ObservedProbe, string]>([
    ['says success with the exit code of a failure', saying(JSON.stringify(verdict()), 10, false), 'VerdictAmbiguous'],
    ['was left by a program that ended by itself', saying(JSON.stringify(killed), 1, false), 'VerdictAmbiguous'],
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
    ['comes from a pod with other names in its hosts file', withPod({ hosts: 'other' }), 'VerdictAmbiguous'],
    ['comes from a pod that runs something else', withPod({ essence: 'ffffffffff' }), 'VerdictAmbiguous'],
    [
      'comes from a pod that was taken away',
      { ...ended(verdict(), 0), pods: [], end: { succeeded: false, at: 0, reason: 'PodFailurePolicy', message: '' } },
      'ProbeDisrupted',
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

describe('what a pod says', () => {
  test('is heard before its Job ends: a sidecar may keep that running', () => {
    const { end: _, ...running } = ended(refused, 10);
    expect(wordOf({ ...running, end: undefined })).toMatchObject({ verdict: refused });
    expect(wordOf({ ...withPod({ terminated: undefined }), end: undefined })).toBeUndefined();
  });

  test('is not believed of a pod that was not made so', () => {
    const word = wordOf({ ...withPod({ essence: 'ffffffffff' }), end: undefined });
    expect(word?.verdict).toMatchObject({ reason: 'VerdictAmbiguous' });
  });
});

test('a Job that ended by the deadline of a pod that waited says what for', () => {
  const waiting = { reason: 'CreateContainerConfigError', message: 'secret "db" not found' };
  const failure = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than it may' };
  const said = verdictOf(
    {
      ...withPod({ terminated: undefined, waiting, failure }),
      end: { succeeded: false, at: 0, reason: '', message: '' },
    },
    undefined,
  );
  expect(said).toMatchObject({ outcome: 'Inconclusive', reason: 'SecretNotFound' });
  expect(said.message).toContain('secret "db" not found');
});
