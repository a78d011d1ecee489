/**
 * Step: all pods run the desired configuration and are ready. What comes of a rollout is recorded on its ConfigMap:
 *
 *   rollout ──► all pods run it: completedAt ──► observeSeconds without a crash: lastGood
 *     └──────────────────┴── a new pod fails by its own fault, or a user asks to go back: failed
 */
import { reportedReason } from '../../api/v1alpha1.ts';
import { deploymentProgress, configProgress, isObservedByController } from '../backend/rollout-state.ts';
import { hasNewestReplicaSet, wasRedoneByUser } from '../backend/revisions.ts';
import { notRolledOut } from '../backend/target.ts';
import { hasFailed, isRollback } from '../config/desired.ts';
import { hasSucceeded, type StateOf } from '../model/config-state.ts';
import { PASSED, type StepResult, stalled, waiting } from '../model/decision.ts';
import { type ConfigRollout, inProgress, type RolloutContext } from './context.ts';
import { rolloutStart } from './plan.ts';
import { type Failure, failureOf } from './pod-failure.ts';

export function rolloutIsComplete(context: RolloutContext): StepResult {
  const { configMap } = context.template;
  if (configMap !== undefined) return configIsRolledOut({ ...context, configMap });
  const progress = deploymentProgress(context.target.deployment);
  return progress === undefined ? PASSED : inProgress(context, progress);
}

function configIsRolledOut(rollout: ConfigRollout): StepResult {
  const { observed, target, configMap, desired } = rollout;
  const { rollout: started } = configMap.state;
  if (started === undefined || wasRedone(rollout)) return followFromHere(rollout);
  if (goesBackOnRequest(rollout, started)) return failed(rollout, rollbackRequest(rollout), true);
  if (hasFailed(configMap.state, observed.profile)) return held(rollout, configMap.state.failed);
  const failure = failureOfRollout(rollout, started);
  if (failure?.isCausedByConfig === true && !isRollback(desired)) return failed(rollout, failure);
  if (failure !== undefined) return inProgress(rollout, { ...failure, isStalled: true });
  const progress = configProgress(target.deployment, configMap.pods);
  return progress === undefined ? PASSED : withPodReason(inProgress(rollout, progress), rollout, started);
}

function wasRedone({ observed: { replicaSets }, target: { deployment }, configMap }: ConfigRollout): boolean {
  return (
    isObservedByController(deployment) &&
    hasNewestReplicaSet(deployment, replicaSets) &&
    wasRedoneByUser(deployment, replicaSets, configMap.state)
  );
}

/** Not rolled out by us, or its record is gone: it is followed all the same. */
function followFromHere(rollout: ConfigRollout): StepResult {
  const { observed, target, configMap } = rollout;
  const start = rolloutStart(observed, target, Math.max(0, target.deployment.revision - 1));
  const result = inProgress(rollout, {
    reason: 'RollingOut',
    message: 'the rollout is followed from here on',
    isRolling: true,
  });
  return { ...result, configChanges: [{ name: configMap.name, state: { rollout: start } }] };
}

function goesBackOnRequest({ observed, desired }: ConfigRollout, { rollback }: StateOf<'rollout'>): boolean {
  const { rollbackRequestedAt = '' } = observed.profile;
  return !isRollback(desired) && rollbackRequestedAt !== '' && rollback !== rollbackRequestedAt;
}

function rollbackRequest({ observed, configMap: { state } }: ConfigRollout): Failure {
  const before = hasFailed(state, observed.profile) ? state.failed : undefined;
  const because = before === undefined ? '' : `. Before that: ${before.message} (${before.reason})`;
  const message = `A user asked to go back (rollback-requested-at)${because}`;
  return { isCausedByConfig: true, reason: 'RollbackRequested', message };
}

/** Until the Deployment controller has seen the template, what it reports is about the one before. */
function failureOfRollout(rollout: ConfigRollout, started: StateOf<'rollout'>): Failure | undefined {
  const { deployment } = rollout.target;
  if (hasSucceeded(rollout.configMap.state)) return undefined;
  if (!isObservedByController(deployment) || deployment.revision <= started.revision) return undefined;
  return failureOf(rollout.target, rollout.configMap.pods, started);
}

/** What is recorded here decides in the next pass where the backend goes. */
function failed(rollout: ConfigRollout, { reason, message }: Failure, isRequested = false): StepResult {
  const { observed, spec, configMap } = rollout;
  const { profile, now } = observed;
  const { proof } = configMap.state;
  const state: StateOf<'failed'> = {
    at: now,
    retry: profile.retryRequestedAt ?? '',
    rollback: profile.rollbackRequestedAt ?? '',
    reason,
    message: message.slice(0, 1000),
    ...(isRequested && { isRequested }),
    ...(proof?.fingerprint !== undefined && { fingerprint: proof.fingerprint }),
  };
  const result =
    spec.rollout.onFailure === 'Hold' && !isRequested
      ? held(rollout, state)
      : waiting(notRolledOut('RolloutFailed', `${message} (${reason})`));
  return { ...result, configChanges: [{ name: configMap.name, state: { failed: state } }] };
}

function held({ target: { deployment } }: ConfigRollout, failure: StateOf<'failed'> | undefined): StepResult {
  const why = failure === undefined ? '' : ` ${failure.message} (${failure.reason})`;
  return stalled(
    notRolledOut('RolloutFailed', `Deployment ${deployment.name} is unchanged (rollout.onFailure: Hold).${why}`),
  );
}

/** Once all pods were there, why one is not ready any more says more than the counts. */
function withPodReason(
  result: StepResult,
  { configMap }: ConfigRollout,
  { completedAt }: StateOf<'rollout'>,
): StepResult {
  if (completedAt === undefined) return result;
  const unready = configMap.pods.find(({ isReady, isTerminating }) => !isReady && !isTerminating);
  const cause = unready?.containers.find(({ waiting: reason }) => reason !== undefined)?.waiting;
  if (unready === undefined || cause === undefined) return result;
  const message = `Pod ${unready.name}: ${cause.message.slice(0, 500)}`;
  const { stage: _, ...others } = result;
  return { ...others, condition: notRolledOut(reportedReason(cause.reason), message) };
}
