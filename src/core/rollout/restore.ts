/**
 * `onDelete: Restore`: a finalizer keeps the profile until its backend has the variables from before the profile.
 *
 *   profile's template ──► variables restored ──► rollout complete or stalled ──► managedFields removed ──► finalizer removed
 *
 * Where the Deployment is deleted, as it is with its namespace, the finalizer is removed at once. An event reports the outcome,
 * because the status is deleted with the profile.
 */
import { KIND, type ProfileSpec, type ReasonOf } from '../../api/v1alpha1.ts';
import { API_VERSION, FINALIZER } from '../model/naming.ts';
import type { Observed, ObservedDeployment, ObservedProfile } from '../model/observed.ts';
import { parseAdopted } from '../backend/adopted-variables.ts';
import { deploymentProgress } from '../backend/rollout-state.ts';
import type { Action } from '../model/action.ts';
import { type Event, type StepResult, waiting } from '../model/decision.ts';
import { managedContainer } from '../backend/managed-variables.ts';
import { notRolledOut } from '../backend/target.ts';
import { releaseDeployment } from '../backend/pod-template.ts';

/** The write that adds or removes the finalizer, as `spec.onDelete` asks; empty where the profile is as it should be. */
export function syncFinalizer(profile: ObservedProfile, { onDelete }: ProfileSpec): Action[] {
  const hasFinalizer = profile.finalizers.includes(FINALIZER);
  return hasFinalizer === (onDelete === 'Restore') ? [] : [setFinalizers(profile, hasFinalizer ? [] : [FINALIZER])];
}

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
    ...step('Restored', message, [...actions, setFinalizers(profile, [])]),
    events: [{ type, reason: 'Restored', message }],
  });
  const name = targetName(profile);
  if (name === undefined)
    return finished('Warning', 'The spec is invalid and names no Deployment: no variables are restored');
  if (deployment === undefined || deployment.isDeleting)
    return finished('Normal', `Deployment ${name} is deleted: there is nothing to restore`);
  if (deployment.labels.profile === profile.name || hasLeftoverAnnotation(deployment)) {
    const message = `Deployment ${name} is being restored to the variables from before the profile`;
    return step('Restoring', message, [restoreAdopted(observed, deployment)]);
  }
  if (deployment.labels.profile !== undefined) {
    const message = `Deployment ${name} is managed by profile ${deployment.labels.profile}, and is unchanged`;
    return finished('Normal', message);
  }
  const progress = deploymentProgress(deployment, now);
  if (progress !== undefined && progress.isStalled !== true)
    return step('Restoring', `Deployment ${name}: ${progress.message}`, []);
  // An entry that stays in managedFields would cause a conflict with the owner's next apply.
  const removals = removeManagedFields(profile, deployment);
  const message = `Deployment ${name} has the variables from before the profile again`;
  if (progress === undefined) return finished('Normal', message, removals);
  return finished('Warning', `${message}, but its rollout does not end: ${progress.message}`, removals);
}

/** Name of the Deployment, which may be readable in an invalid spec too. */
const targetName = ({ spec }: ObservedProfile): string | undefined =>
  spec.kind === 'valid' ? spec.spec.targetRef.name : spec.target;

/** A user brought back a template from before the profile. That leaves the annotation with the adopted variables. */
const hasLeftoverAnnotation = ({ labels, adoptedEnv }: ObservedDeployment) =>
  labels.profile === undefined && adoptedEnv !== undefined;

/** The adopted variables are restored only in the container from which they were adopted. */
function restoreAdopted(observed: Observed, deployment: ObservedDeployment): Action {
  const adopted = parseAdopted(deployment.adoptedEnv);
  const container = managedContainer(observed, deployment);
  const isAdoptedHere = container !== undefined && container.name === adopted?.container;
  return releaseDeployment(observed.profile, { deployment, container }, isAdoptedHere ? adopted : undefined);
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
