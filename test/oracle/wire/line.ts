/**
 * One client's line: packets in, packets out, and breaks. A break is handled at once, whatever is being worked on:
 *
 *   client: break ─► the running call is cancelled; break back
 *   client: reset ─► reset back, and one error: cancelled
 *
 * It knows how messages travel and none of them.
 */
import type { Socket } from 'node:net';
import { Garbled, isTheClients, MoreNeeded, Reader } from './bytes.ts';
import { type Dialect, FIRST_DIALECT } from './dialect.ts';
import { dataOf, dataPackets, PACKET, packet, type Packet, PacketCutter } from './packets.ts';

const MARKER = { break: 1, reset: 2, interrupt: 3 } as const;

/** The client has gone, or was cut off. */
export class LineClosed extends Error {
  override readonly name = 'LineClosed' as const;
}

/** The client has taken its call back. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled' as const;
}

export type LineOptions = {
  /** Bytes of the message that tells a client that its call was cancelled. */
  readonly cancelled: () => Buffer;
  /** Called when the client sent what is no packet; the line is cut then. */
  readonly onGarbled: () => void;
};

export class Line {
  /** How this client speaks; changes once, when its data types came. */
  dialect: Dialect = FIRST_DIALECT;
  readonly #socket: Socket;
  readonly #cancelled: () => Buffer;
  readonly #cutter = new PacketCutter();
  readonly #ended = new AbortController();
  #sdu = 8192;
  #packets: Packet[] = [];
  #payload: Buffer = Buffer.alloc(0);
  #isWhole = false;
  #isFrozen = false;
  #call = new AbortController();
  #arrival = Promise.withResolvers<void>();

  constructor(socket: Socket, { cancelled, onGarbled }: LineOptions) {
    this.#socket = socket;
    this.#cancelled = cancelled;
    socket.on('data', (bytes) => {
      try {
        this.#take(bytes);
      } catch (error) {
        this.cut();
        if (!isTheClients(error)) throw error;
        onGarbled();
      }
    });
    // A reset is one of the ways in which clients go.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.#ended.abort(new LineClosed('the line is closed'));
      this.#arrival.resolve();
    });
  }

  /** Aborted once the line is closed. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get remoteAddress(): string {
    return this.#socket.remoteAddress ?? '';
  }

  /** The next packet that is no marker. For the first packets; later ones come as messages. */
  async nextPacket(): Promise<Packet> {
    for (;;) {
      const packet = this.#packets.shift();
      if (packet !== undefined) return packet;
      await this.#more();
    }
  }

  /** From now on lengths have four bytes, packets at most `sdu` bytes, and DATA packets are parts of messages. */
  widen(sdu: number): void {
    this.#cutter.lengthBytes = 4;
    this.#sdu = sdu;
  }

  /**
   * The next message. `read` is called again, from the message's start, until it has all that it needs; it must change
   * nothing. Throws LineClosed, or Garbled for bytes that are no message.
   */
  async receive<T>(read: (from: Reader) => T): Promise<T> {
    for (;;) {
      this.#join();
      const from = new Reader(this.#payload, this.dialect);
      try {
        const message = read(from);
        this.#payload = from.rest();
        return message;
      } catch (error) {
        if (!(error instanceof MoreNeeded)) throw error;
        if (this.#isWhole && this.#payload.length > 0) {
          throw new Garbled('read a message: it ends early', { cause: error });
        }
      }
      await this.#more();
    }
  }

  /** Does the work and sends the message that it gives; sends nothing if the client cancels meanwhile. */
  async answer(work: (signal: AbortSignal) => Promise<Buffer>): Promise<void> {
    this.#call = new AbortController();
    const { signal } = this.#call;
    try {
      const message = await work(AbortSignal.any([signal, this.ended]));
      if (!signal.aborted) this.sendData(message);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  send(type: number, body: Uint8Array): void {
    if (!this.ended.aborted) this.#socket.write(packet(type, body, this.#cutter.lengthBytes));
  }

  sendData(payload: Buffer): void {
    if (this.ended.aborted) return;
    for (const data of dataPackets(payload, this.#sdu, this.#cutter.lengthBytes)) this.#socket.write(data);
  }

  /** Says nothing any more and hears nothing, breaks included; the socket stays open. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Closes once all that was sent is on its way. */
  close(): void {
    this.#socket.end();
  }

  /** Closes without a goodbye, which the client learns as a reset. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  /** Cuts the socket in mid-sentence. */
  cut(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#cutter.push(bytes);
    for (let packet = this.#cutter.next(); packet !== undefined; packet = this.#cutter.next()) {
      if (this.#isFrozen) continue;
      if (packet.type === PACKET.marker) this.#mark(new Reader(packet.body).take(3).readUInt8(2));
      else this.#packets.push(packet);
    }
    this.#arrival.resolve();
  }

  #mark(kind: number): void {
    this.#payload = Buffer.alloc(0);
    this.#packets = [];
    if (kind === MARKER.reset) {
      this.send(PACKET.marker, Buffer.of(1, 0, MARKER.reset));
      this.sendData(this.#cancelled());
    } else {
      this.#call.abort(new Cancelled('the client cancelled its call'));
      this.send(PACKET.marker, Buffer.of(1, 0, MARKER.break));
    }
  }

  #join(): void {
    for (const packet of this.#packets.splice(0)) {
      if (packet.type !== PACKET.data) throw new Garbled(`read a DATA packet: type ${packet.type} came`);
      const { payload, isEndOfFile, isLast } = dataOf(packet, this.#sdu);
      this.#payload = Buffer.concat([this.#payload, payload]);
      this.#isWhole = isLast;
      if (isEndOfFile) this.close();
    }
  }

  async #more(): Promise<void> {
    this.ended.throwIfAborted();
    if (this.#packets.length === 0) {
      this.#arrival = Promise.withResolvers();
      await this.#arrival.promise;
    }
    this.ended.throwIfAborted();
  }
}
