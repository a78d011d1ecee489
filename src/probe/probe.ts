/** The probe from its parameters to its verdict. Whatever is thrown on the way is a verdict, too. */
import type { Verdict } from '../verdict.ts';
import { logOn } from './logon.ts';
import type { ParametersRead } from './parameters.ts';
import { provePool } from './pool.ts';
import { ProbeError } from './probe-error.ts';
import type { Progress } from './progress.ts';
import { identify, refuseAgain } from './refusal.ts';
import { failure, success } from './report.ts';
import type { Scrub } from './secrets.ts';
import { trust } from './trust.ts';

export async function probe(read: ParametersRead, progress: Progress, scrub: Scrub): Promise<Verdict> {
  if (read.kind === 'invalid') return failure(new ProbeError(read.reason, read.problem), progress, scrub);
  const identifying = identify(read.parameters, progress);
  try {
    await refuseAgain(read.parameters, progress, identifying);
    const parameters = trust(read.parameters, progress);
    await logOn(parameters, progress);
    await provePool(parameters, progress);
    await identifying;
    progress.reach('done');
    return success(parameters, progress, scrub);
  } catch (error) {
    await identifying;
    return failure(error, progress, scrub);
  }
}
