/** The socket that clients connect to, plain or with TLS, and the connections that are open. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { converse } from './conversation/converse.ts';
import type { Database } from './database/database.ts';

export class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #conversations = new Set<Promise<void>>();

  private constructor(database: Database) {
    const { tls } = database.settings;
    const serve = (socket: Socket) => this.#serve(socket, tls === undefined ? 'tcp' : 'tcps', database);
    const secure = tls && createTlsServer({ key: tls.key, cert: tls.cert, ...clientAuthority(tls.clientCa) }, serve);
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      void acceptAfterFault(socket, database, () => {
        if (secure === undefined) serve(socket);
        else secure.emit('connection', socket);
      });
    });
  }

  #serve(socket: Socket, protocol: 'tcp' | 'tcps', database: Database): void {
    const conversation = converse(socket, protocol, database).finally(() => this.#conversations.delete(conversation));
    this.#conversations.add(conversation);
  }

  /** Rejects where it cannot listen. */
  static async start(database: Database): Promise<Listener> {
    const listener = new Listener(database);
    const { host, port } = database.settings;
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', reject).listen(port, host, resolve);
    });
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections; returns how many. */
  drop(): number {
    const { size } = this.#sockets;
    for (const socket of this.#sockets) socket.destroy();
    return size;
  }

  /** Takes no more connections and cuts those that are open. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    this.drop();
    await closed;
    await Promise.all(this.#conversations);
  }
}

/** Before the first byte, and before TLS: a machine that takes connections and does nothing with them. */
async function acceptAfterFault(socket: Socket, database: Database, accept: () => void): Promise<void> {
  const fault = database.meetFault('accept');
  switch (fault?.kind) {
    case 'hang':
      return;
    case 'reset':
      socket.resetAndDestroy();
      return;
    case 'close':
    case 'error':
      socket.destroy();
      return;
    case 'delay':
      await setTimeout(fault.ms, undefined, { ref: false });
      break;
    case undefined:
  }
  if (!socket.destroyed) accept();
}

const clientAuthority = (ca: string | undefined) =>
  ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true };
