/** The spread of samples, as text behind their median. */

/** The minimum and the maximum where they differ; for one sample, that it is the only one. */
export function spread(samples: readonly number[], digits: number): string {
  if (samples.length === 1) return ' (once)';
  const [min, max] = [Math.min(...samples), Math.max(...samples)].map((value) => value.toFixed(digits));
  return min === max ? '' : ` (${min}–${max})`;
}
