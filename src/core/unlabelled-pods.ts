/** Whether a decision needs the pods of a Deployment without the label of the profile, so that the shell lists them only then. */
import { decide } from './decide.ts';
import type { Observed } from './model/observed.ts';

/** True where the decision starts a rollout on pods that are in no cache: how they are now is the baseline of that rollout. */
export function needsUnlabelledPods(observed: Observed): boolean {
  const { profile, deployment, unlabelledPods } = observed;
  if (deployment === undefined || deployment.labels.profile === profile.name || unlabelledPods !== undefined)
    return false;
  return decide(observed).actions.some(({ kind }) => kind === 'rollOut');
}
