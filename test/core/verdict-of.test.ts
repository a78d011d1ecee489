import { describe, expect, test } from 'vitest';
import type { ObservedProbe, ObservedProbePod } from '../../src/core/observed.ts';
import { isStuck, verdictOf, waitingReason } from '../../src/core/verdict-of.ts';
import { ended, NOW, verdict } from './builders.ts';

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

describe('a Job without an end', () => {
  const waiting = (reason: string): ObservedProbe => ({
    ...withPod({ terminated: undefined, waiting: { reason, message: 'no such thing' } }),
    end: undefined,
  });
  const refusedPod: ObservedProbe = {
    ...ended(verdict(), 0),
    end: undefined,
    pods: [],
    refusal: 'exceeded quota: pods',
  };
  const sidecar: ObservedProbe = { ...ended(verdict(), 0), end: undefined };

  test.for<[string, ObservedProbe, string | undefined]>([
    ['that is only slow', waiting('ContainerCreating'), undefined],
    ['whose image cannot be pulled', waiting('ImagePullBackOff'), 'ImagePullFailed'],
    ['that finds no node', waiting('Unschedulable'), 'Unschedulable'],
    ['whose pod cannot be made', refusedPod, 'PodRefused'],
    ['whose pod is not there yet', { ...refusedPod, refusal: undefined }, undefined],
    ['that a sidecar keeps running', sidecar, 'SidecarRuns'],
  ])('%s says %s', ([, probe, reason]) => {
    expect(waitingReason(probe, NOW)?.reason).toBe(reason);
  });

  test('has the words of the API server that refuses its pod', () => {
    expect(waitingReason(refusedPod, NOW)?.message).toContain('exceeded quota: pods');
  });

  test.for<[string, ObservedProbe, boolean]>([
    ['an image that cannot be pulled', waiting('ImagePullBackOff'), true],
    ['a pod that cannot be made', refusedPod, true],
    ['a node that is not there: the scheduler looks by itself', waiting('Unschedulable'), false],
    ['a Secret that is not there: the kubelet looks by itself', waiting('CreateContainerConfigError'), false],
  ])('with %s is given up for a new one: %s', ([, probe, isGivenUp]) => {
    const { createdAt } = probe;
    expect(isStuck(probe, createdAt + 15_000)).toBe(isGivenUp);
    expect(isStuck(probe, createdAt + 14_000)).toBe(false);
  });
});
