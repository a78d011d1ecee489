/** The benchmark with small counts, on a cluster that others use too: whether it still takes every figure. Never how good one is. */
import type { Run } from '../test/runner/run.ts';
import type { Bed } from '../test/bed/bed.ts';
import { takeFigures } from './bench.ts';
import { SMOKE } from './options.ts';
import { defectsOf } from './results.ts';

/** Resolves with how many figures were taken. Throws an Error that names each that was not, or cannot be. */
export async function smoke(run: Run, { cluster, images, base }: Bed): Promise<string> {
  const outcome = await takeFigures({ run, options: SMOKE, cluster, images, base });
  const defects = defectsOf(outcome);
  if (defects.length > 0) throw new Error(defects.join('\n'));
  return `${outcome.measurements.length} figures taken`;
}
