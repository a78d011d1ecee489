/** A monotonic clock, for pauses and ages. It gives no dates. */
import { setTimeout as sleep } from 'node:timers/promises';

export type Clock = {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Resolves after `ms` milliseconds, or as soon as the signal is aborted. Never rejects. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
};

export const CLOCK: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};
