/** Step: all pods have run for `observeSeconds` without a failure, because pools fail under load, and not at the start. */
import { notRolledOut, rolledOut } from '../backend/target.ts';
import { hasSucceeded, nextSequence } from '../model/config-state.ts';
import { count } from '../model/count.ts';
import { done, type StepResult, waiting } from '../model/decision.ts';
import { toRfc3339 } from '../model/time.ts';
import type { ConfigRollout, RolloutContext } from './context.ts';

export function observationIsOver(context: RolloutContext): StepResult {
  const { configMap } = context.template;
  if (configMap !== undefined) return configIsObserved({ ...context, configMap });
  const message = `Deployment ${context.target.deployment.name} runs with the variables from before the profile`;
  return { ...done(rolledOut('True', 'RolledOut', message)), stage: 'complete' };
}

function configIsObserved({
  observed: { now, configMaps },
  spec,
  target: { deployment },
  configMap,
}: ConfigRollout): StepResult {
  const { name, hash, state } = configMap;
  const { replicas } = deployment;
  const [run, are] = replicas === 1 ? ['runs', 'is'] : ['run', 'are'];
  const all = `Deployment ${deployment.name}: ${replicas} of ${count(replicas, 'pod')} ${run} with ${hash}`;
  const over: StepResult = { ...done(rolledOut('True', 'RolledOut', all)), stage: 'complete' };
  if (hasSucceeded(state) || state.rollout === undefined) return over;
  const { completedAt = now } = state.rollout;
  const rollout = { ...state.rollout, completedAt };
  const endsAt = completedAt + spec.rollout.observeSeconds * 1000;
  if (now >= endsAt)
    return {
      ...over,
      configChanges: [
        { name, state: { rollout, lastGood: { sequence: nextSequence(configMaps), at: now }, failed: undefined } },
      ],
    };
  const isNew = state.rollout.completedAt === undefined;
  // A time only once the start is recorded: for a suspended profile it never is, and each pass would write another time.
  const time = isNew ? `for ${spec.rollout.observeSeconds} s from now on` : `until ${toRfc3339(endsAt)}`;
  const message = `${all}, and ${are} observed ${time} (spec.rollout.observeSeconds)`;
  return {
    ...waiting(notRolledOut('Observing', message), endsAt - now),
    stage: 'observing',
    configChanges: isNew ? [{ name, state: { rollout } }] : [],
  };
}
