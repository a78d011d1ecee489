import { describe, expect, test } from 'vitest';
import type { ObservedProbe, ObservedProbePod } from '../../../src/core/model/observed.ts';
import { isIdle, isBackingOff, waitingReason } from '../../../src/core/probe/pod-waiting.ts';
import { finishedProbe, NOW, verdict } from '../builders.ts';

const withPod = (changes: Partial<ObservedProbePod>): ObservedProbe => {
  const probe = finishedProbe(verdict(), 0);
  return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, ...changes })) };
};

describe('a Job whose pod waits', () => {
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
    ['for which there is no node', waiting('Unschedulable'), 'Unschedulable'],
    ['that the kubelet cannot start', waiting('CreateContainerError'), 'ContainerNotStarted'],
    ['that the kubelet blocks for an unknown reason', waiting('CreateContainerConfigError'), 'ContainerNotStarted'],
    ['whose pod cannot be created', refusedPod, 'PodCreationFailed'],
    ['whose pod is not there yet', { ...refusedPod, podCreationError: undefined, createdAt: NOW - 9000 }, undefined],
    [
      'whose pod is not created',
      { ...refusedPod, podCreationError: undefined, createdAt: NOW - 10_000 },
      'PodNotCreated',
    ],
    ['that a sidecar keeps running', sidecar, 'SidecarStillRunning'],
  ])('the reason of a Job %s', ([, probe, reason]) => {
    expect(waitingReason(probe, NOW)?.reason).toBe(reason);
  });

  test("a Job that is blocked for an unknown reason has the kubelet's message", () => {
    expect(waitingReason(waiting('RunContainerError'), NOW)?.message).toContain('no such thing (RunContainerError)');
  });

  test("a Job whose pod is rejected has the API server's message", () => {
    expect(waitingReason(refusedPod, NOW)?.message).toContain('exceeded quota: pods');
  });

  test.for<[string, ObservedProbe, boolean]>([
    ['an image that cannot be pulled is replaced by a new one', waiting('ImagePullBackOff'), true],
    ['a pod that cannot be created is replaced by a new one', refusedPod, true],
    ['no node stays: the scheduler retries by itself', waiting('Unschedulable'), false],
    ['no Secret stays: the kubelet retries by itself', waiting('CreateContainerConfigError'), false],
  ])('a Job with %s', ([, probe, isGivenUp]) => {
    expect(isBackingOff(probe)).toBe(isGivenUp);
  });

  test.for<[string, ObservedProbe, boolean]>([
    ['for which there is no node frees its slot after 10 s', waiting('Unschedulable'), true],
    ['without a pod frees its slot after 10 s', { ...refusedPod, podCreationError: undefined }, true],
    ['that is only slow keeps its slot', waiting('ContainerCreating'), false],
    ['that a sidecar keeps running keeps its slot', sidecar, false],
  ])('a Job %s', ([, probe, isOut]) => {
    expect(isIdle(probe, probe.createdAt + 10_000)).toBe(isOut);
    expect(isIdle(probe, probe.createdAt + 9000)).toBe(false);
  });
});
