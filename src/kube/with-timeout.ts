import { startTimer } from '../runtime/timers.ts';

/**
 * Runs `run` with a signal that is aborted with `signal`, or after `ms` milliseconds. Leaves nothing behind on `signal`.
 *
 * `AbortSignal.any` would do, but where its input is itself a composed signal, Node 24 keeps each result for ever; and
 * requests are made every two seconds for as long as the process lives.
 */
export async function withTimeout<T>(
  ms: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const abort = () => end.abort(signal.reason);
  const timer = startTimer(ms, () => end.abort(new DOMException(`timeout: not done within ${ms} ms`, 'TimeoutError')));
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  try {
    return await run(end.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}
