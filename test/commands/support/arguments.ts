/** What is typed behind `npm run demo --` and its like. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { SetUpError } from '../../runner/run.ts';

type Words<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T & { args: string[] }>>;

/** Reads them. Throws SetUpError that names the first that is not understood, with `usage` as what to type instead. */
export function readWords<const T extends ParseArgsConfig>(usage: string, config: T): Words<T> {
  return orUsage(usage, () => parseArgs({ ...config, args: process.argv.slice(2) }));
}

/** What `read` makes of words; an Error that it throws is a SetUpError with that usage. */
export function orUsage<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new SetUpError(cause instanceof Error ? cause.message : String(cause), { next: usage, cause });
  }
}
