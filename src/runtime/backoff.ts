/** How long to wait after failures. Pure: the random number comes in. */
export type Backoff = { readonly firstMs: number; readonly maxMs: number };

/**
 * Milliseconds to wait after the `failures`-th failure in a row (from 1): it doubles up to the longest, and is spread
 * over its upper half by `random` (0 to 1), so that many who failed together do not come back together.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random;
}
