/** How far the rollout of a Deployment is, by its own counts, and when it is stuck. All steps and the budget use this one definition. */
import { count, countOf } from '../model/count.ts';
import type { ConditionDraft } from '../model/decision.ts';
import type { ObservedDeployment, ObservedPod } from '../model/observed.ts';
import { toRfc3339 } from '../model/time.ts';

export type RolloutState = {
  /** The first that applies, in the order in which `kubectl rollout status` asks. */
  readonly phase:
    /** The Deployment controller has not observed the newest template: all counts are of the one before. */
    | 'unobserved'
    /**
     * No progress for longer than the progress deadline, or for MAX_DEADLINE_MS: of the pods, or of the controller. Or only progress
     * that brings the end no closer, for three times as long.
     */
    | 'deadlineExceeded'
    /** `spec.paused`, with pods left to replace. */
    | 'paused'
    /** Pods of another template are left. */
    | 'replacing'
    /** Only the newest template has pods, and some are missing or not available. */
    | 'starting'
    | 'complete';
  /** Pods of another template that do not terminate. While a new template is not observed, all. */
  readonly old: number;
  /** Pods of the newest template. While that is not observed, 0. */
  readonly updated: number;
  /** Whether a rollout is in progress, whatever the phase: pods of another template are left, or the controller is yet to tell. */
  readonly isReplacing: boolean;
  /** Milliseconds until the phase becomes `deadlineExceeded` if there is no progress; undefined where no deadline runs. */
  readonly deadlineInMs?: number;
};

/** A rollout without progress for this long is stuck, even if its progress deadline is later, or it has none. */
const MAX_DEADLINE_MS = 1_800_000;

/** Whether the Deployment controller has observed the present template. */
export const isObservedByController = ({ status, generation }: ObservedDeployment): boolean =>
  status.observedGeneration >= generation;

/** `now`: milliseconds since the epoch. */
export function rolloutState(deployment: ObservedDeployment, now: number): RolloutState {
  const { replicas: all, updatedReplicas: updated } = deployment.status;
  const counts = oldPods(deployment);
  if (!isObservedByController(deployment)) {
    const seen = isOnlyScaled(deployment) ? { updated, ...counts } : { old: all, updated: 0, isReplacing: true };
    const { unobservedSince } = deployment;
    if (unobservedSince === undefined) return { phase: 'unobserved', ...seen };
    const leftMs = unobservedSince + deadlineMsOf(deployment) - now;
    return leftMs > 0 ? { phase: 'unobserved', ...seen, deadlineInMs: leftMs } : { phase: 'deadlineExceeded', ...seen };
  }
  const phase = undatedPhase(deployment, counts.isReplacing);
  return { updated, ...counts, ...(isRunning(phase) ? datedPhase(phase, deployment, now) : { phase }) };
}

function datedPhase(
  phase: RolloutState['phase'],
  deployment: ObservedDeployment,
  now: number,
): Pick<RolloutState, 'phase' | 'deadlineInMs'> {
  const deadlineInMs = timeLeft(deployment, now);
  const isPassed = deadlineInMs !== undefined && deadlineInMs <= 0;
  if ((isPassed && hasOwnDeadline(deployment)) || isGoingNowhere(deployment, now)) return { phase: 'deadlineExceeded' };
  return deadlineInMs === undefined || isPassed ? { phase } : { phase, deadlineInMs };
}

const isRunning = (phase: RolloutState['phase']): boolean => phase === 'replacing' || phase === 'starting';

/** Milliseconds until the rollout may be stuck, whether it makes progress or not; undefined where no deadline runs. */
export function nextDeadlineInMs(deployment: ObservedDeployment, now: number): number | undefined {
  const { phase, deadlineInMs } = rolloutState(deployment, now);
  const advanceInMs = isRunning(phase) ? timeLeftToAdvance(deployment, now) : undefined;
  return advanceInMs === undefined || (deadlineInMs !== undefined && deadlineInMs < advanceInMs)
    ? deadlineInMs
    : advanceInMs;
}

/**
 * When the rollout may be stuck, by the clock of whoever wrote its last progress: a time that stays the same although the operator's clock is behind
 * that one. Undefined where no deadline runs.
 */
export function deadlineAt(deployment: ObservedDeployment, now: number): number | undefined {
  const { deadlineInMs } = rolloutState(deployment, now);
  if (deadlineInMs === undefined) return undefined;
  const { progressedAt } = deployment.status;
  const isOfController = isObservedByController(deployment) && progressedAt !== undefined;
  return isOfController ? progressedAt + deadlineMsOf(deployment) : now + deadlineInMs;
}

/** A shorter deadline is the Deployment controller's to report: it has the clock that the last progress was written by. */
export const hasOwnDeadline = ({ progressDeadlineSeconds }: ObservedDeployment): boolean =>
  progressDeadlineSeconds * 1000 > MAX_DEADLINE_MS;

/** Whether all but the number of replicas is as the Deployment controller has observed it. */
const isOnlyScaled = ({ status, generation, wasScaledLast }: ObservedDeployment): boolean =>
  wasScaledLast === true && status.observedGeneration === generation - 1;

/**
 * Missing or unavailable pods are no rollout: the backend may be ill, or be scaled. With `Recreate`, old pods that terminate are not
 * counted any more, but the rollout is in progress until the first new pod exists, or is rejected: no new pod is tried before the old ones
 * have ended.
 */
function oldPods({ status, replicas, strategy }: ObservedDeployment): Pick<RolloutState, 'old' | 'isReplacing'> {
  const old = Math.max(0, status.replicas - status.updatedReplicas);
  const hasTriedNew = status.updatedReplicas > 0 || status.replicaFailure !== undefined;
  const isRecreating = strategy.kind === 'Recreate' && !hasTriedNew && replicas > 0;
  return { old, isReplacing: old > 0 || isRecreating };
}

/**
 * How many pods a rollout has yet to replace, or to make available; undefined where none is in progress that could go on. For the
 * Deployment as its controller has observed it.
 */
export function podsLeft(deployment: ObservedDeployment): number | undefined {
  const { old, isReplacing } = oldPods(deployment);
  const { status, replicas, paused } = deployment;
  const isRunning = undatedPhase(deployment, isReplacing) !== 'complete' && !(paused && isReplacing);
  if (!isRunning || (!isReplacing && !isDated(deployment))) return undefined;
  return old + Math.max(0, replicas - status.availableReplicas);
}

/**
 * Whether the Deployment controller dates the progress. Not after a complete rollout: pods that are lost or missing then are no rollout to it.
 * Nor where a `Recreate` goes back to a ReplicaSet that is there, until its pods are.
 */
const isDated = ({ status }: ObservedDeployment): boolean => status.progressedAt !== undefined;

/** The phase but for our own deadline. */
function undatedPhase({ status, paused, replicas }: ObservedDeployment, isReplacing: boolean): RolloutState['phase'] {
  if (status.deadlineExceeded !== undefined) return 'deadlineExceeded';
  if (isReplacing) return paused ? 'paused' : 'replacing';
  const isComplete = status.updatedReplicas >= replicas && status.availableReplicas >= status.updatedReplicas;
  return isComplete ? 'complete' : 'starting';
}

/** Undefined where the last progress is not known. A time in the future counts as now: another machine's clock wrote it. */
function timeLeft(deployment: ObservedDeployment, now: number): number | undefined {
  const { status } = deployment;
  if (status.progressedAt === undefined) return undefined;
  return Math.min(now, status.progressedAt) + deadlineMsOf(deployment) - now;
}

/**
 * Milliseconds until a rollout that comes no closer to its end is stuck. A pod is created, ready and available: three steps that are
 * progress to the Deployment controller, and each may take the deadline. Only the last one brings the end of the rollout closer. Where no step is
 * dated, old pods have to end first, and that is one step. Undefined where no rollout is in progress.
 */
export function timeLeftToAdvance(deployment: ObservedDeployment, now: number): number | undefined {
  const { rolloutProgress } = deployment;
  const steps = isDated(deployment) ? 3 : 1;
  return rolloutProgress && rolloutProgress.since + steps * deadlineMsOf(deployment) - now;
}

/** Whether its progress has brought it no closer to its end for too long. */
const isGoingNowhere = (deployment: ObservedDeployment, now: number): boolean =>
  (timeLeftToAdvance(deployment, now) ?? 1) <= 0;

/** Milliseconds within which a rollout has to make progress. */
export const deadlineMsOf = ({ progressDeadlineSeconds }: ObservedDeployment): number =>
  Math.min(progressDeadlineSeconds * 1000, MAX_DEADLINE_MS);

/** Why a rollout is not complete. */
export type Progress = Pick<ConditionDraft<'RolledOut'>, 'reason' | 'message'> & {
  /** A person has to act. */
  readonly isStalled?: boolean;
  /** Pods are being replaced. */
  readonly isRolling?: boolean;
};

/** Why the Deployment's rollout is not complete, whatever has changed; undefined once it is. `now`: milliseconds since the epoch. */
export function deploymentProgress(deployment: ObservedDeployment, now: number): Progress | undefined {
  const { generation, status } = deployment;
  const state = rolloutState(deployment, now);
  const rolling = (message: string): Progress => ({ reason: 'RollingOut', message, isRolling: true });
  // With a quota on ReplicaSets, the Deployment controller observes no generation whose ReplicaSet it cannot create.
  if (status.replicaFailure !== undefined && state.phase !== 'complete')
    return { reason: 'ReplicaFailure', message: replicaFailureMessage(status.replicaFailure), isStalled: true };
  switch (state.phase) {
    case 'unobserved':
      return rolling(`waiting for the Deployment controller to observe generation ${generation}`);
    case 'deadlineExceeded':
      return { reason: 'ProgressDeadlineExceeded', message: noProgress(deployment, now), isStalled: true };
    case 'paused': {
      const message = 'the Deployment is paused (spec.paused), so its pods are not replaced. Resume it';
      return { reason: 'DeploymentPaused', message, isStalled: true };
    }
    case 'replacing':
    case 'starting':
      return rolling(howFar(deployment, state));
    case 'complete':
      return undefined;
  }
}

export const replicaFailureMessage = (failure: string): string => `pods cannot be created: ${failure.slice(0, 500)}`;

function howFar({ replicas, status }: ObservedDeployment, { old, updated }: RolloutState): string {
  if (updated < replicas) return `${countOf(updated, replicas, 'pod')} updated`;
  if (old > 0) return `${count(old, 'old pod')} ${old === 1 ? 'is' : 'are'} still there`;
  return `${countOf(status.availableReplicas, updated, 'updated pod')} available`;
}

/** In the words of the Deployment controller, where it reports that its deadline has passed. */
function noProgress(deployment: ObservedDeployment, now: number): string {
  const { status, replicas, generation, unobservedSince, rolloutProgress } = deployment;
  if (!isObservedByController(deployment))
    return `the Deployment controller has not observed generation ${generation} since ${toRfc3339(unobservedSince ?? 0)}. Check that kube-controller-manager runs, and that no quota or webhook rejects ReplicaSets`;
  const { deadlineExceeded, updatedReplicas, availableReplicas, progressedAt = 0 } = status;
  if (deadlineExceeded !== undefined) return `the rollout makes no progress: ${deadlineExceeded}`;
  if (rolloutProgress !== undefined && isGoingNowhere(deployment, now) && !isDated(deployment))
    return `no new pod has been made since ${toRfc3339(rolloutProgress.since)}. Check whether an old pod does not end`;
  if (rolloutProgress !== undefined && isGoingNowhere(deployment, now))
    return `the rollout has been no closer to its end since ${toRfc3339(rolloutProgress.since)}: at best, ${count(rolloutProgress.podsLeft, 'pod')} had yet to be replaced or to become available. Check whether pods become ready and lose it again, and whether an autoscaler scales up and down`;
  const counts = `${countOf(updatedReplicas, replicas, 'pod')} updated, ${availableReplicas} available`;
  return `the rollout makes no progress since ${toRfc3339(progressedAt)}: ${counts}`;
}

/**
 * Why not all pods run a configuration and are ready; undefined once they do. `pods` are those with the configuration. Pods without the
 * label of the profile are in no cache: then the Deployment's own counts suffice.
 */
export function configProgress(
  deployment: ObservedDeployment,
  pods: readonly ObservedPod[],
  now: number,
): Progress | undefined {
  const progress = deploymentProgress(deployment, now);
  if (progress !== undefined || deployment.labels.profile === undefined) return progress;
  const ready = readyPods(pods).length;
  return ready >= deployment.replicas
    ? undefined
    : { reason: 'RollingOut', isRolling: true, message: `${countOf(ready, deployment.replicas, 'updated pod')} ready` };
}

export const readyPods = (pods: readonly ObservedPod[]): readonly ObservedPod[] =>
  pods.filter(({ isReady, isTerminating }) => isReady && !isTerminating);
