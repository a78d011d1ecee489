/** Whether a decision needs the selectors of Services and PodDisruptionBudgets, so that the shell lists them only then. */
import { decide } from './decide.ts';
import type { Observed } from './model/observed.ts';

/** True where the decision starts a probe with `podLabels`: only such a pod could be selected as one of the backend. */
export function needsPodSelectors(observed: Observed): boolean {
  const { spec } = observed.profile;
  const hasPodLabels = spec.kind === 'valid' && Object.keys(spec.spec.probe.podLabels).length > 0;
  if (!hasPodLabels || observed.podSelectors !== undefined) return false;
  return decide(observed).actions.some(({ kind }) => kind === 'startProbe');
}
