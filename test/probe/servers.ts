/** Servers on loopback that are no database: what a probe meets when host or port is wrong. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';

export type Server = AsyncDisposable & { readonly connectString: string };

/** Listens on a port that the system chooses, and does `answer` with each connection. */
export async function serve(answer: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    // A probe that ends cuts its connections: that is no matter here.
    socket.on('error', () => socket.destroy());
    answer(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    connectString: connectStringOf((server.address() as AddressInfo).port),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Takes connections and says nothing. */
export const silent = (): Promise<Server> => serve((socket) => socket.resume());

/** A port that nobody listens on: it was free a moment ago. */
export async function nobody(): Promise<Server> {
  const server = await serve((socket) => socket.destroy());
  await server[Symbol.asyncDispose]();
  return { connectString: server.connectString, async [Symbol.asyncDispose]() {} };
}

/** Counts the TCP connections that this process attempts, until it is disposed of. */
export function countAttempts(): Disposable & { readonly attempts: number } {
  let attempts = 0;
  const count = () => void (attempts += 1);
  subscribe('net.client.socket', count);
  return {
    get attempts() {
      return attempts;
    },
    [Symbol.dispose]: () => void unsubscribe('net.client.socket', count),
  };
}

/** How many connections Linux lets wait for a listener with a backlog of 1. */
const QUEUE = 2;

/** A port whose packets get lost: the queue of its listener is full, and the system drops who comes then. */
export async function deaf(): Promise<Server> {
  const listener = new Worker(new URL('deaf-listener.ts', import.meta.url));
  const [port] = (await once(listener, 'message')) as [number];
  const waiting = Array.from({ length: QUEUE }, () => connect(port, '127.0.0.1'));
  await Promise.all(waiting.map((socket) => once(socket, 'connect')));
  return {
    connectString: connectStringOf(port),
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy();
      await listener.terminate();
    },
  };
}

function connectStringOf(port: number): string {
  return `127.0.0.1:${port}/FREEPDB1`;
}
