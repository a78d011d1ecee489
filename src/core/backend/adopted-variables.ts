/** The variables from before they were adopted, in an annotation of the Deployment: to restore them, and to name their owners. */
import * as z from 'zod';
import { MAX_VARIABLE, parseMax, VARIABLES } from '../model/variables.ts';
import { FIELD_MANAGER } from '../model/naming.ts';
import type { ObservedVariable } from '../model/observed.ts';

const entrySchema = z.looseObject({ name: z.enum(VARIABLES) });
const adoptedSchema = z.object({
  container: z.string(),
  env: z.array(entrySchema).max(VARIABLES.length),
  /** Field managers that had set them. */
  owners: z.array(z.string()).default([]),
});

export type EnvEntry = z.infer<typeof entrySchema>;
export type AdoptedVariables = z.infer<typeof adoptedSchema>;

/**
 * The annotation with these variables of a container. `before` is the present annotation: what it holds of other variables of that
 * container stays in it.
 */
export function formatAdopted(container: string, variables: readonly ObservedVariable[], before?: string): string {
  const former = parseAdopted(before);
  const { env, owners } = former?.container === container ? former : { env: [], owners: [] };
  const others = env.filter((entry) => variables.every(({ name }) => name !== entry.name));
  const managers = variables.flatMap((variable) => variable.managers).filter((manager) => manager !== FIELD_MANAGER);
  return JSON.stringify({
    container,
    env: [...others, ...variables.map(({ entry }) => entry)],
    owners: [...new Set([...owners, ...managers])],
  });
}

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

/** What the owners of the adopted variables have to do, for the message of `Ready`; '' where nothing was adopted. */
export function adoptionNotice(adopted: AdoptedVariables | undefined): string {
  if (adopted === undefined || adopted.env.length === 0) return '';
  const names = adopted.env.map(({ name }) => name).join(', ');
  const owners = adopted.owners.length === 0 ? 'their owner' : adopted.owners.join(' and ');
  return ` Adopted: ${names}, which ${owners} had set. Remove them from that manifest: its next apply would be rejected.`;
}
