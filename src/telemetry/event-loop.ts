/**
 * For how long the event loop was held up: all that the process does waits on it, renewing the lease included. Looked at
 * in windows, so that what has passed is forgotten.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const WINDOW_MS = 10_000;

/** How often is looked, in milliseconds: delays that matter are seconds, and every 10 ms would take half a percent of a core. */
const RESOLUTION_MS = 100;

export type EventLoopMonitor = {
  /** The longest delay in the window before and in this one, in milliseconds. */
  readonly maxDelayMs: () => number;
  readonly close: () => void;
};

export function monitorEventLoop(windowMs = WINDOW_MS): EventLoopMonitor {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let before = 0;
  const timer = setInterval(() => {
    before = maxMs();
    delays.reset();
  }, windowMs).unref();
  const maxMs = () => delays.max / 1e6;
  return {
    maxDelayMs: () => Math.max(before, maxMs()),
    close: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}
