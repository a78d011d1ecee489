/** The scalars of TNS and TTC: numbers, byte strings and texts in the forms that the wire knows. */
import { Garbled, type Reader, type Writer } from './bytes.ts';
import { type Codec, layout } from './codec.ts';

const NULL = 0;
const OTHER_NULL = 255;
const CHUNKS = 254;
const LONGEST_PLAIN = 252;
const CHUNK_BYTES = 32_000;
const NEGATIVE = 0x80;

const raw = (length: number, get: (bytes: Buffer) => number, set: (bytes: Buffer, value: number) => void) => ({
  read: (from: Reader) => get(from.take(length)),
  write(to: Writer, value: number) {
    const bytes = Buffer.alloc(length);
    set(bytes, value);
    to.put(bytes);
  },
  zero: 0,
});

export const u8: Codec<number> = raw(
  1,
  (bytes) => bytes.readUInt8(),
  (bytes, value) => bytes.writeUInt8(value),
);
export const u16be: Codec<number> = raw(
  2,
  (bytes) => bytes.readUInt16BE(),
  (bytes, value) => bytes.writeUInt16BE(value),
);
export const u16le: Codec<number> = raw(
  2,
  (bytes) => bytes.readUInt16LE(),
  (bytes, value) => bytes.writeUInt16LE(value),
);
export const u32be: Codec<number> = raw(
  4,
  (bytes) => bytes.readUInt32BE(),
  (bytes, value) => bytes.writeUInt32BE(value),
);

/** A number by the count of its bytes and these. Up to 53 bits; the count's highest bit says negative. */
export const ub: Codec<number> = {
  read(from) {
    const head = from.byte();
    const length = head & ~NEGATIVE;
    if (length > 8) throw new Garbled(`read a number: it claims to have ${length} bytes`);
    let value = 0;
    for (const byte of from.take(length)) value = value * 256 + byte;
    return head === length ? value : -value;
  },
  write(to, value) {
    const digits: number[] = [];
    for (let left = Math.abs(value); left > 0; left = Math.floor(left / 256)) digits.unshift(left % 256);
    to.put(Buffer.of(value < 0 ? digits.length | NEGATIVE : digits.length, ...digits));
  },
  zero: 0,
};

/** A scale: see Dialect. */
export const scale: Codec<number> = {
  read: (from, known) => (from.dialect.scaleIsByte ? from.take(1).readInt8() : ub.read(from, known)),
  write(to, value, known) {
    if (to.dialect.scaleIsByte) to.byte(value & 0xff);
    else ub.write(to, value, known);
  },
  zero: 0,
};

/** Bytes by their length; those of more than 252 in chunks. */
export const clr: Codec<Buffer | null> = {
  read(from, known) {
    const head = from.byte();
    if (head === NULL || head === OTHER_NULL) return null;
    if (head === CHUNKS) return readChunks(from, known);
    if (head > LONGEST_PLAIN) throw new Garbled(`read a byte string: it begins with ${head}`);
    return from.take(head);
  },
  write(to, value, known) {
    if (value === null) return to.byte(NULL);
    if (value.length <= LONGEST_PLAIN) return to.put(Buffer.concat([Buffer.of(value.length), value]));
    to.byte(CHUNKS);
    for (let at = 0; at < value.length; at += CHUNK_BYTES) {
      const chunk = value.subarray(at, at + CHUNK_BYTES);
      ub.write(to, chunk.length, known);
      to.put(chunk);
    }
    to.byte(0);
  },
  zero: null,
};

function readChunks(from: Reader, known: Readonly<Record<string, unknown>>): Buffer {
  const chunks: Buffer[] = [];
  for (let length = ub.read(from, known); length > 0; length = ub.read(from, known)) chunks.push(from.take(length));
  return Buffer.concat(chunks);
}

/** A length and, if it is not 0, the bytes by their length once more. */
export const dalc: Codec<Buffer | null> = {
  read: (from, known) => (ub.read(from, known) === 0 ? null : clr.read(from, known)),
  write(to, value, known) {
    ub.write(to, value?.length ?? 0, known);
    if (value !== null && value.length > 0) clr.write(to, value, known);
  },
  zero: null,
};

/** UTF-8 in the form of `bytes`; no bytes are the empty text, as in Oracle. */
export function text(bytes: Codec<Buffer | null>): Codec<string> {
  return {
    read: (from, known) => bytes.read(from, known)?.toString() ?? '',
    write: (to, value, known) => bytes.write(to, value === '' ? null : Buffer.from(value), known),
    zero: '',
  };
}

/** A text whose length the field `length` said before: with it once more, or bare. See Dialect. */
export function announced(length: string): Codec<string> {
  return text({
    read: (from, known) =>
      from.dialect.textHasLength ? clr.read(from, known) : Buffer.from(from.take(Number(known[length]))),
    write(to, value, known) {
      if (to.dialect.textHasLength) clr.write(to, value, known);
      else to.put(value ?? Buffer.alloc(0));
    },
    zero: null,
  });
}

/** A text that a 0 byte ends. */
export const terminated: Codec<string> = {
  read(from) {
    const bytes: number[] = [];
    for (let byte = from.byte(); byte !== 0; byte = from.byte()) bytes.push(byte);
    return Buffer.from(bytes).toString();
  },
  write: (to, value) => to.put(Buffer.from(`${value}\0`)),
  zero: '',
};

/** So many bytes; zeroes where nothing is named. */
export function bytes(length: number): Codec<Buffer> {
  return { read: (from) => from.take(length), write: (to, value) => to.put(value), zero: Buffer.alloc(length) };
}

/** So many numbers. */
export function numbers(count: number): Codec<readonly number[]> {
  return {
    read: (from, known) => Array.from({ length: count }, () => ub.read(from, known)),
    write(to, values, known) {
      for (const value of values) ub.write(to, value, known);
    },
    zero: Array.from({ length: count }, () => 0),
  };
}

/** A name with a value, as logons exchange them. */
export const pair = layout({ key: text(dalc), value: text(dalc), flags: ub });
export type Pair = { readonly key: string; readonly value: string; readonly flags: number };
