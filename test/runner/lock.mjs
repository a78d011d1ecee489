/**
 * A lock between processes of this machine. Its holder listens on a socket, which the kernel closes when the process ends,
 * however it ends: there is no stale lock. Imports only Node's standard library, because the launcher needs it before any
 * dependency is installed.
 */
import { createHash } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 200;
const ANSWER_MS = 2_000;

/** Waits for the lock, acquires it, and returns how to release it. See lock.d.mts. */
export async function acquireLock(name, { signal, onWait } = {}) {
  const address = addressOf(name);
  for (let isWaiting = false; ; isWaiting = true) {
    signal?.throwIfAborted();
    const server = await listening(address);
    if (server !== undefined) return () => new Promise((resolve) => server.close(() => resolve()));
    if (!isWaiting) onWait?.(await holderOf(address));
    await pause(POLL_MS, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** An abstract socket on Linux; elsewhere a socket file, which a killed process leaves behind. */
function addressOf(name) {
  const id = `dbpool-lock-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`;
  return process.platform === 'linux' ? `\0${id}` : join(tmpdir(), id);
}

/** A server at the address, which answers with our process id; undefined where another process listens there. */
async function listening(address) {
  const server = createServer((socket) => socket.on('error', () => undefined).end(String(process.pid)));
  server.unref();
  try {
    await new Promise((resolve, reject) => server.once('error', reject).listen(address, resolve));
    return server;
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    if (!address.startsWith('\0') && (await holderOf(address)) === undefined) unlinkSync(address);
    return undefined;
  }
}

/** Process id of the lock's holder; undefined where nobody answers (any more). */
function holderOf(address) {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(address);
    socket.setTimeout(ANSWER_MS, () => socket.destroy());
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(Number(text) || undefined));
  });
}
