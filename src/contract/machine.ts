/** How the probe names a machine whose sessions it counts: by a hash, so that no name of a machine leaves the database. */
import { createHash } from 'node:crypto';
import * as z from 'zod';

const DIGITS = 12;

export const machineHashSchema = z.string().regex(/^[0-9a-f]{12}$/);

/** Maximum number of machines that a verdict names: as many as fit beside the longest names of a database. */
export const MAX_MACHINES = 24;

/** Oracle keeps 64 bytes of a machine's name. */
const MACHINE_MAX = 64;

/** 48 bits of the SHA-256 of the name, whatever its case. Names that differ only after 64 characters have one hash. */
export const machineHash = (name: string): string =>
  createHash('sha256').update(name.slice(0, MACHINE_MAX).toLowerCase()).digest('hex').slice(0, DIGITS);
