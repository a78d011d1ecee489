/**
 * A signal for a while. AbortSignal.any would do, but not over a signal that is itself composed: of each such call Node 24
 * keeps a signal for ever, and the calls are made every two seconds for as long as the process lives.
 */

/** Runs with a signal that is aborted with `signal`, or after `ms` milliseconds; of it nothing stays once `run` has settled. */
export async function withTimeout<T>(
  ms: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const abort = () => end.abort(signal.reason);
  const timer = setTimeout(() => end.abort(new DOMException(`timeout: not done within ${ms} ms`, 'TimeoutError')), ms);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await run(end.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
