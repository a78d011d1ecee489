/**
 * Reads a probe Job and its pod. A verdict is hostile input until there is exactly one pod, made as it would be rendered,
 * and Job, pod and text agree.
 */
import type { ProbeStatus } from '../profile.ts';
import { EXIT_CODES, VERDICT_MAX_BYTES, type Verdict, verdictSchema } from '../verdict.ts';
import type { ObservedProbe, ObservedProbePod } from './observed.ts';

/** Reason of a Job whose pod failure policy ended it. */
const TAKEN_AWAY = 'PodFailurePolicy';

/** The verdict of a Job that has ended. Where its pod is gone, the one that the status kept of the same Job. */
export function verdictOf(probe: ObservedProbe, before: ProbeStatus | undefined): Verdict {
  const pods = probe.pods.filter(({ ownerUid }) => ownerUid === probe.uid);
  const [pod] = pods;
  if (pods.length > 1)
    return inconclusive('VerdictAmbiguous', `Job ${probe.job} has ${pods.length} pods where there must be one.`);
  if (pod !== undefined && pod.essence !== probe.probeHash)
    return inconclusive('VerdictAmbiguous', `Pod ${pod.name} is not as the operator would have made it.`);
  if (pod?.terminated !== undefined) return spoken(probe, pod, pod.terminated);
  if (before?.job === probe.job && agrees(probe, before.outcome)) return { ...before, version: 1 };
  return unspoken(probe, pod);
}

function unspoken(probe: ObservedProbe, pod: ObservedProbePod | undefined): Verdict {
  if (probe.end?.reason === TAKEN_AWAY) {
    const message = `The pod of Job ${probe.job} was taken away (preemption, eviction or drain).`;
    return inconclusive('ProbeDisrupted', message);
  }
  const { reason, message } = pod?.failure ?? probe.end ?? { reason: 'unknown', message: '' };
  return inconclusive('ProbeDidNotRun', `Job ${probe.job} ended without a verdict: ${reason} ${message}`.trimEnd());
}

function spoken(
  probe: ObservedProbe,
  pod: ObservedProbePod,
  { exitCode, message }: { exitCode: number; message: string },
): Verdict {
  const verdict = parse(message);
  if (verdict === undefined) {
    return inconclusive(
      'VerdictMissing',
      `Pod ${pod.name} ended with exit code ${exitCode} and left no verdict in its termination message.`,
    );
  }
  if (EXIT_CODES[verdict.outcome] !== exitCode || !agrees(probe, verdict.outcome)) {
    return inconclusive(
      'VerdictAmbiguous',
      `Pod ${pod.name} says ${verdict.outcome}, but its exit code is ${exitCode} and its Job ${probe.end?.succeeded ? 'succeeded' : 'failed'}.`,
    );
  }
  return verdict;
}

const agrees = (probe: ObservedProbe, outcome: Verdict['outcome']) =>
  (outcome === 'Succeeded') === (probe.end?.succeeded === true);

function parse(message: string): Verdict | undefined {
  if (message.length > VERDICT_MAX_BYTES) return undefined;
  try {
    return verdictSchema.safeParse(JSON.parse(message)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function inconclusive(reason: string, message: string): Verdict {
  return {
    version: 1,
    outcome: 'Inconclusive',
    reason,
    stage: 'start',
    message: message.slice(0, 700),
    remedy: 'It is tried again by itself.',
  };
}

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

/** Milliseconds that a sidecar may run on after the probe has ended. */
const SIDECAR_GRACE_MS = 10_000;

/** Why the probe's pod does not run, or does not end, where somebody has to do something about it; undefined while all is well. */
export function waitingReason(probe: ObservedProbe, now: number): { reason: string; message: string } | undefined {
  const pod = podOf(probe);
  if (pod === undefined) {
    if (probe.refusal === undefined) return undefined;
    return { reason: 'PodRefused', message: `The probe's pod cannot be made: ${probe.refusal.slice(0, 500)}` };
  }
  if (pod.terminated !== undefined && now - pod.terminated.at > SIDECAR_GRACE_MS) {
    const message = `The probe has ended, but another container keeps pod ${pod.name} running: keep sidecars out of it by a label (spec.probe.podLabels), or use native ones.`;
    return { reason: 'SidecarRuns', message };
  }
  const { waiting } = pod;
  if (waiting === undefined || STARTING.has(waiting.reason)) return undefined;
  const known = WAITING_REASONS.find(
    (one) => one.waiting === waiting.reason && (one.message?.test(waiting.message) ?? true),
  );
  return {
    reason: known?.reason ?? 'ProbeNotStarted',
    message: `The probe's pod cannot start: ${waiting.message.slice(0, 500)} (${waiting.reason}). It goes on by itself once that is mended.`,
  };
}

/** Milliseconds after which those who try again on their own, the kubelet and the Job controller, pause for more than 10 s. */
export const STUCK_AFTER_MS = 15_000;

/** Whether a new Job is sooner to see what is mended than this one, whose retries come ever more rarely. */
export function isStuck(probe: ObservedProbe, now: number): boolean {
  const pod = podOf(probe);
  const isBackingOff = pod === undefined ? probe.refusal !== undefined : pod.waiting?.reason === 'ImagePullBackOff';
  return isBackingOff && now - probe.createdAt >= STUCK_AFTER_MS;
}

const podOf = ({ pods, uid }: ObservedProbe): ObservedProbePod | undefined =>
  pods.find(({ ownerUid }) => ownerUid === uid);
