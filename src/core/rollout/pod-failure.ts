/**
 * Whether the new pods of a rollout fail, and whether the failure is theirs: a crash or a readiness that does not come
 * is; no node, no image, no quota is not, and nothing is where somebody else changed the template too.
 */
import { type ReasonOf, reportedReason } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import type { StateOf } from '../model/config-state.ts';
import type { ObservedDeployment, ObservedPod, ObservedPodContainer } from '../model/observed.ts';

export type Failure = {
  /** The new configuration may have caused it. */
  readonly isCausedByConfig: boolean;
  readonly reason: ReasonOf<'RolledOut'>;
  readonly message: string;
};

/** A container that has ended this often before the rollout's end does not start by itself any more. */
const MAX_RESTARTS = 2;

const STARTING = new Set(['ContainerCreating', 'PodInitializing']);

/** `pods` are those of the new configuration; undefined while nothing fails. */
export function failureOf(
  { deployment, container: { name: container } }: Target,
  pods: readonly ObservedPod[],
  started: StateOf<'rollout'>,
): Failure | undefined {
  const alive = pods.filter(({ isTerminating }) => !isTerminating);
  const own = firstOf(alive, (pod) => crashOf(pod, container, started) ?? lostReadiness(pod, container, started));
  const found =
    own ??
    firstOf(alive, cannotStart) ??
    replicaFailure(deployment) ??
    (started.completedAt === undefined ? deadlineExceeded(deployment, alive, container) : undefined);
  if (found?.isCausedByConfig === true && deployment.foreignTemplateHash !== started.templateHash) {
    const message = `${found.message}. Another change of the template came after the pool settings, so the cause cannot be told`;
    return { isCausedByConfig: false, reason: 'TemplateChanged', message };
  }
  return found;
}

const firstOf = (pods: readonly ObservedPod[], judge: (pod: ObservedPod) => Failure | undefined) => {
  for (const pod of pods) {
    const failure = judge(pod);
    if (failure !== undefined) return failure;
  }
  return undefined;
};

const containerOf = (pod: ObservedPod, name: string) => pod.containers.find((one) => one.name === name);

function crashOf(pod: ObservedPod, name: string, started: StateOf<'rollout'>): Failure | undefined {
  const found = containerOf(pod, name);
  if (found === undefined) return undefined;
  const { waiting, crash, restarts } = found;
  const isLooping = waiting?.reason === 'CrashLoopBackOff';
  if (!isLooping && !isCrash(found, started)) return undefined;
  const end = crash === undefined ? 'it does not stay up' : `exit code ${crash.exitCode} (${crash.reason})`;
  const message = `Pod ${pod.name}: container ${name} crashes, ${end}, ${restarts} restarts`;
  return {
    isCausedByConfig: true,
    reason: crashReason(crash, isLooping || started.completedAt === undefined),
    message,
  };
}

/** The container's own word where it has one (OOMKilled); "Error" says less than that it ends again and again. */
function crashReason(crash: ObservedPodContainer['crash'], isLooping: boolean): ReasonOf<'RolledOut'> {
  const reason = crash?.reason ?? 'Error';
  return reason === 'Error' && isLooping ? 'CrashLoopBackOff' : reportedReason(reason);
}

/** Kubernetes' times are whole seconds: what happened within this one may have come after. */
const secondOf = (at: number) => Math.floor(at / 1000) * 1000;

/** While the rollout goes on one crash may be of a start that is tried again; once all pods were there, each counts. */
function isCrash({ crash, restarts }: ObservedPodContainer, { completedAt }: StateOf<'rollout'>): boolean {
  if (crash === undefined) return false;
  return completedAt === undefined ? restarts >= MAX_RESTARTS : crash.at >= secondOf(completedAt);
}

/** A container that was ready after it had started, and is not any more. Before all pods were there it is waited for. */
function lostReadiness(pod: ObservedPod, name: string, { completedAt }: StateOf<'rollout'>): Failure | undefined {
  if (completedAt === undefined || pod.isReady || pod.readyChangedAt < secondOf(completedAt)) return undefined;
  const { isReady, startedAt } = containerOf(pod, name) ?? {};
  if (isReady !== false || startedAt === undefined || pod.readyChangedAt <= startedAt) return undefined;
  return {
    isCausedByConfig: true,
    reason: 'ReadinessLost',
    message: `Pod ${pod.name}: container ${name} was ready and is not any more`,
  };
}

function cannotStart(pod: ObservedPod): Failure | undefined {
  if (pod.unschedulable !== undefined)
    return { isCausedByConfig: false, reason: 'Unschedulable', message: `Pod ${pod.name}: ${pod.unschedulable}` };
  const waiting = pod.containers.find((one) => isStuck(one))?.waiting;
  if (waiting === undefined) return undefined;
  return {
    isCausedByConfig: false,
    reason: reportedReason(waiting.reason),
    message: `Pod ${pod.name}: ${waiting.message.slice(0, 500)}`,
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
    message: `Deployment ${name}: ${status.replicaFailure.slice(0, 500)}`,
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
      message: `Deployment ${name}: ${status.deadlineExceeded}`,
    };
  const { isReady, startedAt = 0 } = containerOf(unready, container) ?? {};
  // What kept it from starting until then is not the numbers' fault, and of its readiness nothing is known yet.
  const isOwn = isReady === false && startedAt < (status.deadlineAt ?? Number.POSITIVE_INFINITY);
  return {
    isCausedByConfig: isOwn,
    reason: 'NotReady',
    message: `Pod ${unready.name} runs and is not ready: ${status.deadlineExceeded}`,
  };
}
