import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { takeTurn } from './lock.mjs';

/** A process that says `taken` once it has the turn, and gives it back and ends at the end of its input. */
const TAKES_TURN = `
  const { takeTurn } = await import(process.argv[1]);
  const release = await takeTurn(process.argv[2]);
  console.log('taken');
  for await (const _ of process.stdin);
  console.log('giving it back');
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
  const turn = join(import.meta.dirname, 'lock.mjs');
  const child = spawn(process.execPath, ['--input-type=module', '--eval', TAKES_TURN, turn, name], {
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

describe('a turn', () => {
  test('is one process’s at a time: who waits is told whose it is, and has it when it is given back', async () => {
    const holder = anotherProcess();
    expect(await holder.line()).toBe('taken');
    const { promise: told, resolve: onWait } = Promise.withResolvers<number | undefined>();
    let isOurs = false;
    const waiting = takeTurn(name, { onWait }).then((release) => {
      isOurs = true;
      return release;
    });
    expect(await told).toBe(holder.pid);
    expect(isOurs).toBe(false);
    holder.end();
    expect(await holder.line()).toBe('giving it back');
    const release = await waiting;
    await release();
  });

  test('of a process that is killed is free at once', async () => {
    const holder = anotherProcess();
    expect(await holder.line()).toBe('taken');
    await holder.kill();
    const waits: unknown[] = [];
    const release = await takeTurn(name, { onWait: (pid) => waits.push(pid) });
    expect(waits).toEqual([]);
    await release();
  });

  test('never overlaps another, however many want it', async () => {
    let having = 0;
    const most = await Promise.all(
      [1, 2, 3].map(async () => {
        const release = await takeTurn(name);
        having += 1;
        const seen = having;
        await new Promise(setImmediate);
        having -= 1;
        await release();
        return seen;
      }),
    );
    expect(most).toEqual([1, 1, 1]);
  });

  test('can be given back and taken again', async () => {
    for (let round = 0; round < 3; round += 1) {
      const release = await takeTurn(name, { onWait: () => expect.unreachable() });
      await release();
    }
  });

  test('of one name is not that of another', async () => {
    const [one, other] = await Promise.all([
      takeTurn(`${name} one`, { onWait: () => expect.unreachable() }),
      takeTurn(`${name} other`, { onWait: () => expect.unreachable() }),
    ]);
    await Promise.all([one(), other()]);
  });
});

describe('waiting for a turn', () => {
  test('ends with the signal’s reason when that is aborted, and the turn stays whose it is', async () => {
    const release = await takeTurn(name);
    const stop = new AbortController();
    const reason = new Error('enough');
    const onWait = () => stop.abort(reason);
    await expect(takeTurn(name, { signal: stop.signal, onWait })).rejects.toBe(reason);
    await release();
    const again = await takeTurn(name, { onWait: () => expect.unreachable() });
    await again();
  });

  test('does not begin where the signal is aborted before', async () => {
    const reason = new Error('enough');
    await expect(takeTurn(name, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const release = await takeTurn(name, { onWait: () => expect.unreachable() });
    await release();
  });
});
