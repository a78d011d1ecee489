/** The benchmark with small counts, on a cluster that others use too: whether it still measures every figure, not how good each is. */
import type { Run } from '../test/runner/run.ts';
import type { Bed } from '../test/bed/bed.ts';
import { measureFigures } from './bench.ts';
import { SMOKE } from './options.ts';
import { defectsOf } from './results.ts';

/** Resolves with the number of measurements. Throws an Error that names each missing or impossible one. */
export async function smoke(run: Run, { cluster, images, base }: Bed): Promise<string> {
  const outcome = await measureFigures({ run, options: SMOKE, cluster, images, base });
  const defects = defectsOf(outcome);
  if (defects.length > 0) throw new Error(defects.join('\n'));
  return `${outcome.measurements.length} figures measured`;
}
