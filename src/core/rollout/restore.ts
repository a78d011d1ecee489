/**
 * `onDelete: Restore`: a finalizer holds the profile until its backend is as it was before.
 *
 *   template is ours ──► what stood there before, or nothing ──► rollout done or stuck ──► no owner any more ──► lifted
 *
 * The finalizer is lifted at once where the Deployment is gone, as it is with its namespace. An event says why it was: the
 * status goes with the profile.
 */
import { KIND, type ProfileSpec, type ReasonOf } from '../../api/v1alpha1.ts';
import { API_VERSION, FINALIZER } from '../model/naming.ts';
import type { Observed, ObservedDeployment, ObservedProfile } from '../model/observed.ts';
import { parseAdopted } from '../backend/adopted-variables.ts';
import { deploymentProgress } from '../backend/rollout-state.ts';
import type { Action } from '../model/action.ts';
import { type Event, type StepResult, waiting } from '../model/decision.ts';
import { managedContainer, notRolledOut } from '../backend/target.ts';
import { releaseDeployment } from '../backend/pod-template.ts';

/** The write that puts the finalizer on the profile, or takes it off again, where the spec asks for the other. */
export function syncFinalizer(profile: ObservedProfile, { onDelete }: ProfileSpec): Action[] {
  const isThere = profile.finalizers.includes(FINALIZER);
  return isThere === (onDelete === 'Restore') ? [] : [finalizers(profile, isThere ? [] : [FINALIZER])];
}

function finalizers({ namespace, name, uid, resourceVersion }: ObservedProfile, wanted: readonly string[]): Action {
  const metadata = { namespace, name, uid, resourceVersion, finalizers: wanted };
  return { kind: 'setFinalizer', object: { apiVersion: API_VERSION, kind: KIND, metadata } };
}

/** What is left to do before a profile that holds our finalizer may go. */
export function backendIsRestored({ profile, deployment }: Observed): StepResult {
  const step = (reason: ReasonOf<'RolledOut'>, message: string, actions: readonly Action[]): StepResult => ({
    ...waiting(notRolledOut(reason, message)),
    actions,
  });
  const lifted = (type: Event['type'], message: string, actions: readonly Action[] = []): StepResult => ({
    ...step('Restored', message, [...actions, finalizers(profile, [])]),
    events: [{ type, reason: 'Restored', message }],
  });
  if (profile.spec.kind === 'invalid' && profile.spec.target === undefined)
    return lifted('Warning', 'The spec names no Deployment that can be read: nothing is put back');
  if (deployment === undefined || deployment.isDeleting)
    return lifted('Normal', 'The Deployment is gone: there is nothing to put back');
  if (deployment.labels.profile === profile.name || isLeftOver(deployment)) {
    const message = `Deployment ${deployment.name} is being brought back to what stood there before`;
    return step('Restoring', message, originalsBack(profile, deployment));
  }
  if (deployment.labels.profile !== undefined)
    return lifted('Normal', `Deployment ${deployment.name} is profile ${deployment.labels.profile}'s`);
  const progress = deploymentProgress(deployment);
  if (progress !== undefined && progress.isStalled !== true)
    return step('Restoring', `Deployment ${deployment.name}: ${progress.message}`, []);
  // An idle entry of ours would meet the owner's next edit with a conflict.
  const ours = disown(profile, deployment);
  const message = `Deployment ${deployment.name} is as it was before`;
  if (progress === undefined) return lifted('Normal', message, ours);
  return lifted('Warning', `${message}, but its rollout does not end: ${progress.message}`, ours);
}

/** Somebody took the template back to before the profile; the annotation, which no rollout undoes, is still there. */
const isLeftOver = ({ labels, adoptedEnv: originals }: ObservedDeployment) =>
  labels.profile === undefined && originals !== undefined;

/** All that is ours goes; into a container that is not known to be ours nothing is sent. */
function originalsBack(profile: ObservedProfile, deployment: ObservedDeployment): Action[] {
  const originals = parseAdopted(deployment.adoptedEnv);
  const container = managedContainer(profile.name, deployment);
  const isTheirs = container !== undefined && container.name === originals?.container;
  return [releaseDeployment(profile, { deployment, container }, isTheirs ? originals : undefined)];
}

function disown({ namespace }: ObservedProfile, deployment: ObservedDeployment): Action[] {
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
