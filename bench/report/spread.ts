/** How far the samples lie apart, in words behind their median. */

/** The least and the most, where they differ; of one sample, that it is one. */
export function spread(samples: readonly number[], digits: number): string {
  if (samples.length === 1) return ' (once)';
  const [least, most] = [Math.min(...samples), Math.max(...samples)].map((value) => value.toFixed(digits));
  return least === most ? '' : ` (${least}–${most})`;
}
