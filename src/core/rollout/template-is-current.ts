/** Step: the pod template uses the desired configuration. Where it does not, this step writes the template. */
import { formatAdopted, parseAdopted } from '../backend/adopted-variables.ts';
import { applyConfigRef, restoreVariables } from '../backend/pod-template.ts';
import { isManagedBy, notRolledOut } from '../backend/target.ts';
import { formatSettings } from '../config/pool-config.ts';
import { PASSED, type StepResult, waiting } from '../model/decision.ts';
import type { ObservedDeployment } from '../model/observed.ts';
import { type ConfigRollout, type RolloutContext, rolling } from './context.ts';
import { plannedRollout } from './plan.ts';

export function templateIsCurrent(context: RolloutContext): StepResult {
  const { observed, target, template } = context;
  if (template.isDesired) return PASSED;
  if (template.configMap !== undefined) return rollOut({ ...context, configMap: template.configMap });
  const action = restoreVariables(observed.profile, target, parseAdopted(target.deployment.adoptedEnv));
  const message = `Deployment ${target.deployment.name} is being rolled back to the variables from before the profile`;
  return { ...rolling(message), actions: [action] };
}

/** The record is written before the template, so that a changed template always has its record. */
function rollOut(rollout: ConfigRollout): StepResult {
  const { observed, spec, target, adopted, configMap } = rollout;
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
      adopted.length > 0 ? formatAdopted(container.name, adopted, adoptedBefore(deployment)) : deployment.adoptedEnv,
    force: spec.targetRef.adopt || isManagedBy(profile.name, target),
  });
  const state = { rollout: start, ...(repair !== undefined && { driftRepair: repair.record }) };
  return {
    ...(repair === undefined
      ? result
      : waiting(notRolledOut('DriftDetected', `${repair.message} The operator sets the variables again now`))),
    configChanges: isRecorded ? [] : [{ name: configMap.name, state }],
    actions: [action],
  };
}

/** Without the label of the profile, the variables are as their owner set them: what was adopted before is void. */
const adoptedBefore = ({ labels, adoptedEnv }: ObservedDeployment) =>
  labels.profile === undefined ? undefined : adoptedEnv;
