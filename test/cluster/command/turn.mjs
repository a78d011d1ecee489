/**
 * Runs that need the same thing take turns: a lock file holds the process id of the run whose turn it is.
 * Imports nothing but Node's standard library: the launcher uses it before there is anything else.
 */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 200;

/** Waits until no living run holds the lock, takes it, and returns how to give it back. See turn.d.mts. */
export async function takeTurn(lock, { signal, onWait } = {}) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    let isWaiting = false;
    while (!linked(mine, lock)) {
      const holder = holderOf(lock);
      if (holder === undefined) {
        rmSync(lock, { force: true });
        continue;
      }
      if (!isWaiting) onWait?.(holder);
      isWaiting = true;
      await pause(POLL_MS, undefined, { signal });
    }
  } finally {
    rmSync(mine, { force: true });
  }
  return () => rmSync(lock, { force: true });
}

/** Process id of the living run that holds the lock; undefined where nobody does. */
export function holderOf(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    return pid > 0 && isAlive(pid) ? pid : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A link appears with its content, at once or not at all: nobody ever reads an empty lock. */
function linked(file, lock) {
  try {
    linkSync(file, lock);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}
