/** TNS packets: cutting a stream of bytes into them and making them. */
import { Garbled, Reader } from './bytes.ts';

export const PACKET = {
  connect: 1,
  accept: 2,
  refuse: 4,
  data: 6,
  marker: 12,
} as const;

const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(PACKET));

export type Packet = { readonly type: number; readonly body: Buffer };

/** Bytes of the length at a packet's start: 2 up to the ACCEPT packet, 4 after it, in both directions. */
export type LengthBytes = 2 | 4;

const HEADER_BYTES = 8;
const DATA_FLAGS_BYTES = 2;
const LONGEST_PACKET = 2 ** 21;

export function packet(type: number, body: Uint8Array, lengthBytes: LengthBytes): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUIntBE(HEADER_BYTES + body.length, 0, lengthBytes);
  header.writeUInt8(type, 4);
  return Buffer.concat([header, body]);
}

/** DATA packets of at most `sdu` bytes each that carry the payload. */
export function dataPackets(payload: Buffer, sdu: number, lengthBytes: LengthBytes): Buffer[] {
  const room = sdu - HEADER_BYTES - DATA_FLAGS_BYTES;
  const packets: Buffer[] = [];
  for (let at = 0; at < payload.length; at += room) {
    const part = payload.subarray(at, at + room);
    packets.push(packet(PACKET.data, Buffer.concat([Buffer.alloc(DATA_FLAGS_BYTES), part]), lengthBytes));
  }
  return packets;
}

const DATA_FLAG = { endOfFile: 0x40, endOfRequest: 0x800 };

export type Data = {
  readonly payload: Buffer;
  /** The client says goodbye. */
  readonly isEndOfFile: boolean;
  /** The client's message ends with this packet: it says so, or it would have filled the packet. */
  readonly isLast: boolean;
};

export function dataOf({ body }: Packet, sdu: number): Data {
  const from = new Reader(body);
  const flags = from.take(DATA_FLAGS_BYTES).readUInt16BE();
  return {
    payload: from.rest(),
    isEndOfFile: (flags & DATA_FLAG.endOfFile) !== 0,
    isLast: (flags & DATA_FLAG.endOfRequest) !== 0 || HEADER_BYTES + body.length < sdu,
  };
}

export class PacketCutter {
  lengthBytes: LengthBytes = 2;
  #left = Buffer.alloc(0);

  push(bytes: Uint8Array): void {
    this.#left = Buffer.concat([this.#left, bytes]);
  }

  /** The next packet, if all of it is here. Throws Garbled where the bytes cannot be one. */
  next(): Packet | undefined {
    if (this.#left.length < HEADER_BYTES) return undefined;
    const length = this.#left.readUIntBE(0, this.lengthBytes);
    if (length < HEADER_BYTES || length > LONGEST_PACKET) {
      throw new Garbled(`read a packet: it claims to have ${length} bytes`);
    }
    const type = this.#left.readUInt8(4);
    if (!KNOWN_TYPES.has(type)) throw new Garbled(`read a packet: it claims to be of type ${type}`);
    if (this.#left.length < length) return undefined;
    const whole = this.#left.subarray(0, length);
    this.#left = this.#left.subarray(length);
    return { type, body: whole.subarray(HEADER_BYTES) };
  }
}
