/** Workers: they take keys from the queue, reconcile each with a deadline, and requeue it by its result. */
import type { WorkQueue } from './queue.ts';
import { abortAfter } from './timers.ts';
import { eventLoopYielder } from './yield.ts';

/** `requeueAfterMs`: when to reconcile the key again; undefined: only when something changes. */
export type Result = { readonly requeueAfterMs?: number };

export type Outcome =
  | { readonly kind: 'success'; readonly requeueAfterMs: number | undefined }
  | { readonly kind: 'error'; readonly error: unknown; readonly retryInMs: number };

export type WorkerOptions = {
  readonly queue: WorkQueue;
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Result>;
  /** The number of keys that are reconciled at the same time. */
  readonly concurrency: number;
  /** Milliseconds until the signal of a reconcile is aborted. */
  readonly deadlineMs: number;
  /** Called once for each reconcile; errors are logged nowhere else. Where it throws, all workers end. */
  readonly onOutcome: (key: string, outcome: Outcome) => void;
  /** Milliseconds to wait at least after an error, because the server asked for it. */
  readonly retryAfterMs?: (error: unknown) => number;
};

/**
 * Resolves once the queue is closed and the reconciles in flight are finished. A key that fails never stops the others.
 * Rejects with what `onOutcome` throws, after it closed the queue: that is a bug, and nothing is left to log it.
 */
export async function runWorkers(options: WorkerOptions): Promise<void> {
  const yieldToEventLoop = eventLoopYielder();
  const workers = Array.from({ length: options.concurrency }, () => runWorker(options, yieldToEventLoop));
  try {
    await Promise.all(workers);
  } finally {
    options.queue.close();
    await Promise.allSettled(workers);
  }
}

async function runWorker(options: WorkerOptions, yieldToEventLoop: () => Promise<void>): Promise<void> {
  for (let key = await options.queue.next(); key !== undefined; key = await options.queue.next()) {
    options.onOutcome(key, await attempt(key, options));
    options.queue.done(key);
    await yieldToEventLoop();
  }
}

async function attempt(key: string, { queue, reconcile, deadlineMs, retryAfterMs }: WorkerOptions): Promise<Outcome> {
  try {
    const { requeueAfterMs } = await reconcile(key, abortAfter(deadlineMs));
    queue.forget(key);
    if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
    return { kind: 'success', requeueAfterMs };
  } catch (error) {
    return { kind: 'error', error, retryInMs: queue.retry(key, retryAfterMs?.(error)) };
  }
}
