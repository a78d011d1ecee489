/** Waiting that ends with the signal. */
import { setTimeout } from 'node:timers/promises';

/** Resolves after so many milliseconds. Rejects with the signal's reason once it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
