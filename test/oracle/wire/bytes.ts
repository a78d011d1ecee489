/** A position in bytes that came, and bytes that are to go. They know no types; `scalars.ts` does. */
import { type Dialect, FIRST_DIALECT } from './dialect.ts';

/** The message goes on in a packet that is not here yet. Whoever reads starts again once it is. */
export class MoreNeeded extends Error {
  override readonly name = 'MoreNeeded' as const;
}

/** The bytes are no message that this stand-in knows. */
export class Garbled extends Error {
  override readonly name = 'Garbled' as const;
}

/** Whether it was the client's bytes, and not a mistake of the stand-in. */
export const isTheClients = (error: unknown): boolean => error instanceof Garbled || error instanceof MoreNeeded;

export class Reader {
  readonly dialect: Dialect;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer, dialect: Dialect = FIRST_DIALECT) {
    this.#bytes = bytes;
    this.dialect = dialect;
  }

  /** The next bytes, as a view. Throws MoreNeeded where there are fewer. */
  take(length: number): Buffer {
    if (length < 0) throw new Garbled(`read bytes at ${this.#at}: their number is ${length}`);
    if (this.#at + length > this.#bytes.length) {
      throw new MoreNeeded(`read ${length} bytes at ${this.#at}: there are ${this.#bytes.length}`);
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The next bytes, which stay the next ones. */
  peek(length: number): Buffer {
    const bytes = this.take(length);
    this.#at -= length;
    return bytes;
  }

  byte(): number {
    return this.take(1).readUInt8();
  }

  /** All that was not read yet. */
  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }
}

export class Writer {
  readonly dialect: Dialect;
  readonly #parts: Uint8Array[] = [];

  constructor(dialect: Dialect = FIRST_DIALECT) {
    this.dialect = dialect;
  }

  put(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  byte(value: number): void {
    this.put(Buffer.of(value));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}
