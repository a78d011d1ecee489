/** What a tnsnames.ora holds, for the message on an alias that the driver did not find or could not parse. */
import { NLParamParser } from 'oracledb/lib/thin/sqlnet/paramParser.js';
import type { Descriptor } from './descriptor.ts';

/** So many names are told. */
const MAX_NAMES = 8;

const ALIAS = /^[\w.$#-]{1,64}$/;

/** The driver's reader. It gives a whole file up for one entry that it cannot parse; this one goes on, and remembers the entry's name. */
class TolerantReader extends NLParamParser {
  readonly broken: string[] = [];

  override async addNLPListElement(entry: string, depth: number, cache: unknown): Promise<void> {
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

export async function describeTnsnames(folder: string): Promise<Tnsnames> {
  const reader = new TolerantReader();
  const entries = await reader.initializeNlpa(`${folder}/tnsnames.ora`);
  const aliases = [...entries].flatMap(([name, entry]) => (isDatabase(entry as Descriptor) ? [name] : []));
  const isBroken = reader.broken.length > 0;
  const broken = isBroken ? `, and entries that cannot be read: ${listed(reader.broken)}` : '';
  return { text: `it has the aliases ${listed(aliases)}${broken}`, isBroken };
}

/** Anything else may be a stray word. */
const isDatabase = ({ atom, list }: Descriptor) => (list ?? []).length > 0 || /[:/]/.test(atom ?? '');

function listed(names: readonly string[]): string {
  const known = names.filter((name) => ALIAS.test(name)).toSorted();
  const more = names.length - Math.min(known.length, MAX_NAMES);
  const told = known.slice(0, MAX_NAMES).join(', ');
  if (told === '') return more === 0 ? '(none)' : `(${more} without a name that can be shown)`;
  return more === 0 ? told : `${told} and ${more} more`;
}
