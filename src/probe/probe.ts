/** The probe from its parameters to its verdict. Whatever is thrown on the way is a verdict, too. */
import type { Verdict } from '../verdict.ts';
import { logOn } from './logon.ts';
import type { ParametersRead } from './parameters.ts';
import { provePool } from './pool.ts';
import { ProbeError } from './probe-error.ts';
import type { Progress } from './progress.ts';
import { failure, success } from './report.ts';
import type { Scrub } from './secrets.ts';

export async function probe(read: ParametersRead, progress: Progress, scrub: Scrub): Promise<Verdict> {
  try {
    if (read.kind === 'invalid') throw new ProbeError(read.reason, read.problem);
    await logOn(read.parameters, progress);
    await provePool(read.parameters, progress);
    progress.reach('done');
    return success(read.parameters, progress, scrub);
  } catch (error) {
    return failure(error, progress, scrub);
  }
}
