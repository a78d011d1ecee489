/** What stood in the variables before they were adopted, as an annotation of the Deployment keeps it. */
import * as z from 'zod';
import { MAX_VARIABLE, parseMax, VARIABLES } from '../model/variables.ts';
import { FIELD_MANAGER } from '../model/naming.ts';
import type { ObservedVariable } from '../model/observed.ts';

const entrySchema = z.looseObject({ name: z.enum(VARIABLES) });
const originalsSchema = z.object({
  container: z.string(),
  env: z.array(entrySchema).max(VARIABLES.length),
  setBy: z.array(z.string()).default([]),
});

export type EnvEntry = z.infer<typeof entrySchema>;
export type AdoptedVariables = z.infer<typeof originalsSchema>;

/** The annotation that keeps these entries of a container, and of those that it keeps already the ones of other variables. */
export function formatAdopted(container: string, variables: readonly ObservedVariable[], before?: string): string {
  const known = parseAdopted(before);
  const { env, setBy } = known?.container === container ? known : { env: [], setBy: [] };
  const others = env.filter((entry) => variables.every(({ name }) => name !== entry.name));
  const managers = variables.flatMap((variable) => variable.managers).filter((manager) => manager !== FIELD_MANAGER);
  return JSON.stringify({
    container,
    env: [...others, ...variables.map(({ entry }) => entry)],
    setBy: [...new Set([...setBy, ...managers])],
  });
}

/** What the annotation keeps; undefined where there is none, or none that can be read. */
export function parseAdopted(text: string | undefined): AdoptedVariables | undefined {
  if (text === undefined) return undefined;
  try {
    return originalsSchema.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Connections that a pool may open by the literal among them; undefined where there is none. */
export const adoptedMax = (originals: AdoptedVariables | undefined): number | undefined =>
  parseMax(originals?.env.find(({ name }) => name === MAX_VARIABLE)?.['value']);

/** What the owners of the adopted variables have to do, for the message of `Ready`. */
export function adoptionNotice(originals: AdoptedVariables | undefined): string {
  if (originals === undefined || originals.env.length === 0) return '';
  const names = originals.env.map(({ name }) => name).join(', ');
  const owners = originals.setBy.length === 0 ? 'their owner' : originals.setBy.join(' and ');
  return ` Adopted: ${names}, which ${owners} set. Drop them from that manifest, or the API server refuses it.`;
}
