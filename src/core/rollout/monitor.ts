/**
 * Follows a rollout to its end by what each pod runs, observes what came of it, and writes down the outcome on the
 * configuration's ConfigMap.
 *
 *   rolled ──► all pods run with it: completedAt ──► observeSeconds without a crash: good
 *     └──────────────────────┴── a new pod's own failure: failed
 */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { annotated } from '../config/config-map.ts';
import { instant } from '../model/time.ts';
import { isFailed, ROLLBACK_REQUESTED } from '../config/desired.ts';
import { isSettled, type Mark, type Marks } from '../model/config-state.ts';
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
import { done, type Step } from '../model/decision.ts';
import { isSeenByController, notRolled, rolledOut, type Target } from '../backend/target.ts';
import { hasReturned, isHistoryKnown } from '../backend/revisions.ts';

/** The mark of a rollout that begins now. */
export function beginning({ now, profile }: Observed, { deployment }: Target, revision = deployment.revision) {
  return {
    at: now,
    retry: profile.retryRequestedAt ?? '',
    rollback: profile.rollbackRequestedAt ?? '',
    deployment: deployment.uid,
    revision,
    rest: deployment.rest,
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

export function follow(followed: Followed): Step {
  const { observed, target, configMap, hash, isRollback } = followed;
  const { profile, replicaSets } = observed;
  const { deployment } = target;
  const { marks } = configMap;
  const { rolled } = marks;
  if (rolled === undefined || hasComeBack(deployment, replicaSets, marks)) {
    // Not by our hand, or by that of an operator before marks were written: it is followed all the same.
    const begun = beginning(observed, target, Math.max(0, deployment.revision - 1));
    const finding = { reason: 'RollingOut', message: 'the rollout is followed from here on' };
    return going(deployment, finding, [mark(followed, { rolled: begun })]);
  }
  if (isAskedToGoBack(followed, rolled)) return failing(followed, askedToGoBack(followed));
  if (isFailed(marks, profile)) return failedBefore(deployment, marks);
  const pods = podsOn(observed.pods, hash);
  const failure = isSettled(marks) ? undefined : failureIn(followed, pods, rolled);
  if (failure?.isOwn === true && !isRollback) return failing(followed, failure);
  if (failure !== undefined) return going(deployment, { ...failure, isStalled: true });
  const progress = progressOf(deployment, pods);
  if (progress !== undefined) return withPodsWords(going(deployment, progress), pods, rolled);
  return observedLongEnough(followed, rolled);
}

const hasComeBack = (deployment: ObservedDeployment, replicaSets: readonly ObservedReplicaSet[], marks: Marks) =>
  isSeenByController(deployment) &&
  isHistoryKnown(deployment, replicaSets) &&
  hasReturned(deployment, replicaSets, marks);

const mark = ({ observed, configMap }: Followed, changes: Marks): Action =>
  annotated(observed.profile, configMap, changes);

function isAskedToGoBack({ observed, isRollback }: Followed, { rollback }: Mark<'rolled'>): boolean {
  const { rollbackRequestedAt = '' } = observed.profile;
  return !isRollback && rollbackRequestedAt !== '' && rollback !== rollbackRequestedAt;
}

function askedToGoBack({ observed, configMap: { marks } }: Followed): Failure {
  const before = isFailed(marks, observed.profile) ? marks.failed : undefined;
  const because = before === undefined ? '' : `. Before that: ${before.message} (${before.reason})`;
  const message = `A person asked to go back (rollback-requested-at)${because}`;
  return { isOwn: true, reason: ROLLBACK_REQUESTED, message };
}

/** Not before the Deployment controller has seen the template: what it says until then is of the one before. */
function failureIn(
  { target: { deployment, container } }: Followed,
  pods: readonly ObservedPod[],
  rolled: Mark<'rolled'>,
): Failure | undefined {
  if (!isSeenByController(deployment) || deployment.revision <= rolled.revision) return undefined;
  return failureOf(deployment, container.name, pods, rolled);
}

function observedLongEnough(followed: Followed, rolled: Mark<'rolled'>): Step {
  const { observed, spec, target, configMap, hash } = followed;
  const { deployment } = target;
  const { now } = observed;
  const all = `${deployment.replicas} of ${deployment.replicas} pods run with ${hash}`;
  const finished = done(rolledOut('True', 'RolledOut', `Deployment ${deployment.name}: ${all}`));
  if (isSettled(configMap.marks)) return finished;
  const { completedAt = now } = rolled;
  const endsAt = completedAt + spec.rollout.observeSeconds * 1000;
  if (now >= endsAt) {
    const marks = { rolled: { ...rolled, completedAt }, good: { at: now }, failed: undefined };
    return { ...finished, actions: [mark(followed, marks)] };
  }
  const isNew = rolled.completedAt === undefined;
  const message = isNew ? `${all} and are observed from now on` : `${all} and are observed until ${instant(endsAt)}`;
  const actions = isNew ? [mark(followed, { rolled: { ...rolled, completedAt } })] : [];
  return { ...going(deployment, { reason: 'Observing', message }, actions), lookAgainAfterMs: endsAt - now };
}

/** The mark is what the next look goes by. */
function failing(followed: Followed, { reason, message }: Failure): Step {
  const { observed, spec, target, configMap } = followed;
  const { profile, now } = observed;
  const { proof } = configMap.marks;
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
    finding: notRolled('RolloutFailed', `${message} (${reason})`),
    progress: 'Progressing',
    holds: true,
    actions,
  };
}

function failedBefore({ name }: ObservedDeployment, { failed }: Marks): Step {
  const message = `Deployment ${name} is left as it is (rollout.onFailure: Hold). ${failed?.message} (${failed?.reason})`;
  return { finding: notRolled('RolloutFailed', message), progress: 'Stalled', holds: true, actions: [] };
}

function going(
  { name }: ObservedDeployment,
  { reason, message, isStalled }: Progress,
  actions: readonly Action[] = [],
): Step {
  return {
    finding: notRolled(reason, `Deployment ${name}: ${message}`),
    progress: isStalled === true ? 'Stalled' : 'Progressing',
    holds: false,
    actions,
  };
}

/** After the rollout's end it is the pods' own words that count. */
function withPodsWords(step: Step, pods: readonly ObservedPod[], { completedAt }: Mark<'rolled'>): Step {
  if (completedAt === undefined) return step;
  const bad = pods.find(({ isReady, isTerminating }) => !isReady && !isTerminating);
  const waiting = bad?.containers.find((one) => one.waiting !== undefined)?.waiting;
  if (bad === undefined || waiting === undefined) return step;
  return { ...step, finding: notRolled(waiting.reason, `Pod ${bad.name}: ${waiting.message.slice(0, 500)}`) };
}
