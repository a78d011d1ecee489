/** A monotonic clock, for pauses and ages. It gives no dates. */
import { pause, type TimerMs } from '../runtime/timers.ts';

export type Clock = {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  /** Resolves after `ms` milliseconds, or as soon as the signal is aborted. Never rejects. */
  readonly pause: (ms: TimerMs, signal: AbortSignal) => Promise<void>;
};

export const CLOCK: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => pause(ms, signal).catch(() => undefined),
};
