/**
 * Whether the new pods of a rollout fail, and whether the new configuration may be the cause. A crash or missing readiness may be
 * its fault; a missing node, image or quota is not. Nothing is its fault once another owner has changed the template too.
 */
import { type ReasonOf, reportedReason } from '../../api/v1alpha1.ts';
import { replicaFailureMessage } from '../backend/rollout-state.ts';
import type { Target } from '../backend/target.ts';
import type { StateOf } from '../model/config-state.ts';
import { count } from '../model/count.ts';
import { toRfc3339 } from '../model/time.ts';
import type { ObservedDeployment, ObservedPod, ObservedPodContainer } from '../model/observed.ts';
import { isTemplateChanged } from './template-change.ts';
import {
  containerOf,
  describeContainer,
  failingRestarts,
  hasCrashedUnready,
  isAsBefore,
  isInBackOff,
  isOneCrashAllowed,
  runsUnready,
} from './crash.ts';

export type Failure = {
  /** Whether the new configuration may have caused the failure. */
  readonly isCausedByConfig: boolean;
  /** A pod failed as if the configuration were the cause, but something else explains it. */
  readonly isExcused?: true;
  readonly reason: ReasonOf<'RolledOut'>;
  /** Names the pod or the Deployment. Without a period at its end. */
  readonly message: string;
  /** The pod that failed, and how its container ended; undefined where no pod did. */
  readonly pod?: StateOf<'failed'>['pod'];
};

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** A failure that the configuration may have caused. */
type PodFailure = Failure & {
  readonly isCausedByConfig: true;
  readonly kind: 'crash' | 'readiness';
  /** Milliseconds for which the container ran before it crashed; undefined where nobody knows. */
  readonly ranMs?: number | undefined;
};

/** Undefined while nothing fails. `pods` are those by which the rollout is judged. */
export function failureOf(
  target: Target,
  pods: readonly ObservedPod[],
  started: StateOf<'rollout'>,
): Failure | undefined {
  const { deployment, container } = target;
  const late = started.completedAt === undefined ? deadlineExceeded(deployment, pods, container.name) : undefined;
  // Until then, another container may be retried.
  const isOver = started.completedAt !== undefined || late !== undefined;
  const ofPods = pods.flatMap((pod) => {
    const found = crashOf(pod, container.name, started) ?? lostReadiness(pod, container.name, started);
    return found === undefined ? [] : [{ ...found, isReady: pod.isReady }];
  });
  const failures = [...ofPods, ...(isOfPod(late) ? [{ ...late, isReady: false }] : [])].flatMap(
    ({ isReady, ...failure }) => {
      const excuse = excuseOf(failure, started, deployment);
      if (excuse === undefined) return [failure];
      // An excused failure has no consequences: it is over once the pod is ready again.
      return isReady ? [] : [excused(failure, excuse)];
    },
  );
  return (
    failures.find(({ isCausedByConfig }) => isCausedByConfig) ??
    failures[0] ??
    firstOf(pods, cannotStart) ??
    replicaFailure(deployment) ??
    (isOver ? firstOf(pods, (pod) => crashBeside(pod, container.name)) : undefined) ??
    (isOfPod(late) ? undefined : late)
  );
}

const isOfPod = (failure: Failure | undefined): failure is PodFailure => failure?.isCausedByConfig === true;

const excused = ({ message }: PodFailure, { reason, why }: Excuse): Failure => ({
  isCausedByConfig: false,
  isExcused: true,
  reason,
  message: `${message}. ${why}`,
});

type Excuse = { readonly reason: ReasonOf<'RolledOut'>; readonly why: string };

/** Why a failure is not the fault of the configuration; undefined where it may be. */
export function excuseOf(
  { kind, ranMs }: Pick<PodFailure, 'kind' | 'ranMs'>,
  started: StateOf<'rollout'>,
  deployment: ObservedDeployment,
): Excuse | undefined {
  const { baseline, freesSessions } = started;
  if (freesSessions === true)
    return {
      reason: 'SessionsExhausted',
      why: 'The database may have no session left for the pod. The settings free sessions, so they are not rolled back',
    };
  const notBack = 'before the pool settings were rolled out, so the settings are not rolled back';
  if (baseline?.failure === 'crashing') return { reason: 'FailedBefore', why: `The pods crashed ${notBack}` };
  if (kind === 'crash' && isAsBefore(ranMs, baseline))
    return { reason: 'FailedBefore', why: `The pods crashed as often ${notBack}` };
  if (baseline?.failure === 'notReady' && kind === 'readiness')
    return { reason: 'FailedBefore', why: `Not all pods were ready ${notBack}` };
  if (!isTemplateChanged(started, deployment)) return undefined;
  const why = 'The pod template was changed after the pool settings, so the cause is unclear';
  return { reason: 'TemplateChanged', why };
}

/**
 * What keeps a pod of good settings from being ready: it crashes, or cannot start. The settings are not to blame, and nothing is
 * rolled back, but a person has to act. Undefined where pods are merely starting, or have lost their readiness alone.
 */
export function lateFailureOf(pods: readonly ObservedPod[]): Failure | undefined {
  const unready = pods.filter((pod) => !pod.isReady && !pod.isTerminating && !pod.hasEnded && !pod.isDisrupted);
  return firstOf(unready, crashSinceReady) ?? firstOf(unready, cannotStart);
}

/** A container that crashed has not been ready since: while it runs again, it is not the pod's readiness alone that is missing. */
function crashSinceReady(pod: ObservedPod): Failure | undefined {
  const found = pod.containers.find((one) => hasCrashedUnready(pod, one));
  return found && unreadySince(pod, crashFailure(pod, found, true));
}

/** A crash of a sidecar or an init container. It has not got the pool variables, so that the settings are not to blame. */
function crashBeside(pod: ObservedPod, container: string): Failure | undefined {
  const found = pod.containers.find((one) => one.name !== container && hasCrashedUnready(pod, one));
  if (found === undefined || pod.isReady) return undefined;
  const { reason, message } = unreadySince(pod, crashFailure(pod, found, true));
  return { isCausedByConfig: false, reason, message };
}

const unreadySince = ({ readyChangedAt }: ObservedPod, failure: PodFailure): PodFailure => ({
  ...failure,
  message: `${failure.message}. The pod has not been ready since ${toRfc3339(readyChangedAt)}`,
});

const firstOf = (pods: readonly ObservedPod[], find: (pod: ObservedPod) => Failure | undefined) => {
  for (const pod of pods) {
    const failure = find(pod);
    if (failure !== undefined) return failure;
  }
  return undefined;
};

function crashOf(pod: ObservedPod, name: string, started: StateOf<'rollout'>): PodFailure | undefined {
  const found = containerOf(pod, name);
  if (found === undefined) return undefined;
  if (isInLoop(pod, found, started)) return crashFailure(pod, found, true);
  const { crash, restarts } = found;
  const limit = failingRestarts(pod, started);
  if (crash === undefined || limit === undefined || restarts < limit) return undefined;
  return crashFailure(pod, found, isOneCrashAllowed(pod, started));
}

function crashFailure(pod: ObservedPod, container: ObservedPodContainer, isLooping: boolean): PodFailure {
  const { name, crash, restarts, lastRunMs } = container;
  const end = crash === undefined ? 'it keeps ending' : `exit code ${crash.exitCode} (${crash.reason})`;
  const message = `Pod ${pod.name}: ${describeContainer(container)} crashes, ${end}, ${count(restarts, 'restart')}`;
  return {
    kind: 'crash',
    ranMs: lastRunMs,
    isCausedByConfig: true,
    reason: crashReason(crash, isLooping),
    message,
    pod: { name: pod.name, container: name, ...endOf(crash) },
  };
}

/** Whether the kubelet delays the next start after an end that came after the baseline. */
function isInLoop({ name }: ObservedPod, container: ObservedPodContainer, { baseline }: StateOf<'rollout'>): boolean {
  const before = baseline?.restarts ?? {};
  return isInBackOff(container) && (before === 'uncounted' || container.restarts > (before[name] ?? -1));
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

/**
 * A container that was ready and no longer is, though it did not restart. It counts once all pods were ready; before that, the
 * rollout waits for it.
 */
function lostReadiness(pod: ObservedPod, name: string, { completedAt }: StateOf<'rollout'>): PodFailure | undefined {
  if (completedAt === undefined || pod.isReady) return undefined;
  const { isReady, startedAt } = containerOf(pod, name) ?? {};
  if (isReady !== false || startedAt === undefined || pod.readyChangedAt <= startedAt) return undefined;
  return {
    kind: 'readiness',
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
  const found = pod.containers.find((one) => isStuck(one));
  if (found?.waiting === undefined) return undefined;
  const { reason, message } = found.waiting;
  const since = Math.max(pod.createdAt, pod.readyChangedAt);
  return {
    isCausedByConfig: false,
    reason: reportedReason(reason),
    message: `Pod ${pod.name}: ${describeContainer(found)} cannot start since ${toRfc3339(since)}: ${message.slice(0, 500)}`,
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
    message: `Deployment ${name}: ${replicaFailureMessage(status.replicaFailure)}`,
  };
}

function deadlineExceeded(
  { name, status }: ObservedDeployment,
  pods: readonly ObservedPod[],
  container: string,
): Failure | PodFailure | undefined {
  if (status.deadlineExceeded === undefined) return undefined;
  const running = pods.filter((pod) => containerOf(pod, container)?.startedAt !== undefined && !pod.isReady);
  // A container that started after the deadline was kept from starting by something else, and may still become ready.
  const blamed = running.find((pod) => runsUnready(pod, container, status.deadlineAt));
  const unready = blamed ?? running[0];
  if (unready === undefined)
    return {
      isCausedByConfig: false,
      reason: 'ProgressDeadlineExceeded',
      message: `Deployment ${name}: the rollout makes no progress: ${status.deadlineExceeded}`,
    };
  return {
    ...(blamed === undefined ? { isCausedByConfig: false } : { isCausedByConfig: true, kind: 'readiness' }),
    reason: 'NotReady',
    message: `Pod ${unready.name}: container ${container} runs but does not become ready: ${status.deadlineExceeded}`,
    pod: { name: unready.name, container },
  };
}
