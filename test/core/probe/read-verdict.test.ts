import { describe, expect, test } from 'vitest';
import type { ObservedProbe, ObservedProbePod } from '../../../src/core/model/observed.ts';
import { readVerdict, logonReports } from '../../../src/core/probe/read-verdict.ts';
import { finishedProbe, verdict } from '../builders.ts';

const saying = (message: string, exitCode: number, succeeded: boolean): ObservedProbe => {
  const probe = finishedProbe(verdict(), exitCode);
  const [pod] = probe.pods;
  if (pod === undefined || probe.end === undefined) throw new Error('the builder makes one pod and an end');
  return { ...probe, end: { ...probe.end, succeeded }, pods: [{ ...pod, terminated: { exitCode, message, at: 0 } }] };
};

const withPod = (changes: Partial<ObservedProbePod>): ObservedProbe => {
  const probe = finishedProbe(verdict(), 0);
  return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, ...changes })) };
};

const refused = verdict({ outcome: 'PermanentFailure', reason: 'AuthenticationFailed', stage: 'logon' });

const killed = verdict({ outcome: 'Inconclusive', reason: 'ProbeKilled', stage: 'logon', fingerprint: '00ff' });

describe('a verdict', () => {
  test('a provisional verdict is used where the program was killed, with its fingerprint', () => {
    expect(readVerdict(saying(JSON.stringify(killed), 137, false), undefined)).toMatchObject({
      reason: 'ProbeKilled',
      fingerprint: '00ff',
      message: expect.stringContaining('exit code 137') as string,
    });
  });

  test('a verdict is used where text, exit code and Job agree', () => {
    expect(readVerdict(finishedProbe(refused, 10), undefined)).toEqual(refused);
    expect(readVerdict(finishedProbe(verdict(), 0), undefined)).toEqual(verdict());
  });

  test.for<[string, ObservedProbe, string]>([
    ['says success with the exit code of a failure', saying(JSON.stringify(verdict()), 10, false), 'VerdictUntrusted'],
    ['was left by a program that ended by itself', saying(JSON.stringify(killed), 1, false), 'VerdictUntrusted'],
    ['says success while its Job failed', saying(JSON.stringify(verdict()), 0, false), 'VerdictUntrusted'],
    ['says failure while its Job succeeded', saying(JSON.stringify(refused), 10, true), 'VerdictUntrusted'],
    ['is no JSON', saying('Killed', 137, false), 'VerdictMissing'],
    ['is empty', saying('', 1, false), 'VerdictMissing'],
    ['has another version', saying(JSON.stringify({ ...verdict(), version: 2 }), 0, true), 'VerdictMissing'],
    [
      'has a reason that is no identifier',
      saying(JSON.stringify({ ...verdict(), reason: 'a b' }), 0, true),
      'VerdictMissing',
    ],
    [
      'is longer than a termination message can be',
      saying(JSON.stringify(verdict()) + ' '.repeat(5000), 0, true),
      'VerdictMissing',
    ],
    ['is missing', { ...finishedProbe(verdict(), 0), pods: [] }, 'ProbeDidNotRun'],
    [
      'comes twice',
      {
        ...finishedProbe(verdict(), 0),
        pods: [...finishedProbe(verdict(), 0).pods, ...finishedProbe(verdict(), 0).pods],
      },
      'VerdictUntrusted',
    ],
    [
      'comes from a pod with other names in its hosts file',
      withPod({ hostAliasesDigest: 'other' }),
      'VerdictUntrusted',
    ],
    ['comes from a pod that runs something else', withPod({ digest: 'ffffffffff' }), 'VerdictUntrusted'],
    [
      'comes from a pod that was taken away',
      {
        ...finishedProbe(verdict(), 0),
        pods: [],
        end: { succeeded: false, at: 0, reason: 'PodFailurePolicy', message: '' },
      },
      'ProbeDisrupted',
    ],
    ['comes from a pod of another Job', { ...finishedProbe(verdict(), 0), uid: 'another' }, 'ProbeDidNotRun'],
  ])('a verdict that %s is inconclusive', ([, probe, reason]) => {
    expect(readVerdict(probe, undefined)).toMatchObject({ outcome: 'Inconclusive', reason });
  });

  test('a verdict whose pod is gone is read from the status, for the same Job and the same end only', () => {
    const probe = { ...finishedProbe(refused, 10), pods: [] };
    const { version: _, ...rest } = refused;
    const kept = { ...rest, job: probe.job, proofKey: probe.proofKey, attempt: 1 };
    expect(readVerdict(probe, kept)).toMatchObject({ outcome: 'PermanentFailure', reason: 'AuthenticationFailed' });
    expect(readVerdict(probe, { ...kept, job: 'another' })).toMatchObject({ reason: 'ProbeDidNotRun' });
    expect(readVerdict(probe, { ...kept, outcome: 'Succeeded' })).toMatchObject({ reason: 'ProbeDidNotRun' });
  });
});

describe('logonReports', () => {
  test('a logon report is read before its Job ends, which a sidecar may keep running', () => {
    const { end: _, ...running } = finishedProbe(refused, 10);
    expect(logonReports({ ...running, end: undefined })).toMatchObject([{ verdict: refused, isTrusted: true }]);
    expect(logonReports({ ...withPod({ terminated: undefined }), end: undefined })).toEqual([]);
  });

  const named = { ...refused, fingerprint: 'a1b2' };
  const silent = verdict({ outcome: 'TransientFailure', reason: 'TimedOut', stage: 'logon', fingerprint: 'a1b2' });
  const twice = (probe: ObservedProbe) => ({ ...probe, pods: probe.pods.flatMap((pod) => [pod, pod]) });
  const changed = (probe: ObservedProbe) => ({
    ...probe,
    pods: probe.pods.map((pod) => ({ ...pod, digest: 'ffffffffff' })),
  });
  test.for<[string, ObservedProbe, readonly string[]]>([
    ['a rejection by a changed pod', changed(finishedProbe(named, 10)), ['AuthenticationFailed']],
    ['a logon without an answer by a changed pod', changed(finishedProbe(silent, 11)), ['TimedOut']],
    ['a rejection with another exit code', saying(JSON.stringify(named), 1, false), ['AuthenticationFailed']],
    ['rejections by two pods', twice(finishedProbe(named, 10)), ['AuthenticationFailed', 'AuthenticationFailed']],
    ['a success of a changed pod', changed(finishedProbe(verdict({ fingerprint: 'a1b2' }), 0)), []],
    ['a success with another exit code', saying(JSON.stringify(verdict({ fingerprint: 'a1b2' })), 10, false), []],
    ['an answer of a full database', changed(finishedProbe({ ...silent, reason: 'SessionLimitReached' }, 11)), []],
  ])('a logon report is untrusted, and may only record a rejection: %s', ([, probe, reasons]) => {
    expect(readVerdict(probe, undefined)).toMatchObject({ reason: 'VerdictUntrusted', fingerprint: 'a1b2' });
    expect(logonReports(probe).map(({ verdict: { reason } }) => reason)).toEqual(reasons);
    expect(logonReports(probe).every(({ isTrusted }) => !isTrusted)).toBe(true);
  });
});

describe('a probe pod that was changed', () => {
  const made = { image: 'a', env: 'b' };
  const as = (parts: Record<string, string>, changes: Partial<ObservedProbePod> = {}) =>
    readVerdict(
      { ...withPod({ digest: 'ffffffffff', fieldDigests: parts, ...changes }), fieldDigests: made },
      undefined,
    );

  test('a changed probe pod is reported with the fields that differ, and with what to do', () => {
    expect(as({ image: 'a', env: 'c', hostPID: 'd' }).message).toContain(': env, hostPID differs.');
    expect(as(made, { hostAliasesDigest: 'other' }).message).toContain(': hostAliases differs.');
    expect(as(made).message).toContain("its Job's template differs.");
    expect(as({ image: 'c', env: 'b' }).remediation).toMatch(/admission webhook.*probe\.policy to Advisory/);
  });

  test('a changed probe pod without a verdict is reported with both', () => {
    const terminated = { exitCode: 10, message: '', at: 0 };
    const said = as({ ...made, terminationMessage: 'c' }, { terminated });
    expect(said).toMatchObject({ reason: 'VerdictMissing' });
    expect(said.message).toContain('terminationMessage differs');
  });
});

test('a Job that timed out while its pod waited says what for', () => {
  const waiting = { reason: 'CreateContainerConfigError', message: 'secret "db" not found' };
  const failure = { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than it may' };
  const said = readVerdict(
    {
      ...withPod({ terminated: undefined, waiting, failure }),
      end: { succeeded: false, at: 0, reason: '', message: '' },
    },
    undefined,
  );
  expect(said).toMatchObject({ outcome: 'Inconclusive', reason: 'SecretNotFound' });
  expect(said.message).toContain('secret "db" not found');
});
