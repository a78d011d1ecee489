/** A limit for waits that cannot be cancelled: the Oracle driver has no abort signal. */

export class DeadlineExceeded extends Error {
  override readonly name = 'DeadlineExceeded' as const;
}

/** Rejects with DeadlineExceeded once the time is over; `work` then goes on by itself. */
export async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineExceeded(`no answer within ${deadlineMs} ms`)), deadlineMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
