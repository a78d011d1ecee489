/**
 * `onDelete: Restore`: a finalizer keeps the profile until its backend has the variables from before the profile.
 *
 *   profile's template ──► variables restored ──► no old pod left, or stalled ──► managedFields removed ──► finalizer removed
 *
 * Where the Deployment is deleted, as it is with its namespace, the finalizer is removed at once. It is removed whoever wrote it: that of a
 * profile that was restored from a backup belongs to another field manager. An event reports the outcome,
 * because the status is deleted with the profile.
 */
import { KIND, type ProfileSpec, type ReasonOf } from '../../api/v1alpha1.ts';
import { API_VERSION, FINALIZER } from '../model/naming.ts';
import type { Observed, ObservedDeployment, ObservedProfile, ObservedVariable } from '../model/observed.ts';
import { deploymentProgress, type RolloutState, rolloutState } from '../backend/rollout-state.ts';
import type { Action } from '../model/action.ts';
import { type Event, type StepResult, waiting } from '../model/decision.ts';
import {
  adoptedVariables,
  isFromProfile,
  managedContainer,
  newestKnownRollout,
  rolloutInForce,
} from '../backend/managed-variables.ts';
import { notRolledOut } from '../backend/target.ts';
import { configWrites } from '../config/config-map.ts';
import { nextSequence, withStateFor } from '../model/config-state.ts';
import { lastAppliedWrite, releaseDeployment } from '../backend/pod-template.ts';

/** The write that adds or removes the finalizer, as `spec.onDelete` asks; empty where the profile is as it should be. */
export function syncFinalizer(profile: ObservedProfile, { onDelete }: ProfileSpec): Action[] {
  const isWanted = onDelete === 'Restore';
  if (profile.finalizers.includes(FINALIZER) === isWanted) return [];
  return [isWanted ? setFinalizers(profile, [...profile.finalizers, FINALIZER]) : liftFinalizer(profile)];
}

const liftFinalizer = (profile: ObservedProfile): Action =>
  setFinalizers(
    profile,
    profile.finalizers.filter((one) => one !== FINALIZER),
  );

/** The list as a whole, whoever wrote the entries. By the resourceVersion nobody else has changed it since it was observed. */
function setFinalizers(
  { namespace, name, uid, resourceVersion }: ObservedProfile,
  finalizers: readonly string[],
): Action {
  const metadata = { namespace, name, uid, resourceVersion, finalizers };
  return { kind: 'setFinalizer', object: { apiVersion: API_VERSION, kind: KIND, metadata } };
}

/** Step of a deletion: the backend has the variables from before the profile, and the finalizer may be removed. */
export function backendIsRestored(observed: Observed): StepResult {
  const { profile, deployment, now } = observed;
  const step = (reason: ReasonOf<'RolledOut'>, message: string, actions: readonly Action[]): StepResult => ({
    ...waiting(notRolledOut(reason, message)),
    actions,
  });
  const finished = (type: Event['type'], message: string, actions: readonly Action[] = []): StepResult => ({
    ...step('Restored', message, [...actions, liftFinalizer(profile)]),
    events: [{ type, reason: 'Restored', message }],
  });
  const name = targetName(profile);
  if (name === undefined)
    return finished('Warning', 'The spec is invalid and names no Deployment: no variables are restored');
  if (deployment === undefined || deployment.isDeleting)
    return finished('Normal', `Deployment ${name} is deleted: there is nothing to restore`);
  const actions = restoring({ ...observed, configMaps: withStateFor(deployment, observed.configMaps) }, deployment);
  if (actions.length > 0)
    return step('Restoring', `Deployment ${name} is being restored to the variables from before the profile`, actions);
  if (deployment.labels.profile !== undefined) {
    const message = `Deployment ${name} is managed by profile ${deployment.labels.profile}, and is unchanged`;
    return finished('Normal', message);
  }
  const progress = deploymentProgress(deployment, now);
  const { phase, isReplacing } = rolloutState(deployment, now);
  // Pods that are missing or not available are no pods of the profile any more.
  if (progress !== undefined && isReplacing && !STUCK.includes(phase))
    return step('Restoring', `Deployment ${name}: ${progress.message}`, []);
  // An entry that stays in managedFields would cause a conflict with the owner's next apply.
  const removals = removeManagedFields(profile, deployment);
  const message = `Deployment ${name} has the variables from before the profile again`;
  if (progress === undefined) return finished('Normal', message, removals);
  const but = isReplacing ? 'its rollout does not end' : 'not all of its pods are available';
  return finished('Warning', `${message}, but ${but}: ${progress.message}`, removals);
}

/** Phases that may never end. */
const STUCK: readonly RolloutState['phase'][] = ['deadlineExceeded', 'paused'];

/** Name of the Deployment, which may be readable in an invalid spec too. */
const targetName = ({ spec }: ObservedProfile): string | undefined =>
  spec.kind === 'valid' ? spec.spec.targetRef.name : spec.target;

/** The writes that restore the variables; empty where that is done. */
function restoring(observed: Observed, deployment: ObservedDeployment): readonly Action[] {
  const { labels, adoptedEnv } = deployment;
  const managed = managedContainer(observed, deployment);
  // Without labels, the template is from before the profile, or another tool has removed them, maybe with the variables.
  const hasTraces = adoptedEnv !== undefined || managed !== undefined || labels.config !== undefined;
  if (labels.profile === observed.profile.name || (labels.profile === undefined && hasTraces))
    return [restoreAdopted(observed, deployment)];
  return labels.profile === undefined ? restoreRemoved(observed, deployment) : [];
}

/**
 * The adopted variables are restored only in the container from which they were adopted. Before that they go back into what client-side
 * apply applied last, unless somebody has applied since: then that is what the owner wants.
 */
function restoreAdopted(observed: Observed, deployment: ObservedDeployment): Action {
  const adopted = adoptedVariables(observed, deployment);
  const container = managedContainer(observed, deployment);
  const here = container !== undefined && container.name === adopted?.container ? adopted : undefined;
  const { lastApplied } = deployment;
  if (here !== undefined && lastApplied !== undefined && here.lastApplied === lastApplied.hash && here.env.length > 0)
    return lastAppliedWrite(observed.profile, deployment, { container: here.container, remove: [], add: here.env });
  const isOurs = (variable: ObservedVariable) => isFromProfile(observed, variable);
  const isReleased = deployment.labels.config === undefined && container?.env.some(isOurs) !== true;
  return releaseDeployment(observed.profile, { deployment, container, isReleased }, here);
}

/** Another tool removed everything, adopted variables included: those are restored once, and that is recorded after the write. */
function restoreRemoved(observed: Observed, deployment: ObservedDeployment): readonly Action[] {
  const adopted = adoptedVariables(observed, deployment);
  const container = deployment.containers.find(({ name }) => name === adopted?.container);
  const newest = newestKnownRollout(observed.configMaps);
  if (adopted === undefined || container === undefined || newest === undefined) return [];
  const isMissing = adopted.env.some((entry) => container.env.every(({ name }) => name !== entry.name));
  const isInForce =
    newest.state.rollout === undefined
      ? newest.state.released === undefined
      : rolloutInForce(observed, { deployment, container }) !== undefined;
  if (!isMissing || !isInForce) return [];
  const released = { sequence: nextSequence(observed.configMaps) };
  return [
    releaseDeployment(observed.profile, { deployment, container, isReleased: true }, adopted),
    ...configWrites(observed, [{ name: newest.name, state: { released } }]),
  ];
}

/** Removes the operator's entries from the Deployment's managedFields; empty where it has none. */
function removeManagedFields({ namespace }: ObservedProfile, deployment: ObservedDeployment): Action[] {
  const { name, managedFieldsIndexes, resourceVersion } = deployment;
  if (managedFieldsIndexes.length === 0) return [];
  const removals = managedFieldsIndexes.toReversed().map((index) => `/metadata/managedFields/${index}`);
  return [
    {
      kind: 'disown',
      object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name } },
      operations: [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        ...removals.map((path) => ({ op: 'remove', path }) as const),
      ],
    },
  ];
}
