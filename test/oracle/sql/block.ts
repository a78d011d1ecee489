/** The PL/SQL blocks that it knows: one that does nothing, one that sleeps, and the one that go-ora begins with. */
import { OracleError } from '../database/errors.ts';
import { type Bind, valueOf } from '../messages/binds.ts';
import { pause } from '../wire/pause.ts';
import type { Value } from '../wire/values.ts';
import { NLS_PARAMETERS } from './nls.ts';

const NOTHING = /^begin\s+null\s*;\s*end\s*;?$/i;
const SLEEP =
  /^begin\s+(?:dbms_session|dbms_lock)\s*\.\s*sleep\s*\(\s*(?:(?<seconds>[\d.]+)|:(?<bind>\w+))\s*\)\s*;\s*end\s*;?$/i;
const READ_NLS = /^begin\s+select\b.*\binto\b.*\bfrom\s+sys\.nls_session_parameters\s*;\s*end\s*;?$/is;

/** Values for the block's out binds; undefined where it has none. Rejects with the signal's reason once that is aborted. */
export async function runBlock(
  sql: string,
  binds: ReadonlyMap<string, Bind>,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const block = sql.trim();
  if (NOTHING.test(block)) return undefined;
  if (READ_NLS.test(block)) {
    return [...block.matchAll(/parameter\s*=\s*'(\w+)'/gi)].map(([, name = '']) => NLS_PARAMETERS[name] ?? '');
  }
  const sleep = SLEEP.exec(block)?.groups;
  if (sleep === undefined) throw new OracleError(6550, 'the stand-in does not know this PL/SQL block');
  await pause(Number(sleep['seconds'] ?? boundValue(sleep['bind'], binds)) * 1000, signal);
  return undefined;
}

function boundValue(name: string | undefined, binds: ReadonlyMap<string, Bind>): Value {
  const bind = binds.get((name ?? '').toUpperCase());
  if (bind === undefined) throw new OracleError(1008);
  return valueOf(bind);
}
