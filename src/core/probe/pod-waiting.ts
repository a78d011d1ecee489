/** Why a probe's pod does not start, or does not end: in words for people, and what comes of it. Knows no verdict. */
import type { ObservedProbe, ObservedProbePod } from '../model/observed.ts';

/** The kubelet's and the scheduler's words for a pod that does not run, and ours for what somebody has to do something about. */
const WAITING_REASONS: readonly { readonly waiting: string; readonly message?: RegExp; readonly reason: string }[] = [
  { waiting: 'CreateContainerConfigError', message: /^secret ".*" not found/, reason: 'SecretNotFound' },
  { waiting: 'CreateContainerConfigError', message: /^couldn't find key .* in Secret /, reason: 'SecretKeyNotFound' },
  { waiting: 'CreateContainerConfigError', message: /^configmap ".*" not found/, reason: 'ConfigMapNotFound' },
  {
    waiting: 'CreateContainerConfigError',
    message: /^couldn't find key .* in ConfigMap /,
    reason: 'ConfigMapKeyNotFound',
  },
  { waiting: 'ErrImagePull', reason: 'ImagePullFailed' },
  { waiting: 'ImagePullBackOff', reason: 'ImagePullFailed' },
  { waiting: 'ErrImageNeverPull', reason: 'ImagePullFailed' },
  { waiting: 'InvalidImageName', reason: 'ImagePullFailed' },
  { waiting: 'Unschedulable', reason: 'Unschedulable' },
];

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** Milliseconds after which a Job without a pod has none. */
const POD_APPEARS_WITHIN_MS = 10_000;

/** Milliseconds that a pod may wait before others need not wait for it. */
const IDLE_AFTER_MS = 10_000;

/** Milliseconds that a sidecar may run on after the probe has ended. */
const SIDECAR_GRACE_MS = 10_000;

export type Waiting = { readonly reason: string; readonly message: string };

/** Why the probe's pod does not run, or does not end, where somebody has to do something about it; undefined while all is well. */
export function waitingReason(probe: ObservedProbe, now: number): Waiting | undefined {
  const pod = podOf(probe);
  if (pod?.terminated !== undefined && now - pod.terminated.at > SIDECAR_GRACE_MS) {
    const message = `The probe has ended, but another container keeps pod ${pod.name} running: keep sidecars out of it by a label (spec.probe.podLabels), or use native ones.`;
    return { reason: 'SidecarStillRunning', message };
  }
  return cannotStart(probe, now);
}

/** The same of a pod that has never started: nothing was sent to the database yet. */
export function cannotStart(probe: ObservedProbe, now: number): Waiting | undefined {
  const pod = podOf(probe);
  if (pod === undefined) return hasNoPod(probe, now);
  const { waiting } = pod;
  if (waiting === undefined || STARTING.has(waiting.reason)) return undefined;
  const known = WAITING_REASONS.find(
    (one) => one.waiting === waiting.reason && (one.message?.test(waiting.message) ?? true),
  );
  return {
    reason: known?.reason ?? 'ContainerNotStarted',
    message: `The probe's pod cannot start: ${waiting.message.slice(0, 500)} (${waiting.reason}). It goes on by itself once that is mended.`,
  };
}

function hasNoPod({ job, refusal, createdAt, isEnding }: ObservedProbe, now: number): Waiting | undefined {
  if (refusal !== undefined)
    return { reason: 'PodCreationFailed', message: `The probe's pod cannot be made: ${refusal.slice(0, 500)}` };
  if (isEnding === true || now - createdAt < POD_APPEARS_WITHIN_MS) return undefined;
  const message = `Nobody makes a pod for Job ${job}, and nobody says why: look whether the Job controller of the cluster runs.`;
  return { reason: 'PodNotCreated', message };
}

/** Whether a Job waits for so long that others need not wait for it. */
export const isIdle = (probe: ObservedProbe, now: number): boolean =>
  now - probe.createdAt >= IDLE_AFTER_MS && cannotStart(probe, now) !== undefined;

/** Milliseconds after which those who try again on their own, the kubelet and the Job controller, pause for more than 10 s. */
export const STUCK_AFTER_MS = 15_000;

/** Whether a new Job is sooner to see what is mended than this one, whose retries come ever more rarely. */
export function isStuck(probe: ObservedProbe, now: number): boolean {
  const pod = podOf(probe);
  const isBackingOff = pod === undefined ? probe.refusal !== undefined : pod.waiting?.reason === 'ImagePullBackOff';
  return isBackingOff && now - probe.createdAt >= STUCK_AFTER_MS;
}

/** Whether a Job ended by the deadline of a pod that never ran: that is ten minutes after it was made. */
export function hasOnlyWaited(probe: ObservedProbe): boolean {
  const { waiting, terminated, failure } = podOf(probe) ?? {};
  return waiting !== undefined && terminated === undefined && failure?.reason === 'DeadlineExceeded';
}

const podOf = ({ pods, uid }: ObservedProbe): ObservedProbePod | undefined =>
  pods.find(({ ownerUid }) => ownerUid === uid);
