/** Step: all pods have run for `observeSeconds` without a failure, because pools fail under load, and not at the start. */
import { newestReplicaSet } from '../backend/revisions.ts';
import { readyPods } from '../backend/rollout-state.ts';
import { notRolledOut, rolledOut } from '../backend/target.ts';
import { hasSucceeded, nextSequence, type StateOf } from '../model/config-state.ts';
import { count } from '../model/count.ts';
import { done, type StepResult, waiting } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';
import { toRfc3339 } from '../model/time.ts';
import { baselineAtEnd } from './baseline.ts';
import type { ConfigRollout, RolloutContext } from './context.ts';
import { isBeingReplaced, judgedPods, withoutCompletion } from './judged-pods.ts';

export function observationIsOver(context: RolloutContext): StepResult {
  const { configMap } = context.template;
  if (configMap !== undefined) return configIsObserved({ ...context, configMap });
  return isOver(`Deployment ${context.target.deployment.name} runs with the variables from before the profile`);
}

function configIsObserved(context: ConfigRollout): StepResult {
  const {
    observed,
    spec,
    target: { deployment },
    configMap: { name, hash, state },
  } = context;
  const { now, configMaps } = observed;
  const { replicas } = deployment;
  const [run, are] = replicas === 1 ? ['runs', 'is'] : ['run', 'are'];
  const all = `Deployment ${deployment.name}: ${replicas} of ${count(replicas, 'pod')} ${run} with ${hash}`;
  const over = isOver(all);
  if (state.rollout === undefined) return over;
  if (hasSucceeded(state)) return state.rollout.completedAt === undefined ? isBack(context, over) : over;
  if (replicas === 0)
    return isOver(`Deployment ${deployment.name} has 0 replicas. The settings are observed once there are pods`);
  const isNew = !isObserved(context, state.rollout);
  const rollout = isNew ? observedFromNow(context, state.rollout) : state.rollout;
  const endsAt = observedSince(rollout, observed) + spec.rollout.observeSeconds * 1000;
  if (now >= endsAt) {
    const lastGood = { sequence: nextSequence(configMaps), at: now };
    return { ...over, configChanges: [{ name, state: { rollout, lastGood, failed: undefined } }] };
  }
  // A time only once the start is recorded: for a suspended profile it never is, and each pass would write another time.
  const time = isNew ? `for ${spec.rollout.observeSeconds} s from now on` : `until ${toRfc3339(endsAt)}`;
  const message = `${all}, and ${are} observed ${time} (spec.rollout.observeSeconds)`;
  return {
    ...waiting(notRolledOut('Observing', message), endsAt - now),
    stage: 'observing',
    configChanges: isNew ? [{ name, state: { rollout } }] : [],
  };
}

/**
 * From when on this process has seen the pods run. The start on record may be by the clock of another machine, so that a new leader observes for
 * the whole time. Where its own clock was set back since it began to lead, only the record is left.
 */
const observedSince = ({ completedAt }: StateOf<'rollout'>, { now, settings: { leadsSince } }: Observed): number =>
  Math.max(completedAt ?? now, leadsSince > now ? 0 : leadsSince);

/** Good settings that were put back run again. They are not observed, because they are not new. */
function isBack(context: ConfigRollout, over: StepResult): StepResult {
  const { name, state } = context.configMap;
  const rollout = state.rollout && observedFromNow(context, state.rollout);
  const lastGood = state.lastGood && { ...state.lastGood, at: context.observed.now };
  return { ...over, configChanges: [{ name, state: { rollout, lastGood } }] };
}

/** Whether a pod that was ready at the start of the observation has been ready since. Where no cache has pods, nobody knows. */
function isObserved(context: ConfigRollout, rollout: StateOf<'rollout'>): boolean {
  const { completedAt, podsReadyAt } = rollout;
  if (completedAt === undefined || isBeingReplaced(context, rollout)) return false;
  return podsReadyAt === undefined || readyTimes(context).some((readyAt) => readyAt <= podsReadyAt);
}

function observedFromNow(context: ConfigRollout, before: StateOf<'rollout'>): StateOf<'rollout'> {
  const { observed, target } = context;
  const times = readyTimes(context);
  const { uid: replicaSet } = newestReplicaSet(target.deployment, observed.replicaSets) ?? {};
  return {
    ...withoutCompletion(before),
    ...(replicaSet !== undefined && { replicaSet }),
    baseline: baselineAtEnd(context),
    completedAt: context.observed.now,
    ...(times.length > 0 && { podsReadyAt: Math.max(...times) }),
  };
}

const readyTimes = (context: ConfigRollout): readonly number[] =>
  readyPods(judgedPods(context)).map(({ readyChangedAt }) => readyChangedAt);

const isOver = (message: string): StepResult => ({
  ...done(rolledOut('True', 'RolledOut', message)),
  stage: 'complete',
});
