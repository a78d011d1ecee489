/**
 * Message layouts as data: a layout is its fields in the order of the wire, each with the codec that reads and writes it.
 * Most fields of most messages are zero, so who writes names only the others.
 */
import { Reader, Writer } from './bytes.ts';
import { type Dialect, FIRST_DIALECT } from './dialect.ts';

/** Fields of the message that are known by now; a later field's form may hang on them. */
export type Known = Readonly<Record<string, unknown>>;

// Methods, not properties: a codec of numbers has to pass as a codec of something.
export type Codec<T> = {
  read(from: Reader, known: Known): T;
  write(to: Writer, value: NoInfer<T>, known: Known): void;
  /** What is written where nothing is named. */
  readonly zero: T;
};

type Fields = Readonly<Record<string, Codec<unknown>>>;
type Values<F extends Fields> = { readonly [K in keyof F]: F[K]['zero'] };

export type Layout<T> = Codec<T> & {
  write(to: Writer, values: Partial<NoInfer<T>>): void;
};

export function layout<const F extends Fields>(fields: F): Layout<Values<F>> {
  const entries = Object.entries(fields);
  return {
    read(from) {
      const values: Record<string, unknown> = {};
      for (const [name, codec] of entries) values[name] = codec.read(from, values);
      return values as Values<F>;
    },
    write(to, values) {
      const all = { ...zeroes(), ...values };
      for (const [name, codec] of entries) codec.write(to, all[name], all);
    },
    get zero() {
      return zeroes() as Values<F>;
    },
  };

  function zeroes(): Record<string, unknown> {
    return Object.fromEntries(entries.map(([name, { zero }]) => [name, zero]));
  }
}

/** Writes `zero` where nothing is named. */
export function preset<T>(codec: Codec<T>, zero: T): Codec<T> {
  return { read: (from, known) => codec.read(from, known), write: (...all) => codec.write(...all), zero };
}

/** Reads so many. A client's count may be anything: what ends this early is the end of its bytes. */
export function repeat<T>(count: number, read: () => T): readonly T[] {
  const values: T[] = [];
  for (let left = count; left > 0; left -= 1) values.push(read());
  return values;
}

/** As many as the field `count` said. */
export function list<T>(count: string, codec: Codec<T>): Codec<readonly T[]> {
  return {
    read: (from, known) => repeat(Number(known[count]), () => codec.read(from, known)),
    write(to, values, known) {
      for (const value of values) codec.write(to, value, known);
    },
    zero: [],
  };
}

/** Their number, then they. */
export function counted<T>(count: Codec<number>, codec: Codec<T>): Codec<readonly T[]> {
  return {
    read: (from, known) => repeat(count.read(from, known), () => codec.read(from, known)),
    write(to, values, known) {
      count.write(to, values.length, known);
      for (const value of values) codec.write(to, value, known);
    },
    zero: [],
  };
}

/** There only where the field `flag` is not 0. */
export function when<T>(flag: string, codec: Codec<T>): Codec<T> {
  return {
    read: (from, known) => (Number(known[flag]) === 0 ? codec.zero : codec.read(from, known)),
    write(to, value, known) {
      if (Number(known[flag]) !== 0) codec.write(to, value, known);
    },
    zero: codec.zero,
  };
}

/** There only for clients of this field version and later. */
export function since<T>(version: number, codec: Codec<T>): Codec<T> {
  return {
    read: (from, known) => (from.dialect.fieldVersion < version ? codec.zero : codec.read(from, known)),
    write(to, value, known) {
      if (to.dialect.fieldVersion >= version) codec.write(to, value, known);
    },
    zero: codec.zero,
  };
}

/** One message as bytes. */
export function encode<T>(message: Layout<T>, values: Partial<T> = {}, dialect: Dialect = FIRST_DIALECT): Buffer {
  const to = new Writer(dialect);
  message.write(to, values);
  return to.bytes();
}

/** The message that the bytes begin with. Throws MoreNeeded where they end too early. */
export function decode<T>(message: Codec<T>, bytes: Buffer, dialect: Dialect = FIRST_DIALECT): T {
  return message.read(new Reader(bytes, dialect), {});
}
