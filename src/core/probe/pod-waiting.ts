/** Why a probe's pod does not start or does not end, as reason and message of the condition. Knows no verdict. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import type { ObservedProbe, ObservedProbePod } from '../model/observed.ts';
import { isOver } from '../model/time.ts';

/** Waiting reasons of the kubelet and the scheduler on which a person has to act, and the reason of the condition for each. */
const WAITING_REASONS: readonly {
  readonly waiting: string;
  readonly message?: RegExp;
  readonly reason: ReasonOf<'ProbeSucceeded'>;
  readonly blocksSameCredentials?: boolean;
}[] = [
  {
    waiting: 'CreateContainerConfigError',
    message: /^secret ".*" not found/,
    reason: 'SecretNotFound',
    blocksSameCredentials: true,
  },
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

const MISSING_INPUTS: ReadonlySet<string> = new Set([
  'SecretNotFound',
  'SecretKeyNotFound',
  'ConfigMapNotFound',
  'ConfigMapKeyNotFound',
]);

/** Whether a Secret or ConfigMap that the pod reads is not there. */
export const isMissingInput = ({ reason }: Waiting): boolean => MISSING_INPUTS.has(reason);

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** A Job that is older than this and has no pod is reported. */
const POD_APPEARS_WITHIN_MS = 10_000;

/** A pod that cannot start for longer than this no longer blocks other probes. */
export const IDLE_AFTER_MS = 10_000;

/** A sidecar that runs longer than this after the probe has ended is reported. */
const SIDECAR_GRACE_MS = 10_000;

export type Waiting = {
  readonly reason: ReasonOf<'ProbeSucceeded'>;
  readonly message: string;
  /** The next probe with these credentials would wait for the cause as well. */
  readonly blocksSameCredentials?: boolean;
};

/** Why the probe's pod does not start or does not end; undefined while no person has to act. */
export function waitingReason(probe: ObservedProbe, now: number): Waiting | undefined {
  const pod = podOf(probe);
  if (pod?.terminated !== undefined && hasLasted(pod.terminated.seenAt ?? pod.terminated.at, SIDECAR_GRACE_MS, now)) {
    const message = `The probe has ended, but another container keeps pod ${pod.name} running. Exclude sidecars by a label (spec.probe.podLabels), or use native sidecars.`;
    return { reason: 'SidecarStillRunning', message };
  }
  return startBlocker(probe, now);
}

/** Why the pod has not started, so that it has sent nothing to the database; undefined where it has started, or may at any moment. */
export function startBlocker(probe: ObservedProbe, now: number): Waiting | undefined {
  const pod = podOf(probe);
  if (pod === undefined) return hasNoPod(probe, now);
  const { waiting } = pod;
  if (waiting === undefined || STARTING.has(waiting.reason)) return undefined;
  const entry = WAITING_REASONS.find(
    (one) => one.waiting === waiting.reason && (one.message?.test(waiting.message) ?? true),
  );
  return {
    reason: entry?.reason ?? 'ContainerNotStarted',
    ...(entry?.blocksSameCredentials === true && { blocksSameCredentials: true }),
    // No name of a pod or Job: while Jobs follow each other, the condition would change with each.
    message: `The probe's pod cannot start: ${waiting.message.slice(0, 500)} (${waiting.reason}). The probe continues as soon as the cause is removed.`,
  };
}

function hasNoPod({ job, podCreationError, isEnding, ...probe }: ObservedProbe, now: number): Waiting | undefined {
  if (podCreationError !== undefined)
    return {
      reason: 'PodCreationFailed',
      message: `The probe's pod cannot be created, and the Job controller tries again: ${podCreationError.slice(0, 500)}`,
    };
  if (isEnding === true || !hasLasted(createdSince(probe), POD_APPEARS_WITHIN_MS, now)) return undefined;
  const message = `Job ${job} has no pod, and no event explains why. Check that the cluster's Job controller runs.`;
  return { reason: 'PodNotCreated', message };
}

/** When a Job was created, for what is counted from there. */
export const createdSince = ({
  createdAt,
  createdSeenAt,
}: Pick<ObservedProbe, 'createdAt' | 'createdSeenAt'>): number => createdSeenAt ?? createdAt;

const hasLasted = (since: number, ms: number, now: number): boolean => isOver({ since, until: since + ms }, now);

/** Whether a Job has waited so long that it no longer blocks other probes. */
export const isIdle = (probe: ObservedProbe, now: number): boolean =>
  hasLasted(createdSince(probe), IDLE_AFTER_MS, now) && startBlocker(probe, now) !== undefined;

/** Whether the kubelet or the Job controller tries ever more rarely to start the pod. With a new Job, it tries at once. */
export function isBackingOff(probe: ObservedProbe): boolean {
  const pod = podOf(probe);
  return pod === undefined ? probe.podCreationError !== undefined : pod.waiting?.reason === 'ImagePullBackOff';
}

/** Whether a Job failed by the deadline of its pod (630 s plus probe.timeoutSeconds) before the pod ever ran. */
export function timedOutBeforeStart(probe: ObservedProbe): boolean {
  const { waiting, terminated, failure } = podOf(probe) ?? {};
  return waiting !== undefined && terminated === undefined && failure?.reason === 'DeadlineExceeded';
}

const podOf = ({ pods, uid }: ObservedProbe): ObservedProbePod | undefined =>
  pods.find(({ ownerUid }) => ownerUid === uid);
