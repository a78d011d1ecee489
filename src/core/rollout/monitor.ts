/**
 * Follows a rollout to its end by what each pod runs, observes what came of it, and writes down the outcome on the
 * configuration's ConfigMap.
 *
 *   rolled ──► all pods run with it: completedAt ──► observeSeconds without a crash: good
 *     └──────────────────────┴── a new pod's own failure: failed
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { annotated } from '../config/config-map.ts';
import { toRfc3339 } from '../model/time.ts';
import { isFailed, ROLLBACK_REQUESTED } from '../config/desired.ts';
import { hasSucceeded, type StateOf, type ConfigState } from '../model/config-state.ts';
import type {
  Observed,
  ObservedConfigMap,
  ObservedDeployment,
  ObservedPod,
  ObservedReplicaSet,
} from '../model/observed.ts';
import { type Failure, failureOf } from './pod-failure.ts';
import { type Progress, progressOf } from '../backend/rollout-state.ts';
import type { Action } from '../model/action.ts';
import { done, type StepResult } from '../model/decision.ts';
import { isObservedByController, notRolled, rolledOut, type Target } from '../backend/target.ts';
import { wasRedoneByUser, hasNewestReplicaSet } from '../backend/revisions.ts';

/** The mark of a rollout that begins now. */
export function rolloutStart({ now, profile }: Observed, { deployment }: Target, revision = deployment.revision) {
  return {
    startedAt: now,
    retry: profile.retryRequestedAt ?? '',
    rollback: profile.rollbackRequestedAt ?? '',
    deployment: deployment.uid,
    revision,
    templateHash: deployment.foreignTemplateHash,
  };
}

/** The pods that run a configuration. */
export const podsOn = (pods: readonly ObservedPod[], hash: string) => pods.filter(({ config }) => config === hash);

/** A rollout that is looked at: the ConfigMap that the template points at, and its configuration's hash. */
export type Followed = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly target: Target;
  readonly configMap: ObservedConfigMap;
  readonly hash: string;
  /** It goes back to a configuration that was good: a failure is only reported. */
  readonly isRollback: boolean;
};

export function follow(followed: Followed): StepResult {
  const { observed, target, configMap, hash, isRollback } = followed;
  const { profile, replicaSets } = observed;
  const { deployment } = target;
  const { state } = configMap;
  const { rollout } = state;
  if (rollout === undefined || hasComeBack(deployment, replicaSets, state)) {
    // Not by our hand, or by that of an operator before state were written: it is followed all the same.
    const begun = rolloutStart(observed, target, Math.max(0, deployment.revision - 1));
    const condition = { reason: 'RollingOut', message: 'the rollout is followed from here on' };
    return going(deployment, condition, [mark(followed, { rollout: begun })]);
  }
  if (isAskedToGoBack(followed, rollout)) return failing(followed, askedToGoBack(followed));
  if (isFailed(state, profile)) return failedBefore(deployment, state);
  const pods = podsOn(observed.pods, hash);
  const failure = hasSucceeded(state) ? undefined : failureIn(followed, pods, rollout);
  if (failure?.isCausedByConfig === true && !isRollback) return failing(followed, failure);
  if (failure !== undefined) return going(deployment, { ...failure, isStalled: true });
  const progress = progressOf(deployment, pods);
  if (progress !== undefined) return withPodsWords(going(deployment, progress), pods, rollout);
  return observedLongEnough(followed, rollout);
}

const hasComeBack = (deployment: ObservedDeployment, replicaSets: readonly ObservedReplicaSet[], state: ConfigState) =>
  isObservedByController(deployment) &&
  hasNewestReplicaSet(deployment, replicaSets) &&
  wasRedoneByUser(deployment, replicaSets, state);

const mark = ({ observed, configMap }: Followed, changes: ConfigState): Action =>
  annotated(observed.profile, configMap, changes);

function isAskedToGoBack({ observed, isRollback }: Followed, { rollback }: StateOf<'rollout'>): boolean {
  const { rollbackRequestedAt = '' } = observed.profile;
  return !isRollback && rollbackRequestedAt !== '' && rollback !== rollbackRequestedAt;
}

function askedToGoBack({ observed, configMap: { state } }: Followed): Failure {
  const before = isFailed(state, observed.profile) ? state.failed : undefined;
  const because = before === undefined ? '' : `. Before that: ${before.message} (${before.reason})`;
  const message = `A person asked to go back (rollback-requested-at)${because}`;
  return { isCausedByConfig: true, reason: ROLLBACK_REQUESTED, message };
}

/** Not before the Deployment controller has seen the template: what it says until then is of the one before. */
function failureIn(
  { target: { deployment, container } }: Followed,
  pods: readonly ObservedPod[],
  rollout: StateOf<'rollout'>,
): Failure | undefined {
  if (!isObservedByController(deployment) || deployment.revision <= rollout.revision) return undefined;
  return failureOf(deployment, container.name, pods, rollout);
}

function observedLongEnough(followed: Followed, rollout: StateOf<'rollout'>): StepResult {
  const { observed, spec, target, configMap, hash } = followed;
  const { deployment } = target;
  const { now } = observed;
  const all = `${deployment.replicas} of ${deployment.replicas} pods run with ${hash}`;
  const finished = done(rolledOut('True', 'RolledOut', `Deployment ${deployment.name}: ${all}`));
  if (hasSucceeded(configMap.state)) return finished;
  const { completedAt = now } = rollout;
  const endsAt = completedAt + spec.rollout.observeSeconds * 1000;
  if (now >= endsAt) {
    const state = { rollout: { ...rollout, completedAt }, lastGood: { at: now }, failed: undefined };
    return { ...finished, actions: [mark(followed, state)] };
  }
  const isNew = rollout.completedAt === undefined;
  const message = isNew ? `${all} and are observed from now on` : `${all} and are observed until ${toRfc3339(endsAt)}`;
  const actions = isNew ? [mark(followed, { rollout: { ...rollout, completedAt } })] : [];
  return { ...going(deployment, { reason: 'Observing', message }, actions), requeueAfterMs: endsAt - now };
}

/** The mark is what the next look goes by. */
function failing(followed: Followed, { reason, message }: Failure): StepResult {
  const { observed, spec, target, configMap } = followed;
  const { profile, now } = observed;
  const { proof } = configMap.state;
  const failed = {
    at: now,
    retry: profile.retryRequestedAt ?? '',
    rollback: profile.rollbackRequestedAt ?? '',
    reason,
    message: message.slice(0, 1000),
    ...(proof?.fingerprint !== undefined && { fingerprint: proof.fingerprint }),
  };
  const actions = [mark(followed, { failed })];
  if (spec.rollout.onFailure === 'Hold' && reason !== ROLLBACK_REQUESTED)
    return { ...failedBefore(target.deployment, { failed }), actions };
  return {
    condition: notRolled('RolloutFailed', `${message} (${reason})`),
    progress: 'Progressing',
    blocks: true,
    actions,
  };
}

function failedBefore({ name }: ObservedDeployment, { failed }: ConfigState): StepResult {
  const message = `Deployment ${name} is left as it is (rollout.onFailure: Hold). ${failed?.message} (${failed?.reason})`;
  return { condition: notRolled('RolloutFailed', message), progress: 'Stalled', blocks: true, actions: [] };
}

function going(
  { name }: ObservedDeployment,
  { reason, message, isStalled }: Progress,
  actions: readonly Action[] = [],
): StepResult {
  return {
    condition: notRolled(reason, `Deployment ${name}: ${message}`),
    progress: isStalled === true ? 'Stalled' : 'Progressing',
    blocks: false,
    actions,
  };
}

/** After the rollout's end it is the pods' own words that count. */
function withPodsWords(
  step: StepResult,
  pods: readonly ObservedPod[],
  { completedAt }: StateOf<'rollout'>,
): StepResult {
  if (completedAt === undefined) return step;
  const bad = pods.find(({ isReady, isTerminating }) => !isReady && !isTerminating);
  const waiting = bad?.containers.find((one) => one.waiting !== undefined)?.waiting;
  if (bad === undefined || waiting === undefined) return step;
  return { ...step, condition: notRolled(waiting.reason, `Pod ${bad.name}: ${waiting.message.slice(0, 500)}`) };
}
