/**
 * The variables from before they were adopted: to restore them, and to name their owners. They are kept in the state of the rollout,
 * where a tool that writes the whole Deployment back does not reach, and in an annotation of the Deployment, which outlives its
 * ConfigMaps.
 */
import { type AdoptedVariables, adoptedSchema } from '../model/adopted.ts';
import { FIELD_MANAGER } from '../model/naming.ts';
import type { ObservedDeployment, ObservedVariable } from '../model/observed.ts';
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
export function parseAdopted(annotation: string | undefined): AdoptedVariables | undefined {
  if (annotation === undefined) return undefined;
  try {
    return adoptedSchema.safeParse(JSON.parse(annotation)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `max` of the adopted variables, in connections of one pool; undefined where it is no literal among them. */
export const adoptedMax = (adopted: AdoptedVariables | undefined): number | undefined =>
  parseMax(adopted?.env.find(({ name }) => name === MAX_VARIABLE)?.['value']);

/**
 * What the owners of the adopted variables have to do, for the message of `Ready`; '' where nothing was adopted, or they have done it:
 * they own the entries no more, or a client-side apply came since.
 */
export function adoptionNotice(
  adopted: AdoptedVariables | undefined,
  { lastApplied, containers }: Pick<ObservedDeployment, 'lastApplied' | 'containers'>,
): string {
  if (adopted === undefined) return '';
  const { env = [] } = containers.find(({ name }) => name === adopted.container) ?? {};
  const isShared = (name: string) =>
    env.some((one) => one.name === name && one.managers.some((manager) => manager !== FIELD_MANAGER));
  const names = adopted.env.map(({ name }) => name).filter(isShared);
  const hasApplied = adopted.lastApplied !== undefined && adopted.lastApplied !== lastApplied?.hash;
  if (names.length === 0 || hasApplied) return '';
  const owners = adopted.owners.length === 0 ? 'their owner' : adopted.owners.join(' and ');
  return ` Adopted: ${names.join(', ')}, which ${owners} had set. Remove them from that manifest: the API server rejects its next apply (valueFrom: Invalid value: "": may not be specified when \`value\` is not empty).`;
}
