/**
 * Turns of the event loop. Work that waits for no I/O is one chain of microtasks: until its end no timer goes off, no lease is
 * renewed, no watch is read and no probe of the kubelet is answered.
 */
import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work between two turns: nothing to those who wait for one, and a turn is nothing to the work. */
const MAX_BLOCK_MS = 10;

/** What to await between two pieces of work: it lets the loop turn where that is due, and is done at once where it is not. */
export function eventLoopYielder(): () => Promise<void> {
  let dueAt = performance.now() + MAX_BLOCK_MS;
  // All who wait have the same turn: each with its own would work on between two of them.
  let turning: Promise<void> | undefined;
  const turn = async () => {
    await setImmediate();
    dueAt = performance.now() + MAX_BLOCK_MS;
    turning = undefined;
  };
  return async () => {
    if (performance.now() >= dueAt) await (turning ??= turn());
  };
}
