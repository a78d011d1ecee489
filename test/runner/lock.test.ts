import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock } from './lock.mjs';

/** A process that says `acquired` once it holds the lock; at the end of its input it releases the lock and ends. */
const HOLDS_LOCK = `
  const { acquireLock } = await import(process.argv[1]);
  const release = await acquireLock(process.argv[2]);
  console.log('acquired');
  for await (const _ of process.stdin);
  console.log('releasing');
  await release();
`;

let name: string;
const processes: ChildProcess[] = [];
beforeEach(() => {
  name = randomUUID();
});
afterEach(() => {
  for (const process of processes.splice(0)) process.kill('SIGKILL');
});

/** `lines` gives its output, one line a call; `end` the end of its input. */
function anotherProcess() {
  const lock = join(import.meta.dirname, 'lock.mjs');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', HOLDS_LOCK, lock, name], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  processes.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid,
    line: async () => (await lines.next()).value,
    end: () => child.stdin.end(),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('a lock', () => {
  test('a lock tells a waiting process its holder, and is acquired on release', async () => {
    const holder = anotherProcess();
    expect(await holder.line()).toBe('acquired');
    const { promise: told, resolve: onWait } = Promise.withResolvers<number | undefined>();
    let isOurs = false;
    const waiting = acquireLock(name, { onWait }).then((release) => {
      isOurs = true;
      return release;
    });
    expect(await told).toBe(holder.pid);
    expect(isOurs).toBe(false);
    holder.end();
    expect(await holder.line()).toBe('releasing');
    const release = await waiting;
    await release();
  });

  test('a lock of a killed process is free at once', async () => {
    const holder = anotherProcess();
    expect(await holder.line()).toBe('acquired');
    await holder.kill();
    const waits: unknown[] = [];
    const release = await acquireLock(name, { onWait: (pid) => waits.push(pid) });
    expect(waits).toEqual([]);
    await release();
  });

  test('a lock has one holder at a time, however many wait for it', async () => {
    let holders = 0;
    const most = await Promise.all(
      [1, 2, 3].map(async () => {
        const release = await acquireLock(name);
        holders += 1;
        const seen = holders;
        await new Promise(setImmediate);
        holders -= 1;
        await release();
        return seen;
      }),
    );
    expect(most).toEqual([1, 1, 1]);
  });

  test('a lock can be acquired again after its release', async () => {
    for (let round = 0; round < 3; round += 1) {
      const release = await acquireLock(name, { onWait: () => expect.unreachable() });
      await release();
    }
  });

  test('a lock of one name does not wait for one of another name', async () => {
    const [one, other] = await Promise.all([
      acquireLock(`${name} one`, { onWait: () => expect.unreachable() }),
      acquireLock(`${name} other`, { onWait: () => expect.unreachable() }),
    ]);
    await Promise.all([one(), other()]);
  });
});

describe('waiting for a lock', () => {
  test('a wait for a lock ends with the reason of an aborted signal, and the holder keeps the lock', async () => {
    const release = await acquireLock(name);
    const stop = new AbortController();
    const reason = new Error('enough');
    const onWait = () => stop.abort(reason);
    await expect(acquireLock(name, { signal: stop.signal, onWait })).rejects.toBe(reason);
    await release();
    const again = await acquireLock(name, { onWait: () => expect.unreachable() });
    await again();
  });

  test('a wait for a lock does not start where the signal is already aborted', async () => {
    const reason = new Error('enough');
    await expect(acquireLock(name, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const release = await acquireLock(name, { onWait: () => expect.unreachable() });
    await release();
  });
});
