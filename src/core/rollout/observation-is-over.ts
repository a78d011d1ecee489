/** Step: all pods have run for `observeSeconds` without a failure, because pools fail under load, and not at the start. */
import { notRolledOut, rolledOut } from '../backend/target.ts';
import { hasSucceeded, nextSequence } from '../model/config-state.ts';
import { count } from '../model/count.ts';
import { done, type StepResult, waiting } from '../model/decision.ts';
import { toRfc3339 } from '../model/time.ts';
import { baselineAtEnd } from './baseline.ts';
import type { ConfigRollout, RolloutContext } from './context.ts';

export function observationIsOver(context: RolloutContext): StepResult {
  const { configMap } = context.template;
  if (configMap !== undefined) return configIsObserved({ ...context, configMap });
  return isOver(`Deployment ${context.target.deployment.name} runs with the variables from before the profile`);
}

function configIsObserved(context: ConfigRollout): StepResult {
  const {
    observed: { now, configMaps },
    spec,
    target: { deployment },
    configMap: { name, hash, state },
  } = context;
  const { replicas } = deployment;
  const [run, are] = replicas === 1 ? ['runs', 'is'] : ['run', 'are'];
  const all = `Deployment ${deployment.name}: ${replicas} of ${count(replicas, 'pod')} ${run} with ${hash}`;
  const over = isOver(all);
  if (hasSucceeded(state) || state.rollout === undefined) return over;
  if (replicas === 0)
    return isOver(`Deployment ${deployment.name} has 0 replicas. The settings are observed once there are pods`);
  const isNew = state.rollout.completedAt === undefined;
  const { completedAt = now } = state.rollout;
  const rollout = isNew ? { ...state.rollout, completedAt, baseline: baselineAtEnd(context) } : state.rollout;
  const endsAt = completedAt + spec.rollout.observeSeconds * 1000;
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

const isOver = (message: string): StepResult => ({
  ...done(rolledOut('True', 'RolledOut', message)),
  stage: 'complete',
});
