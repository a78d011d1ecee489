/** The probe from its parameters to its verdict. An error on the way becomes a verdict, too. */
import type { Verdict } from '../contract/verdict.ts';
import { computeFingerprint, rejectKnownBad } from './credentials/known-bad.ts';
import type { ParametersRead } from './input/parameters.ts';
import { rejectProvider } from './input/provider.ts';
import { resolveConnectString } from './oracle/connect-string.ts';
import { logOn } from './oracle/logon.ts';
import { provePool } from './oracle/pool.ts';
import { configureTls } from './oracle/tls.ts';
import { ProbeError } from './verdict/probe-error.ts';
import type { Progress } from './verdict/progress.ts';
import type { Redact } from './verdict/redact.ts';
import { failureVerdict, provisionalVerdict, successVerdict } from './verdict/verdict.ts';

/**
 * Runs the whole probe once; never rejects. `writeProvisional` receives the verdict that holds if the process is killed from
 * now on: once before the first logon and once after it. It must not throw.
 */
export async function probe(
  read: ParametersRead,
  progress: Progress,
  redact: Redact,
  writeProvisional: (verdict: Verdict) => void = () => undefined,
): Promise<Verdict> {
  if (read.kind === 'invalid') return failureVerdict(new ProbeError(read.reason, read.problem), progress, redact);
  progress.user = read.parameters.database.user;
  // The fingerprint takes some milliseconds in another thread; TLS and network need not wait for it.
  const fingerprint = computeFingerprint(read.parameters, progress);
  try {
    rejectProvider(read.parameters.database.connectString);
    await rejectKnownBad(read.parameters, progress, fingerprint);
    const parameters = await resolveConnectString(configureTls(read.parameters, progress), progress);
    let isLoggedOn = false;
    const provisional = fingerprint.then(() => writeProvisional(provisionalVerdict(isLoggedOn, progress, redact)));
    await logOn(parameters, progress);
    isLoggedOn = true;
    await provisional;
    writeProvisional(provisionalVerdict(isLoggedOn, progress, redact));
    await provePool(parameters, progress);
    await fingerprint;
    progress.reach('done');
    return successVerdict(parameters, progress, redact);
  } catch (error) {
    await fingerprint;
    return failureVerdict(error, progress, redact);
  }
}
