import { describe, expect, test } from 'vitest';
import type { ObservedProbe, ObservedProbePod } from '../../../src/core/model/observed.ts';
import { isIdle, isBackingOff, waitingReason } from '../../../src/core/probe/pod-waiting.ts';
import { finishedProbe, NOW, verdict } from '../builders.ts';

const withPod = (changes: Partial<ObservedProbePod>): ObservedProbe => {
  const probe = finishedProbe(verdict(), 0);
  return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, ...changes })) };
};

describe('a Job without an end', () => {
  const waiting = (reason: string): ObservedProbe => ({
    ...withPod({ terminated: undefined, waiting: { reason, message: 'no such thing' } }),
    end: undefined,
  });
  const refusedPod: ObservedProbe = {
    ...finishedProbe(verdict(), 0),
    end: undefined,
    pods: [],
    podCreationError: 'exceeded quota: pods',
  };
  const sidecar: ObservedProbe = { ...finishedProbe(verdict(), 0), end: undefined };

  test.for<[string, ObservedProbe, string | undefined]>([
    ['that is only slow', waiting('ContainerCreating'), undefined],
    ['whose image cannot be pulled', waiting('ImagePullBackOff'), 'ImagePullFailed'],
    ['that finds no node', waiting('Unschedulable'), 'Unschedulable'],
    ['that the kubelet cannot start', waiting('CreateContainerError'), 'ContainerNotStarted'],
    ['that lacks what nobody foresaw', waiting('CreateContainerConfigError'), 'ContainerNotStarted'],
    ['whose pod cannot be made', refusedPod, 'PodCreationFailed'],
    ['whose pod is not there yet', { ...refusedPod, podCreationError: undefined, createdAt: NOW - 9000 }, undefined],
    [
      'whose pod nobody makes',
      { ...refusedPod, podCreationError: undefined, createdAt: NOW - 10_000 },
      'PodNotCreated',
    ],
    ['that a sidecar keeps running', sidecar, 'SidecarStillRunning'],
  ])('%s says %s', ([, probe, reason]) => {
    expect(waitingReason(probe, NOW)?.reason).toBe(reason);
  });

  test('has the words of the kubelet for what nobody foresaw', () => {
    expect(waitingReason(waiting('RunContainerError'), NOW)?.message).toContain('no such thing (RunContainerError)');
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
    expect(isBackingOff(probe, createdAt + 15_000)).toBe(isGivenUp);
    expect(isBackingOff(probe, createdAt + 14_000)).toBe(false);
  });

  test.for<[string, ObservedProbe, boolean]>([
    ['that finds no node', waiting('Unschedulable'), true],
    ['without a pod', { ...refusedPod, podCreationError: undefined }, true],
    ['that is only slow', waiting('ContainerCreating'), false],
    ['that a sidecar keeps running', sidecar, false],
  ])('%s holds nobody else up after 10 s: %s', ([, probe, isOut]) => {
    expect(isIdle(probe, probe.createdAt + 10_000)).toBe(isOut);
    expect(isIdle(probe, probe.createdAt + 9000)).toBe(false);
  });
});
