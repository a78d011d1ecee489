/** Takes keys from the queue, reconciles each with a deadline, and turns the result into the key's next move. */
import type { WorkQueue } from './queue.ts';
import { eventLoopYielder } from './yield.ts';

/** When to look again by itself; without it, only when something changes. */
export type Result = { readonly requeueAfterMs?: number };

export type Outcome =
  | { readonly kind: 'success'; readonly requeueAfterMs: number | undefined }
  | { readonly kind: 'error'; readonly error: unknown; readonly retryInMs: number };

export type WorkerOptions = {
  readonly queue: WorkQueue;
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Result>;
  /** Keys that are worked on at the same time. */
  readonly concurrency: number;
  /** Milliseconds after which the signal of one reconcile is aborted. */
  readonly deadlineMs: number;
  /** Told of each reconcile once; the only place where errors are logged. It must not throw: `work` would end. */
  readonly onOutcome: (key: string, outcome: Outcome) => void;
  /** Least milliseconds that the server asked to wait, where the error says so. */
  readonly retryAfterMs?: (error: unknown) => number;
};

/**
 * Works until the queue is closed and the reconciles in hand are finished. A failing key never stops the others. What
 * `onOutcome` throws is no key's fault but ours, and nobody is left to tell: it closes the queue and is thrown on.
 */
export async function runWorkers(options: WorkerOptions): Promise<void> {
  const turn = eventLoopYielder();
  const workers = Array.from({ length: options.concurrency }, () => workOn(options, turn));
  try {
    await Promise.all(workers);
  } finally {
    options.queue.close();
    await Promise.allSettled(workers);
  }
}

async function workOn(options: WorkerOptions, turn: () => Promise<void>): Promise<void> {
  for (let key = await options.queue.next(); key !== undefined; key = await options.queue.next()) {
    options.onOutcome(key, await attempt(key, options));
    options.queue.done(key);
    await turn();
  }
}

async function attempt(key: string, { queue, reconcile, deadlineMs, retryAfterMs }: WorkerOptions): Promise<Outcome> {
  try {
    const { requeueAfterMs } = await reconcile(key, AbortSignal.timeout(deadlineMs));
    queue.forget(key);
    if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
    return { kind: 'success', requeueAfterMs };
  } catch (error) {
    return { kind: 'error', error, retryInMs: queue.retry(key, retryAfterMs?.(error)) };
  }
}
