/** What a tnsnames.ora holds, read before the driver reads it: the driver does not limit itself, and says too little of what it cannot parse. */
import { existsSync, statSync } from 'node:fs';
import { NLParamParser } from 'oracledb/lib/thin/sqlnet/paramParser.js';
import { own } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import type { Descriptor } from './descriptor.ts';

/** So many names are told. */
const MAX_NAMES = 8;

const ALIAS = /^[\w.$#-]{1,64}$/;

/**
 * So many files are read. The driver follows IFILE four levels deep, and reads a file as often as one names it: a file that names itself
 * 16 times would be read 69,905 times.
 */
const MAX_FILES = 32;

/** After so many entries that the driver cannot parse, the others are only counted: an error costs some 20 µs, and a Secret holds half a million. */
const MAX_BROKEN = 100;

/** So much is read in all, a file that is read twice twice. A Secret holds no more. */
const MAX_BYTES = 1024 * 1024;

/** The driver's reader. It gives a whole file up for one entry that it cannot parse; this one goes on, and remembers the entry's name. */
class TolerantReader extends NLParamParser {
  readonly broken: string[] = [];
  /** Entries behind the last one that is in `broken`. */
  unread = 0;
  #files = 0;
  #bytes = 0;

  get exceedsLimits(): boolean {
    return this.#files > MAX_FILES || this.#bytes > MAX_BYTES;
  }

  override async start(path: string, depth: number, cache: unknown): Promise<void> {
    const file = statSync(path);
    // A device such as /dev/zero has no end.
    if (!file.isFile()) throw new Error('not a file');
    this.#files += 1;
    this.#bytes += file.size;
    if (!this.exceedsLimits) await super.start(path, depth, cache);
  }

  override async addNLPListElement(entry: string, depth: number, cache: unknown): Promise<void> {
    if (this.broken.length === MAX_BROKEN) {
      this.unread += 1;
      return;
    }
    try {
      await super.addNLPListElement(entry, depth, cache);
    } catch {
      // Without an equals sign it is a stray word, which nobody may see.
      const [, name = ''] = /^([^=,]{1,64})[^=]{0,200}=/.exec(entry) ?? [];
      this.broken.push(name.trim());
    }
  }
}

export type Tnsnames = {
  /** The aliases, and the entries that the driver cannot read. Names alone, in words for a message whose subject is the file. */
  readonly text: string;
  readonly isBroken: boolean;
};

/** Undefined where the folder has none. Throws a ProbeError (TnsnamesInvalid) where the driver would read too much. */
export async function describeTnsnames(folder: string): Promise<Tnsnames | undefined> {
  const path = `${folder}/tnsnames.ora`;
  if (!existsSync(path)) return undefined;
  const reader = new TolerantReader();
  const entries = await reader.initializeNlpa(path);
  if (reader.exceedsLimits)
    throw new ProbeError(
      'TnsnamesInvalid',
      own`its IFILE lines name more than ${MAX_FILES} files or ${MAX_BYTES / 1024 / 1024} MiB, or a file that names itself`,
    );
  const aliases = [...entries].flatMap(([name, entry]) => (isDatabase(entry as Descriptor) ? [name] : []));
  const isBroken = reader.broken.length > 0;
  const broken = isBroken ? `, and entries for which the driver gives the whole file up: ${listed(reader.broken)}` : '';
  const unread = reader.unread > 0 ? `, and ${reader.unread} that were not read after these` : '';
  const hint = reader.broken.some(isIfile) ? ' (IFILE has to name a file that the probe has)' : '';
  return { text: `it has the aliases ${listed(aliases)}${broken}${unread}${hint}`, isBroken };
}

const isIfile = (name: string) => name.toUpperCase() === 'IFILE';

/** Anything else may be a stray word. */
const isDatabase = ({ atom, list }: Descriptor) => (list ?? []).length > 0 || /[:/]/.test(atom ?? '');

function listed(names: readonly string[]): string {
  const known = names.filter((name) => ALIAS.test(name)).toSorted();
  const more = names.length - Math.min(known.length, MAX_NAMES);
  const told = known.slice(0, MAX_NAMES).join(', ');
  if (told === '') return more === 0 ? '(none)' : `(${more} without a name that can be shown)`;
  return more === 0 ? told : `${told} and ${more} more`;
}
