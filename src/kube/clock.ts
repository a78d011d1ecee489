/** The clock that pauses and ages are measured by: it never goes back, and no date is read from it. */
import { setTimeout as sleep } from 'node:timers/promises';

export type Clock = {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Resolves after the pause, or sooner with the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
};

export const CLOCK: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};
