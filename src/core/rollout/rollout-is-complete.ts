/**
 * Step: all pods run the desired configuration and are ready. The state on its ConfigMap records the outcome:
 *
 *   rollout ──► all pods run it: completedAt ──► observeSeconds without a failure: lastGood
 *     └──────────────────┴── a new pod fails, and the configuration may be the cause, or a user requests a rollback: failed
 */
import {
  configProgress,
  deploymentProgress,
  hasOwnDeadline,
  isObservedByController,
  type Progress,
  rolloutState,
  timeLeftToAdvance,
  deadlineAt,
} from '../backend/rollout-state.ts';
import { hasNewestReplicaSet, wasRedoneByUser } from '../backend/revisions.ts';
import { adoptedVariables } from '../backend/managed-variables.ts';
import { notRolledOut } from '../backend/target.ts';
import { hasFailed, isRollback } from '../config/desired.ts';
import { type ConfigState, hasSucceeded, isNewRequest, nextSequence, type StateOf } from '../model/config-state.ts';
import { PASSED, type StepResult, stalled, waiting } from '../model/decision.ts';
import type { ObservedProfile } from '../model/observed.ts';
import { type ConfigRollout, inProgress, type RolloutContext } from './context.ts';
import { NO_RETRY } from './rollback.ts';
import { rolloutStart, stillGood } from './plan.ts';
import { podWait, type WaitLimits } from './pod-wait.ts';
import { databaseIsFull } from '../probe/full-database.ts';
import { withoutInterruptions } from './baseline.ts';
import { failingRestarts } from './crash.ts';
import { failureEvent } from './failure-event.ts';
import { judgedPods, judgedStart, withoutCompletion } from './judged-pods.ts';
import { excuseOf, type Failure, failureOf, lateFailureOf } from './pod-failure.ts';

export function rolloutIsComplete(context: RolloutContext): StepResult {
  const { configMap } = context.template;
  if (configMap !== undefined) return configIsRolledOut({ ...context, configMap });
  const progress = deploymentProgress(context.target.deployment, context.observed.now);
  return progress === undefined ? PASSED : inProgress(context, progress);
}

function configIsRolledOut(rollout: ConfigRollout): StepResult {
  const { observed, configMap } = rollout;
  const { rollout: started } = configMap.state;
  if (started === undefined || wasRedone(rollout))
    return monitorFromHere(rollout, 'the operator monitors a rollout that it has no record of');
  if (isRollbackRequested(rollout, started)) return failed(rollout, rollbackRequest(rollout), true);
  if (hasFailed(configMap.state, observed.profile)) return held(rollout, configMap.state.failed);
  if (isJudgedAgain(configMap.state, observed.profile))
    return monitorFromHere(rollout, 'its pods are judged again, from now on');
  return judged(rollout, started);
}

function judged(before: ConfigRollout, started: StateOf<'rollout'>): StepResult {
  const counted = withoutInterruptions(before, started);
  const { name, state } = before.configMap;
  const rollout = { ...before, configMap: { ...before.configMap, state: { ...state, rollout: counted } } };
  const failure = failureOfRollout(rollout, counted);
  if (failure?.isCausedByConfig === true && !isRollback(rollout.desired)) return failed(rollout, failure);
  const result = failure === undefined ? progressOf(rollout) : stalled(notRolledOut(failure.reason, failure.message));
  // The observation starts again once all pods are ready.
  const after = isObservationLost(rollout, failure) ? withoutCompletion(counted) : counted;
  return after === started ? result : { ...result, configChanges: [{ name, state: { rollout: after } }] };
}

/** A retry is requested, or other credentials have made the failure of the rollout void, and its pods still run. */
function isJudgedAgain(state: ConfigState, { retryRequestedAt }: ObservedProfile): boolean {
  const { rollout, failed: failure } = state;
  if (rollout === undefined) return false;
  // Good settings fail by a request for a rollback.
  const isFailureVoid = failure !== undefined && failure.sequence > rollout.sequence;
  return isFailureVoid || (!hasSucceeded(state) && isNewRequest(retryRequestedAt, rollout.retry));
}

function progressOf(rollout: ConfigRollout): StepResult {
  const { observed, target, configMap } = rollout;
  const progress = configProgress(target.deployment, configMap.pods, observed.now);
  return progress === undefined ? PASSED : notComplete(rollout, progress);
}

/** After the observation, a pod that crashes or cannot start is no rollout that goes on by itself. */
function notComplete(rollout: ConfigRollout, progress: Progress): StepResult {
  const { state, pods } = rollout.configMap;
  const late = hasSucceeded(state) ? lateFailureOf(pods) : undefined;
  if (late !== undefined) return stalled(notRolledOut(late.reason, late.message));
  const named = namedProgress(rollout, progress);
  const wait = progress.reason === 'ReplicaFailure' ? undefined : podWait(pods, waitLimits(rollout));
  return inProgress(rollout, wait === undefined ? named : { ...named, message: `${named.message}. ${wait}` });
}

/** Good settings that all pods have are rolled out. Pods are missing or not available: a pod was lost, or an autoscaler asks for more. */
function namedProgress({ observed, target, configMap }: ConfigRollout, progress: Progress): Progress {
  const isNoRollout = hasSucceeded(configMap.state) && !rolloutState(target.deployment, observed.now).isReplacing;
  return isNoRollout && progress.reason === 'RollingOut' ? { ...progress, reason: 'PodsUnavailable' } : progress;
}

function waitLimits(rollout: ConfigRollout): WaitLimits {
  const {
    observed: { now },
    target: { deployment, container },
    configMap: { state },
    desired,
  } = rollout;
  const advanceInMs = timeLeftToAdvance(deployment, now);
  const started = state.rollout && judgedStart(rollout, state.rollout);
  const isBlamed = (kind: 'crash' | 'readiness') =>
    started !== undefined &&
    !hasSucceeded(state) &&
    !isRollback(desired) &&
    excuseOf({ kind }, started, deployment) === undefined;
  // The operator's own deadline is never the settings' fault: the Deployment controller is away, or was given more time.
  const isOfController = isObservedByController(deployment) && !hasOwnDeadline(deployment);
  const wasComplete = started?.completedAt !== undefined;
  return {
    container: container.name,
    failingRestarts: (pod) => (started && isBlamed('crash') ? failingRestarts(pod, started) : undefined),
    deadlineAt: deadlineAt(deployment, now),
    advanceAt: advanceInMs === undefined ? undefined : now + advanceInMs,
    isDeadlineBlamed: !wasComplete && isOfController && isBlamed('readiness'),
  };
}

/** Settings are good once pods have run with them for `observeSeconds`, and none of them has failed, whatever the cause. */
function isObservationLost(
  { target: { deployment }, configMap: { state } }: ConfigRollout,
  failure: Failure | undefined,
): boolean {
  if (state.rollout?.completedAt === undefined || hasSucceeded(state)) return false;
  return (
    failure?.isExcused === true || (isObservedByController(deployment) && deployment.status.availableReplicas === 0)
  );
}

function wasRedone({ observed: { replicaSets }, target: { deployment }, configMap }: ConfigRollout): boolean {
  return (
    isObservedByController(deployment) &&
    hasNewestReplicaSet(deployment, replicaSets) &&
    wasRedoneByUser(deployment, replicaSets, configMap)
  );
}

/** The operator did not start this rollout, its record is lost, or its failure is void: it is recorded now. */
function monitorFromHere(rollout: ConfigRollout, message: string): StepResult {
  const { observed, target, configMap } = rollout;
  // The template was written before, so the next write is not the operator's.
  const { generation: _, ...start } = rolloutStart(rollout, Math.max(0, target.deployment.revision - 1));
  const state = {
    rollout: start,
    adopted: adoptedVariables(observed, target.deployment),
    // A user brought good settings back.
    ...(hasSucceeded(configMap.state) && { lastGood: stillGood(configMap, start) }),
  };
  const result = inProgress(rollout, { reason: 'RollingOut', message, isRolling: true });
  return { ...result, configChanges: [{ name: configMap.name, state }] };
}

function isRollbackRequested({ observed, desired }: ConfigRollout, { rollback }: StateOf<'rollout'>): boolean {
  const { rollbackRequestedAt = '' } = observed.profile;
  return !isRollback(desired) && rollbackRequestedAt !== '' && rollback !== rollbackRequestedAt;
}

function rollbackRequest({ observed, configMap: { state } }: ConfigRollout): Failure {
  const before = hasFailed(state, observed.profile) ? state.failed : undefined;
  const failure = before === undefined ? '' : `. Before that: ${before.message} (${before.reason})`;
  const message = `A user requested a rollback (dbpool.dev/rollback-requested-at)${failure}`;
  return { isCausedByConfig: true, reason: 'RollbackRequested', message };
}

/** Until the Deployment controller has observed the template, its status describes the template before. */
function failureOfRollout(rollout: ConfigRollout, started: StateOf<'rollout'>): Failure | undefined {
  if (hasSucceeded(rollout.configMap.state) || !isObservedByController(rollout.target.deployment)) return undefined;
  const pods = judgedPods(rollout);
  const judged = judgedStart(rollout, started);
  // The probe may find only after the start of the rollout that the database is full.
  const isFreeing = started.asksForFewer === true && databaseIsFull(rollout.observed, rollout.spec);
  // There is no rollback of a rollback. So a failure has no consequences there, and is over once the pod is ready again.
  return failureOf(
    rollout.target,
    isRollback(rollout.desired) ? pods.filter(({ isReady }) => !isReady) : pods,
    isFreeing ? { ...judged, freesSessions: true } : judged,
  );
}

/** Records the failure. The next pass decides by the record whether and where to roll back. */
function failed(rollout: ConfigRollout, failure: Failure, isRequested = false): StepResult {
  const { spec, configMap } = rollout;
  const state = { ...failureRecord(rollout, failure), ...(isRequested && { isRequested }) };
  const result =
    spec.rollout.onFailure === 'Hold' && !isRequested
      ? held(rollout, state)
      : waiting(notRolledOut('RolloutFailed', `${failure.message} (${failure.reason}). The operator rolls back now`));
  return {
    ...result,
    configChanges: [{ name: configMap.name, state: { failed: state } }],
    events: isRequested ? [] : [failureEvent(rollout, state)],
  };
}

function failureRecord({ observed, configMap }: ConfigRollout, { reason, message, pod }: Failure): StateOf<'failed'> {
  const { profile, now } = observed;
  const { proof, failed: before } = configMap.state;
  const isFinal = before?.isElsewhere === true || before?.isFinal === true;
  return {
    sequence: nextSequence(observed.configMaps),
    at: now,
    retry: profile.retryRequestedAt ?? '',
    rollback: profile.rollbackRequestedAt ?? '',
    reason,
    message: message.slice(0, 1000),
    ...(pod !== undefined && { pod }),
    ...(isFinal && { isFinal }),
    ...(proof?.fingerprint !== undefined && { fingerprint: proof.fingerprint }),
  };
}

function held({ target: { deployment } }: ConfigRollout, failure: StateOf<'failed'> | undefined): StepResult {
  const why = failure === undefined ? '' : ` ${failure.message} (${failure.reason}).`;
  const message = `Deployment ${deployment.name} is unchanged (spec.rollout.onFailure is Hold).${why} ${NO_RETRY}`;
  return stalled(notRolledOut('RolloutFailed', message));
}
