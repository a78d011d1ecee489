/** Whether another owner has changed the pod template since settings were rolled out: then nobody knows what makes pods fail. */
import type { StateOf } from '../model/config-state.ts';
import type { ObservedDeployment } from '../model/observed.ts';

export function isTemplateChanged(
  { isTemplateChanged: wasChanged, templateHash, annotationsHash }: StateOf<'rollout'> | StateOf<'formerRollout'>,
  deployment: ObservedDeployment,
): boolean {
  if (wasChanged === true || templateHash !== deployment.foreignTemplateHash) return true;
  return annotationsHash !== undefined && annotationsHash !== deployment.annotationsHash;
}
