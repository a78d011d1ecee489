/**
 * Work that awaits no I/O is one chain of microtasks: until it ends, no timer fires, no lease is renewed, no watch is read and
 * no probe of the kubelet is answered.
 */
import { setImmediate } from 'node:timers/promises';

/** How long work may block the event loop: short for whoever waits, and long enough that yielding costs the work nothing. */
const MAX_BLOCK_MS = 10;

/** Returns a function to await between two pieces of work. It yields to the event loop only once `MAX_BLOCK_MS` have passed. */
export function eventLoopYielder(): () => Promise<void> {
  let dueAt = performance.now() + MAX_BLOCK_MS;
  // Shared by all workers: if each yielded by itself, another would go on working in between.
  let yielding: Promise<void> | undefined;
  const yieldNow = async () => {
    await setImmediate();
    dueAt = performance.now() + MAX_BLOCK_MS;
    yielding = undefined;
  };
  return async () => {
    if (performance.now() >= dueAt) await (yielding ??= yieldNow());
  };
}
