/** Step: the pod template uses the desired configuration. Where it does not, this step writes the template. */
import { adopt } from '../backend/adopted-variables.ts';
import { adoptionEvent } from '../backend/adoption-notice.ts';
import { applyConfigRef, lastAppliedWrite, restoreVariables } from '../backend/pod-template.ts';
import { adoptedVariables, isDrift, isManaged, newestRollout } from '../backend/managed-variables.ts';
import type { Target } from '../backend/target.ts';
import { formatSettings } from '../config/pool-config.ts';
import type { AdoptedVariables } from '../model/adopted.ts';
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
  const action = restoreVariables(observed.profile, target, adoptedVariables(observed, target.deployment));
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
  const named = adopted.map(({ name }) => name).filter((name) => hasApplied(target, name));
  if (named.length > 0) {
    const edit = { container: container.name, remove: named, add: [] };
    const why = `the operator takes ${named.join(', ')} out of what kubectl applied last, before it adopts them`;
    return {
      ...rolling(`Deployment ${deployment.name}: ${why}`),
      actions: [lastAppliedWrite(profile, deployment, edit)],
    };
  }
  const adoptedNow = adoptedWith(rollout);
  const { start, isRecorded, repair, lastGood } = plannedRollout(rollout);
  const { settings } = configMap.config;
  const before = profile.status.current;
  const from = before === undefined ? '' : ` from ${formatSettings(before)}`;
  const result = rolling(`Deployment ${deployment.name} is being rolled out${from} to ${formatSettings(settings)}`);
  const action = applyConfigRef(profile, target, {
    configMap: configMap.name,
    max: settings.max,
    adopted: adoptedNow,
    force: spec.targetRef.adopt || isManaged(observed, target) || hasEntries(target),
  });
  const state: ConfigState = {
    rollout: start,
    adopted: adoptedNow,
    released: undefined,
    formerRollout: undefined,
    ...(lastGood !== undefined && { lastGood }),
    ...(repair !== undefined && { driftRepair: repair.record }),
    // This rollout is none of the operator's own: the user's word still holds.
    ...(desired.kind === 'keptByUser' && { keptByUser: { ...desired.kept, sequence: start.sequence + 2 } }),
  };
  return {
    ...(repair === undefined
      ? result
      : driftResult(repair, `${repair.message} The operator sets the variables again now`)),
    configChanges: isRecorded ? [] : [{ name: configMap.name, state }],
    actions: [action],
    events: adopted.length === 0 ? [] : [adoptionEvent(target, adopt(container.name, adopted))],
  };
}

/** Whether variables are set, as the guards allow it: the operator restored or set them, and is their only owner. */
const hasEntries = ({ container }: Target): boolean =>
  container.env.some(({ name }) => VARIABLES.some((variable) => variable === name));

/** The field manager of `kubectl apply`, unless it is given another. */
const CLIENT_SIDE_APPLY = 'kubectl-client-side-apply';

/** Whether the next client-side apply would delete the variable, once its owner has dropped it from the manifest. */
const hasApplied = ({ deployment, container }: Target, variable: string): boolean =>
  deployment.lastApplied?.variables.includes(`${container.name}/${variable}`) ?? false;

/**
 * What was adopted before, with the entries that this rollout adopts. Where nothing of the profile is in the backend, the variables are
 * as their owner set them: what was adopted before is void.
 */
function adoptedWith({ observed, target, adopted }: ConfigRollout): AdoptedVariables | undefined {
  const { deployment, container } = target;
  const isVoid = deployment.labels.profile === undefined && !isManaged(observed, target) && !isDrift(observed, target);
  const before = isVoid ? undefined : adoptedVariables(observed, deployment);
  if (adopted.length === 0) return before;
  const now = adopt(container.name, adopted, before);
  const isApplied = adopted.some(({ managers }) => managers.includes(CLIENT_SIDE_APPLY));
  return isApplied && deployment.lastApplied !== undefined ? { ...now, lastApplied: deployment.lastApplied.hash } : now;
}
