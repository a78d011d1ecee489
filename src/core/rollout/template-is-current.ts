/** Step: the pod template uses the desired configuration. Where it does not, this step writes the template. */
import { formatAdopted, parseAdopted } from '../backend/adopted-variables.ts';
import { applyConfigRef, restoreVariables } from '../backend/pod-template.ts';
import { isManaged, newestRollout } from '../backend/managed-variables.ts';
import type { Target } from '../backend/target.ts';
import { formatSettings } from '../config/pool-config.ts';
import { type ConfigState, nextSequence } from '../model/config-state.ts';
import { type ConfigChange, PASSED, type StepResult } from '../model/decision.ts';
import { VARIABLES } from '../model/variables.ts';
import { type ConfigRollout, type RolloutContext, rolling } from './context.ts';
import { driftResult } from './drift.ts';
import { plannedRollout } from './plan.ts';

export function templateIsCurrent(context: RolloutContext): StepResult {
  const { observed, target, template } = context;
  if (template.isDesired) return PASSED;
  if (template.configMap !== undefined) return rollOut({ ...context, configMap: template.configMap });
  const action = restoreVariables(observed.profile, target, parseAdopted(target.deployment.adoptedEnv));
  const message = `Deployment ${target.deployment.name} is being rolled back to the variables from before the profile`;
  return { ...rolling(message), configChanges: released(observed.configMaps), actions: [action] };
}

/** The hand-back is recorded before the template is written: until then its references to a ConfigMap say whose it is. */
function released(configMaps: RolloutContext['observed']['configMaps']): readonly ConfigChange[] {
  const newest = newestRollout(configMaps);
  if (newest === undefined || newest.state.released !== undefined) return [];
  return [{ name: newest.name, state: { released: { sequence: nextSequence(configMaps) } } }];
}

/** The record is written before the template, so that a changed template always has its record. */
function rollOut(rollout: ConfigRollout): StepResult {
  const { observed, spec, target, adopted, desired, configMap } = rollout;
  const { deployment, container } = target;
  const { profile } = observed;
  const { start, isRecorded, repair } = plannedRollout(rollout);
  const { settings } = configMap.config;
  const before = profile.status.current;
  const from = before === undefined ? '' : ` from ${formatSettings(before)}`;
  const result = rolling(`Deployment ${deployment.name} is being rolled out${from} to ${formatSettings(settings)}`);
  const action = applyConfigRef(profile, target, {
    configMap: configMap.name,
    max: settings.max,
    adoptedEnv:
      adopted.length > 0 ? formatAdopted(container.name, adopted, adoptedBefore(rollout)) : deployment.adoptedEnv,
    force: spec.targetRef.adopt || isManaged(observed, target) || hasEntries(target),
  });
  const state: ConfigState = {
    rollout: start,
    released: undefined,
    ...(repair !== undefined && { driftRepair: repair.record }),
    // This rollout is none of the operator's own: the user's word still holds.
    ...(desired.kind === 'keptByUser' && { keptByUser: { ...desired.kept, sequence: start.sequence + 1 } }),
  };
  return {
    ...(repair === undefined
      ? result
      : driftResult(repair, `${repair.message} The operator sets the variables again now`)),
    configChanges: isRecorded ? [] : [{ name: configMap.name, state }],
    actions: [action],
  };
}

/** Whether variables are set, as the guards allow it: the operator restored or set them, and is their only owner. */
const hasEntries = ({ container }: Target): boolean =>
  container.env.some(({ name }) => VARIABLES.some((variable) => variable === name));

/** Where nothing of the profile is in the backend, the variables are as their owner set them: what was adopted before is void. */
const adoptedBefore = ({ observed, target }: ConfigRollout): string | undefined => {
  const { labels, adoptedEnv } = target.deployment;
  return labels.profile === undefined && !isManaged(observed, target) ? undefined : adoptedEnv;
};
