/** The arguments of a command: what is typed after `npm run demo --`. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { SetUpError } from '../../runner/run.ts';

type Arguments<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T & { args: string[] }>>;

/** Throws a SetUpError that names the first unknown argument, with `usage` as the next thing to try. */
export function readArguments<const T extends ParseArgsConfig>(usage: string, config: T): Arguments<T> {
  return orUsage(usage, () => parseArgs({ ...config, args: process.argv.slice(2) }));
}

/** The result of `read`. An Error that it throws becomes a SetUpError with that usage. */
export function orUsage<T>(usage: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new SetUpError(cause instanceof Error ? cause.message : String(cause), { next: usage, cause });
  }
}
