/**
 * Listeners on the loopback network, 127.0.0.0/8, that write down what each connection asks for. Every host name resolves to addresses
 * of this network. Together they show what a connect string means to whoever connects.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import { vi } from 'vitest';
import { accept, refusal } from '../../oracle/messages/connect.ts';
import { encode } from '../../oracle/wire/codec.ts';
import { PACKET, packet } from '../../oracle/wire/packets.ts';
import { type Certificate, createCertificate } from '../../support/certificate.ts';

/** One address that was tried, in the order of trial. */
export type Dial = {
  /** As `127.0.0.2:34567`. */
  readonly address: string;
  readonly isTls: boolean;
  /** Whether the client presented a certificate. */
  readonly hasCertificate: boolean;
  /** Whether its listener accepted. */
  readonly isAccepted: boolean;
  /** What it asked the listener for; undefined where it sent no CONNECT packet. */
  readonly asks: string | undefined;
};

const CONNECT_DATA_OFFSET = 26;
const CONNECT_DATA_LENGTH = 24;
const DATA_HEADER_BYTES = 10;

const SDU = 8192;

/** The first byte of a TLS handshake; a CONNECT packet begins with its length. */
const TLS_HANDSHAKE = 0x16;

/** Delays between retries: see `record`. All timeouts of the tests are longer. */
const MAX_RETRY_DELAY_MS = 3000;

export class Recorder implements AsyncDisposable {
  /** Ports on which somebody listens, and one on which nobody does. */
  readonly ports: readonly number[];
  readonly certificate: Certificate;
  readonly #servers: readonly Server[];
  #accepted = -1;
  #dials: { -readonly [K in keyof Dial]: Dial[K] }[] = [];

  private constructor(servers: readonly Server[], ports: readonly number[], certificate: Certificate) {
    this.#servers = servers;
    this.ports = ports;
    this.certificate = certificate;
    for (const server of servers) server.on('connection', (socket: Socket) => this.#serve(socket));
  }

  static async start(): Promise<Recorder> {
    const servers = await Promise.all([listen(), listen(), listen()]);
    const closed = await listen();
    const ports = [...servers, closed].map((server) => (server.address() as AddressInfo).port);
    closed.close();
    return new Recorder(servers, ports, createCertificate());
  }

  /**
   * What `connect` does: its dials until it gives up. Each one is refused, but for that of the index `accepted`: its listener accepts, and
   * hangs up at the next word. Retries of the driver come without delay.
   */
  async record(connect: () => Promise<unknown>, accepted = -1): Promise<readonly Dial[]> {
    this.#dials = [];
    this.#accepted = accepted;
    const onSocket = (message: unknown) => {
      const { socket } = message as { readonly socket: Socket };
      socket.once('connectionAttempt', (host: string, port: number) => {
        this.#dials.push({
          address: `${host}:${port}`,
          isTls: false,
          hasCertificate: false,
          isAccepted: false,
          asks: undefined,
        });
      });
    };
    const lookup = vi.spyOn(dns.promises, 'lookup').mockImplementation(resolve as never);
    // Both sides draw the same order for a balanced list.
    let drawn = 0;
    const random = vi.spyOn(Math, 'random').mockImplementation(() => ((drawn += 7) % 10) / 10 + 0.05);
    const timer = vi.spyOn(globalThis, 'setTimeout').mockImplementation(withoutRetryDelay);
    subscribe('net.client.socket', onSocket);
    try {
      await connect();
      return this.#dials;
    } finally {
      unsubscribe('net.client.socket', onSocket);
      for (const spy of [lookup, random, timer]) spy.mockRestore();
    }
  }

  #serve(socket: Socket): void {
    const dial = this.#dials.at(-1);
    socket.on('error', () => socket.destroy());
    socket.once('data', (first: Buffer) => {
      if (first[0] !== TLS_HANDSHAKE) return this.#answer(socket, first, dial);
      if (dial !== undefined) dial.isTls = true;
      socket.pause();
      socket.unshift(first);
      const { cert, key } = this.certificate;
      const secureContext = createSecureContext({ cert, key, ca: cert });
      const secure = new TLSSocket(socket, {
        isServer: true,
        secureContext,
        requestCert: true,
        rejectUnauthorized: false,
      });
      secure.on('error', () => socket.destroy());
      secure.once('data', (data: Buffer) => {
        if (dial !== undefined) dial.hasCertificate = Object.keys(secure.getPeerCertificate()).length > 0;
        this.#answer(secure, data, dial);
      });
    });
  }

  #answer(socket: Socket, received: Buffer, dial: Dial | undefined): void {
    const text = connectDataIn(received);
    if (text === undefined) {
      socket.once('data', (more: Buffer) => this.#answer(socket, Buffer.concat([received, more]), dial));
      return;
    }
    const isAccepted = dial !== undefined && this.#dials.indexOf(dial) === this.#accepted;
    if (dial !== undefined) Object.assign(dial, { asks: text, isAccepted });
    if (!isAccepted) return void socket.end(packet(PACKET.refuse, refusal(12_516), 2));
    socket.once('data', () => socket.destroy());
    socket.write(packet(PACKET.accept, encode(accept, { sdu: SDU, largeSdu: SDU }), 2));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.close();
    await Promise.all(this.#servers.map((server) => once(server, 'close')));
  }
}

async function listen(): Promise<Server> {
  const server = createServer();
  server.listen(0, '0.0.0.0');
  await once(server, 'listening');
  return server;
}

/** The connect data, once it is complete: in the CONNECT packet, or in the DATA packet behind it. */
function connectDataIn(received: Buffer): string | undefined {
  if (received.length < CONNECT_DATA_OFFSET + 2) return undefined;
  const length = received.readUInt16BE(CONNECT_DATA_LENGTH);
  const packetLength = received.readUInt16BE(0);
  const offset = received.readUInt16BE(CONNECT_DATA_OFFSET);
  const from = packetLength >= offset + length ? offset : packetLength + DATA_HEADER_BYTES;
  return received.length < from + length ? undefined : received.toString('utf8', from, from + length);
}

/** Names that begin with "no" do not exist; the others have one to three addresses, always the same. */
function resolve(host: string, options?: { readonly all?: boolean }): Promise<unknown> {
  if (host.toLowerCase().startsWith('no')) {
    return Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
  }
  const sum = Buffer.from(host.toLowerCase()).reduce((all, byte) => (all * 31 + byte) % 60_000, 7);
  const addresses = Array.from({ length: 1 + (sum % 3) }, (_, index) => ({
    address: `127.${1 + (sum >> 8)}.${sum & 255}.${index + 1}`,
    family: 4,
  }));
  return Promise.resolve(options?.all === true ? addresses : addresses[0]);
}

const startTimer = globalThis.setTimeout;

const withoutRetryDelay = (run: () => void, ms = 0, ...rest: unknown[]) =>
  startTimer(run, ms >= 1000 && ms <= MAX_RETRY_DELAY_MS ? 0 : ms, ...(rest as []));
