/**
 * The variables from before they were adopted: to restore them, and to name their owners. They are kept in the state of the rollout,
 * where a tool that writes the whole Deployment back does not reach, and in an annotation of the Deployment, which outlives its
 * ConfigMaps.
 */
import { parseJson } from '../model/json.ts';
import { type AdoptedVariables, adoptedSchema } from '../model/adopted.ts';
import { FIELD_MANAGER } from '../model/naming.ts';
import type { ObservedVariable } from '../model/observed.ts';
import { MAX_VARIABLE, parseMax } from '../model/variables.ts';

/** These variables of a container. What `before` has of other variables of that container stays. */
export function adopt(
  container: string,
  variables: readonly ObservedVariable[],
  before?: AdoptedVariables,
): AdoptedVariables {
  const { env, owners } = before?.container === container ? before : { env: [], owners: [] };
  const others = env.filter((entry) => variables.every(({ name }) => name !== entry.name));
  const managers = variables.flatMap((variable) => variable.managers).filter((manager) => manager !== FIELD_MANAGER);
  return {
    container,
    // An entry of the pool's variables has its name.
    env: [...others, ...variables.map(({ entry }) => entry as AdoptedVariables['env'][number])],
    owners: [...new Set([...owners, ...managers])],
  };
}

/** The annotation of the Deployment. */
export const formatAdopted = (adopted: AdoptedVariables): string => JSON.stringify(adopted);

/** Undefined where there is no annotation, or it cannot be parsed. */
export const parseAdopted = (annotation: string | undefined): AdoptedVariables | undefined =>
  adoptedSchema.safeParse(parseJson(annotation)).data;

/** `max` of the adopted variables, in connections of one pool; undefined where it is no literal among them. */
export const adoptedMax = (adopted: AdoptedVariables | undefined): number | undefined =>
  parseMax(adopted?.env.find(({ name }) => name === MAX_VARIABLE)?.['value']);
