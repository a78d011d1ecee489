/**
 * Templates that the Deployment controller has not observed. It observes 20 a second, and a burst of changes is faster. It takes the
 * newest one, so that the operator may replace its own; pods of each of them may exist.
 */
import type { ConfigState, StateOf } from '../model/config-state.ts';
import type { ObservedDeployment } from '../model/observed.ts';
import { hasForeignReferences } from './managed-variables.ts';
import { isObservedByController } from './rollout-state.ts';
import type { Target } from './target.ts';

type StateRecord = { readonly state: ConfigState };

/** The ConfigMaps whose rollouts the Deployment controller has not observed. They have only the state that is valid for the Deployment. */
export const unobservedRollouts = <T extends StateRecord>(
  { generation, status }: ObservedDeployment,
  configMaps: readonly T[],
): readonly T[] =>
  configMaps.filter(({ state: { rollout } }) => {
    const before = rollout?.generation;
    return before !== undefined && before >= status.observedGeneration && before < generation;
  });

/**
 * Whether everything that the Deployment controller has not observed is the operator's own: a rollout is recorded for each generation,
 * nothing else of the template has changed, and no other manager owns its references, as after an undo.
 */
export function hasOnlyOwnChanges({ deployment, container }: Target, configMaps: readonly StateRecord[]): boolean {
  if (isObservedByController(deployment)) return true;
  if (hasForeignReferences(container)) return false;
  const isOwn = (rollout: StateOf<'rollout'> | undefined) => rollout?.templateHash === deployment.foreignTemplateHash;
  const own = unobservedRollouts(deployment, configMaps).filter(({ state }) => isOwn(state.rollout));
  const generations = new Set(own.map(({ state }) => state.rollout?.generation));
  return generations.size === deployment.generation - deployment.status.observedGeneration;
}
