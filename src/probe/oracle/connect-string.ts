/**
 * From the connect string of the profile to the descriptor that the probe connects by. The driver parses every form, as it does for a
 * backend; the probe changes only what `adjust` names.
 */
import { resolveConnectStr } from 'oracledb/lib/impl/parserHelpers.js';
import { createNVPair } from 'oracledb/lib/thin/sqlnet/nvStrToNvPair.js';
import type { Parameters } from '../input/parameters.ts';
import { own, ownWords } from '../verdict/own-text.ts';
import { ProbeError } from '../verdict/probe-error.ts';
import { errorText } from '../verdict/driver-text.ts';
import type { Progress } from '../verdict/progress.ts';
import { adjust, type Descriptor, problemOfAddresses, textOf } from './descriptor.ts';
import { withText } from './driver-error.ts';
import { foreignForm } from './foreign-strings.ts';
import { describeTnsnames } from './tnsnames.ts';

/** The driver takes no longer descriptor. */
const MAX_BYTES = 4096;

/**
 * Returns the parameters with a descriptor in place of the connect string. Throws the driver's error or a ProbeError
 * (ConnectStringUnsupported, ConnectStringInvalid, TnsnamesInvalid).
 */
export async function resolveConnectString(parameters: Parameters, progress: Progress): Promise<Parameters> {
  progress.reach('resolve');
  const { database, wallet, caFile, tnsDir } = parameters;
  rejectUnsupported(database.connectString);
  const isAlias = !/[:/()]/.test(database.connectString);
  const descriptor = isAlias
    ? await findAlias(database.connectString, tnsDir)
    : parseDescriptor(String(await resolveConnectStr(database.connectString)));
  // Only now may the driver's messages have its parts.
  if (isAlias) progress.descriptor = textOf(descriptor);
  const problem = problemOfAddresses(descriptor);
  if (problem !== undefined) throw new ProbeError(problem.reason, problem.problem);
  const adjusted = adjust(descriptor, {
    timeoutSeconds: addressTimeoutSeconds(parameters.timeoutSeconds),
    dropsWalletFolder: wallet !== undefined || caFile !== undefined,
  });
  return { ...parameters, database: { ...database, connectString: textOf(adjusted) } };
}

/** Most seconds for one address: TCP, TLS and the listener's answer. The logon has what the watchdog leaves. */
export const addressTimeoutSeconds = (timeoutSeconds: number): number =>
  Math.max(1, Math.min(10, Math.floor(timeoutSeconds / 3)));

function rejectUnsupported(connectString: string): void {
  if (Buffer.byteLength(connectString) > MAX_BYTES)
    throw new ProbeError('ConnectStringInvalid', own`expected at most ${MAX_BYTES} bytes`);
  const foreign = foreignForm(connectString);
  if (foreign !== undefined)
    throw new ProbeError('ConnectStringUnsupported', own`it is ${ownWords(foreign.whose)}; write ${foreign.instead}`);
  const text = connectString.trim();
  // The driver would take it for an alias.
  if (/[()=]/.test(text) && !/[:/]/.test(text) && !(text.startsWith('(') && text.includes(')')))
    throw new ProbeError('ConnectStringInvalid', own`syntax error: it is not a complete (DESCRIPTION=...)`);
}

/** The tree of a complete descriptor. */
export const parseDescriptor = (text: string): Descriptor => createNVPair(text) as Descriptor;

/** The tree of an alias's entry. What the driver says of a file that it cannot read is left out: it may repeat a part of the file. */
async function findAlias(alias: string, folder: string | undefined): Promise<Descriptor> {
  // First, because the driver does not limit what it reads.
  const tnsnames = folder === undefined ? undefined : await describeTnsnames(folder);
  if (tnsnames?.isBroken === true) throw new ProbeError('TnsnamesInvalid', tnsnames.text);
  const [read] = await Promise.allSettled([resolveConnectStr(alias, folder)]);
  if (read.status === 'fulfilled') return descriptorOf(read.value);
  if (tnsnames === undefined) throw read.reason;
  throw errorText(read.reason).startsWith('NJS-517') ? withText(read.reason, `(${tnsnames.text})`) : noConnectString();
}

/** An easy connect string in a tnsnames.ora comes as text. An entry that is neither has no tree. */
function descriptorOf(entry: unknown): Descriptor {
  if (typeof entry === 'string') return parseDescriptor(entry);
  if (entry !== null && typeof entry === 'object') return entry as Descriptor;
  throw noConnectString();
}

const noConnectString = () =>
  new ProbeError(
    'TnsnamesInvalid',
    own`the entry of the alias is neither a complete (DESCRIPTION=...) nor host:port/service`,
  );
