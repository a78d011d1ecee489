/** The variables of a container as they were before the profile adopted them. */
import * as z from 'zod';
import { VARIABLES } from './variables.ts';

/** Of the JSON. Entries of variables are small; more than this was written by somebody else. */
const MAX_LENGTH = 16_384;

const entrySchema = z.looseObject({ name: z.enum(VARIABLES) });

export const adoptedSchema = z
  .object({
    container: z.string(),
    env: z.array(entrySchema).max(VARIABLES.length),
    /** Field managers that had set them. */
    owners: z.array(z.string()).default([]),
    /** Hash of the annotation of client-side apply at that time, without these variables; absent where there was none. */
    lastApplied: z.string().max(64).optional(),
  })
  .refine((adopted) => JSON.stringify(adopted).length <= MAX_LENGTH);

export type EnvEntry = z.infer<typeof entrySchema>;
export type AdoptedVariables = z.infer<typeof adoptedSchema>;
