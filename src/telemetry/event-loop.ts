/**
 * The longest delay of the event loop, in which everything else has to wait, the renewal of the lease included. Measured in
 * windows, so that an old delay is forgotten.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

const WINDOW_MS = 10_000;

/** The sampling interval in milliseconds. The delays that matter are seconds; every 10 ms would take half a percent of a core. */
const RESOLUTION_MS = 100;

export type EventLoopMonitor = {
  /** The longest delay in this window and in the one before, in milliseconds. */
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
