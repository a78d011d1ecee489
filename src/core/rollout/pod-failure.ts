/**
 * Whether the new pods of a rollout fail, and whether the new configuration may be the cause. A crash or missing readiness may be
 * its fault; a missing node, image or quota is not. Nothing is its fault once another owner has changed the template too.
 */
import { type ReasonOf, reportedReason } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import type { StateOf } from '../model/config-state.ts';
import { count } from '../model/count.ts';
import { toRfc3339 } from '../model/time.ts';
import type { ObservedDeployment, ObservedPod, ObservedPodContainer } from '../model/observed.ts';

export type Failure = {
  /** Whether the new configuration may have caused the failure. */
  readonly isCausedByConfig: boolean;
  readonly reason: ReasonOf<'RolledOut'>;
  /** Names the pod or the Deployment. Without a period at its end. */
  readonly message: string;
  /** The pod that failed, and how its container ended; undefined where no pod did. */
  readonly pod?: StateOf<'failed'>['pod'];
};

/** Restarts of a container, before all pods were ready, that count as a failure. */
export const MAX_RESTARTS = 2;

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** Undefined while nothing fails. `pods` are those with the new configuration. */
export function failureOf(
  { deployment, container: { name: container } }: Target,
  pods: readonly ObservedPod[],
  started: StateOf<'rollout'>,
): Failure | undefined {
  const alive = pods.filter(({ isTerminating }) => !isTerminating);
  const found =
    firstOf(alive, (pod) => crashOf(pod, container, started) ?? lostReadiness(pod, container, started)) ??
    firstOf(alive, cannotStart) ??
    replicaFailure(deployment) ??
    (started.completedAt === undefined ? deadlineExceeded(deployment, alive, container) : undefined);
  if (found?.isCausedByConfig === true && deployment.foreignTemplateHash !== started.templateHash) {
    const message = `${found.message}. The pod template was changed after the pool settings, so the cause is unclear`;
    return { isCausedByConfig: false, reason: 'TemplateChanged', message };
  }
  return found;
}

/**
 * What keeps a pod of good settings from being ready: it crashes, or cannot start. The settings are not to blame, and nothing is
 * rolled back, but a person has to act. Undefined where pods are merely starting, or have lost their readiness alone.
 */
export function lateFailureOf(pods: readonly ObservedPod[]): Failure | undefined {
  const unready = pods.filter(({ isReady, isTerminating }) => !isReady && !isTerminating);
  return firstOf(unready, crashSinceReady) ?? firstOf(unready, cannotStart);
}

/** A container that crashed has not been ready since: while it runs again, it is not the pod's readiness alone that is missing. */
function crashSinceReady(pod: ObservedPod): Failure | undefined {
  const hasCrashed = ({ isReady, crash, startedAt, waiting }: ObservedPodContainer) =>
    waiting?.reason === 'CrashLoopBackOff' ||
    (!isReady && crash !== undefined && (startedAt ?? pod.readyChangedAt) >= pod.readyChangedAt);
  const found = pod.containers.find(hasCrashed);
  return found && crashFailure(pod, found, true);
}

const firstOf = (pods: readonly ObservedPod[], find: (pod: ObservedPod) => Failure | undefined) => {
  for (const pod of pods) {
    const failure = find(pod);
    if (failure !== undefined) return failure;
  }
  return undefined;
};

const containerOf = (pod: ObservedPod, name: string) => pod.containers.find((one) => one.name === name);

function crashOf(pod: ObservedPod, name: string, started: StateOf<'rollout'>): Failure | undefined {
  const found = containerOf(pod, name);
  if (found === undefined) return undefined;
  const isLooping = found.waiting?.reason === 'CrashLoopBackOff';
  if (!isLooping && !isCrash(found, started)) return undefined;
  return crashFailure(pod, found, isLooping || started.completedAt === undefined);
}

function crashFailure(pod: ObservedPod, { name, crash, restarts }: ObservedPodContainer, isLooping: boolean): Failure {
  const end = crash === undefined ? 'it keeps ending' : `exit code ${crash.exitCode} (${crash.reason})`;
  const message = `Pod ${pod.name}: container ${name} crashes, ${end}, ${count(restarts, 'restart')}`;
  return {
    isCausedByConfig: true,
    reason: crashReason(crash, isLooping),
    message,
    pod: { name: pod.name, container: name, ...endOf(crash) },
  };
}

/** How a container ended, for the record: the pod and its log are gone after the rollback. */
const endOf = (crash: ObservedPodContainer['crash']) =>
  crash && {
    exitCode: crash.exitCode,
    terminatedAt: crash.at,
    ...(crash.terminationMessage !== undefined && { terminationMessage: crash.terminationMessage }),
  };

/** The reason that the kubelet gives (OOMKilled), except "Error", which says less than CrashLoopBackOff. */
function crashReason(crash: ObservedPodContainer['crash'], isLooping: boolean): ReasonOf<'RolledOut'> {
  const reason = crash?.reason ?? 'Error';
  return reason === 'Error' && isLooping ? 'CrashLoopBackOff' : reportedReason(reason);
}

/** Start of the second of a time. Kubernetes' times are whole seconds, so an event of that second may have come after it. */
const secondOf = (at: number) => Math.floor(at / 1000) * 1000;

/** During the rollout, one crash may belong to a start that is retried. Once all pods were ready, each crash counts. */
function isCrash({ crash, restarts }: ObservedPodContainer, { completedAt }: StateOf<'rollout'>): boolean {
  if (crash === undefined) return false;
  return completedAt === undefined ? restarts >= MAX_RESTARTS : crash.at >= secondOf(completedAt);
}

/** A container that was ready and no longer is. It counts once all pods were ready; before that, the rollout waits for it. */
function lostReadiness(pod: ObservedPod, name: string, { completedAt }: StateOf<'rollout'>): Failure | undefined {
  if (completedAt === undefined || pod.isReady || pod.readyChangedAt < secondOf(completedAt)) return undefined;
  const { isReady, startedAt } = containerOf(pod, name) ?? {};
  if (isReady !== false || startedAt === undefined || pod.readyChangedAt <= startedAt) return undefined;
  return {
    isCausedByConfig: true,
    reason: 'ReadinessLost',
    message: `Pod ${pod.name}: container ${name} is no longer ready`,
    pod: { name: pod.name, container: name },
  };
}

function cannotStart(pod: ObservedPod): Failure | undefined {
  if (pod.unschedulable !== undefined)
    return {
      isCausedByConfig: false,
      reason: 'Unschedulable',
      message: `Pod ${pod.name} cannot be scheduled since ${toRfc3339(pod.createdAt)}: ${pod.unschedulable}`,
    };
  const { name, waiting } = pod.containers.find((one) => isStuck(one)) ?? {};
  if (waiting === undefined) return undefined;
  return {
    isCausedByConfig: false,
    reason: reportedReason(waiting.reason),
    message: `Pod ${pod.name}: container ${name} cannot start since ${toRfc3339(pod.createdAt)}: ${waiting.message.slice(0, 500)}`,
  };
}

const isStuck = ({ waiting }: ObservedPodContainer) =>
  waiting !== undefined &&
  waiting.reason !== '' &&
  waiting.reason !== 'CrashLoopBackOff' &&
  !STARTING.has(waiting.reason);

function replicaFailure({ name, status }: ObservedDeployment): Failure | undefined {
  if (status.replicaFailure === undefined) return undefined;
  return {
    isCausedByConfig: false,
    reason: 'ReplicaFailure',
    message: `Deployment ${name}: pods cannot be created: ${status.replicaFailure.slice(0, 500)}`,
  };
}

function deadlineExceeded(
  { name, status }: ObservedDeployment,
  pods: readonly ObservedPod[],
  container: string,
): Failure | undefined {
  if (status.deadlineExceeded === undefined) return undefined;
  const unready = pods.find((pod) => containerOf(pod, container)?.startedAt !== undefined && !pod.isReady);
  if (unready === undefined)
    return {
      isCausedByConfig: false,
      reason: 'ProgressDeadlineExceeded',
      message: `Deployment ${name}: the rollout makes no progress: ${status.deadlineExceeded}`,
    };
  const { isReady, startedAt = 0 } = containerOf(unready, container) ?? {};
  // A container that started after the deadline was kept from starting by something else, and may still become ready.
  const isCausedByConfig = isReady === false && startedAt < (status.deadlineAt ?? Number.POSITIVE_INFINITY);
  return {
    isCausedByConfig,
    reason: 'NotReady',
    message: `Pod ${unready.name}: container ${container} runs but does not become ready: ${status.deadlineExceeded}`,
    pod: { name: unready.name, container },
  };
}
