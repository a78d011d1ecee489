import { CHECKOUT } from '../../runner/folders.ts';
import { acquireLock } from '../../runner/lock.mjs';
import type { Run } from '../../runner/run.ts';

/** Does the work once no other process runs the command of this name in this checkout: they would share a cluster. */
export async function onePerCheckout<T>(run: Run, name: string, work: () => Promise<T>): Promise<T> {
  const release = await acquireLock(`${name} ${CHECKOUT}`, {
    signal: run.signal,
    onWait: (pid) => run.say(`waiting for process ${pid ?? '?'}, which runs the ${name} command in this checkout`),
  });
  try {
    return await work();
  } finally {
    await release();
  }
}
