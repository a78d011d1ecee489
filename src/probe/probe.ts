/** The probe from its parameters to its verdict. Whatever is thrown on the way is a verdict, too. */
import type { Verdict } from '../contract/verdict.ts';
import { logOn } from './oracle/logon.ts';
import type { ParametersRead } from './input/parameters.ts';
import { provePool } from './oracle/pool.ts';
import { ProbeError } from './verdict/probe-error.ts';
import type { Progress } from './verdict/progress.ts';
import { identify, refuseAgain } from './credentials/known-bad.ts';
import { failure, killed, success } from './verdict/verdict.ts';
import type { Scrub } from './verdict/redact.ts';
import { trust } from './oracle/tls.ts';

/** `foretell` is given what is to be found in case that the process is killed. It must not throw. */
export async function probe(
  read: ParametersRead,
  progress: Progress,
  scrub: Scrub,
  foretell: (verdict: Verdict) => void = () => undefined,
): Promise<Verdict> {
  if (read.kind === 'invalid') return failure(new ProbeError(read.reason, read.problem), progress, scrub);
  const identifying = identify(read.parameters, progress);
  try {
    await refuseAgain(read.parameters, progress, identifying);
    const parameters = trust(read.parameters, progress);
    let isLoggedOn = false;
    const foretold = identifying.then(() => foretell(killed(isLoggedOn, progress, scrub)));
    await logOn(parameters, progress);
    isLoggedOn = true;
    await foretold;
    foretell(killed(isLoggedOn, progress, scrub));
    await provePool(parameters, progress);
    await identifying;
    progress.reach('done');
    return success(parameters, progress, scrub);
  } catch (error) {
    await identifying;
    return failure(error, progress, scrub);
  }
}
