/** A time limit on a promise of the driver, which may never settle. */

/** `work`, or after `ms` milliseconds what `otherwise` returns; it must not throw. The work goes on, and its end is ignored. */
export async function within<Result>(
  ms: number,
  work: Promise<Result>,
  otherwise: () => Result | Promise<Result>,
): Promise<Result> {
  const expired = Promise.withResolvers<Result>();
  const timer = setTimeout(() => expired.resolve(otherwise()), ms);
  try {
    return await Promise.race([work, expired.promise]);
  } finally {
    clearTimeout(timer);
  }
}
