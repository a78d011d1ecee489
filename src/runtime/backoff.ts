/** Exponential backoff with jitter. */
/** The first delay and the longest one. */
export type Backoff = { readonly firstMs: number; readonly maxMs: number };

/**
 * Milliseconds to wait after the `failures`-th failure in a row (from 1). The delay doubles up to `maxMs`; `random` (0 to 1)
 * spreads it over its upper half, so that keys which failed together are not retried together.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return full / 2 + (full / 2) * random;
}
