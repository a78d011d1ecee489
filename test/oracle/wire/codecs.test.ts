import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connect, connectDataIn } from '../messages/connect.ts';
import { readDescriptor } from '../messages/descriptor.ts';
import { errorBlock, failure } from '../messages/endings.ts';
import { execute } from '../messages/execute.ts';
import { logonArguments } from '../messages/logon.ts';
import { dataTypesAnswer, readDataTypes } from '../messages/negotiation.ts';
import { endToEnd } from '../messages/piggyback.ts';
import { columnDescription } from '../messages/result.ts';
import { Garbled, MoreNeeded, Reader } from './bytes.ts';
import { type Codec, decode, encode, layout } from './codec.ts';
import type { Dialect } from './dialect.ts';
import { dataOf, dataPackets, PACKET, packet, PacketCutter } from './packets.ts';
import { clr, dalc, pair, scale, terminated, text, u16be, u16le, u32be, u8, ub } from './scalars.ts';
import { decodeDate, decodeNumber, encodeDate, encodeNumber } from './values.ts';

const NODE: Dialect = { fieldVersion: 12, textHasLength: true, scaleIsByte: true };
const GO: Dialect = { fieldVersion: 11, textHasLength: true, scaleIsByte: false };
const JAVA: Dialect = { fieldVersion: 7, textHasLength: false, scaleIsByte: false };

const bytesOf = (codec: Codec<unknown>, value: unknown, dialect?: Dialect) =>
  encode(layout({ value: codec }), { value }, dialect);

describe('a scalar on the wire', () => {
  test.for<[string, Codec<unknown>, unknown, string]>([
    ['a byte', u8, 7, '07'],
    ['two bytes', u16be, 0x0102, '0102'],
    ['two bytes, the lower one first', u16le, 0x0102, '0201'],
    ['four bytes', u32be, 0x0102_0304, '01020304'],
    ['a number 0', ub, 0, '00'],
    ['a number of two bytes', ub, 873, '020369'],
    ['a negative number', ub, -127, '817f'],
    ['no bytes', clr, null, '00'],
    ['some bytes', clr, Buffer.from('ab'), '026162'],
    ['as many bytes as go without chunks', clr, Buffer.alloc(252), `fc${'00'.repeat(252)}`],
    ['one byte more', clr, Buffer.alloc(253), `fe01fd${'00'.repeat(253)}00`],
    ['bytes with their length twice', dalc, Buffer.from('ab'), '0102026162'],
    ['the empty text', text(dalc), '', '00'],
    ['a text that 0 ends', terminated, 'ab', '616200'],
    ['a scale as a byte', scale, -127, '81'],
  ])('a scalar on the wire: %s', ([, codec, value, hex]) => {
    expect(bytesOf(codec, value).toString('hex')).toBe(hex);
    expect(decode(codec, Buffer.from(hex, 'hex'))).toEqual(value);
  });

  test('a scale for go-ora and JDBC has a length of its own', () => {
    expect(bytesOf(scale, 5, GO).toString('hex')).toBe('0105');
  });

  test('bytes of any length are read as they were written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 600 }), fc.integer({ min: 1, max: 200 }), (some, times) => {
        const value = Buffer.concat(Array.from({ length: times }, () => some));
        expect(decode(clr, bytesOf(clr, value))?.equals(value)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('numbers of up to 53 bits are read as they were written', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        expect(decode(ub, bytesOf(ub, value)) + 0).toBe(value);
      }),
    );
  });

  test('bytes of no length are garbled, and bytes that end early wait for more', () => {
    expect(() => decode(ub, Buffer.from('7f', 'hex'))).toThrow(Garbled);
    expect(() => decode(clr, Buffer.from('fd', 'hex'))).toThrow(Garbled);
    expect(() => decode(clr, Buffer.from('0561', 'hex'))).toThrow(MoreNeeded);
  });
});

describe('a message that is written and read', () => {
  const messages = {
    connect: [connect, { version: 319, largeSdu: 8192, dataOffset: 74, dataLength: 12 }],
    logonArguments: [
      logonArguments,
      { hasUser: 1, userLength: 3, user: 'APP', pairCount: 1, pairs: [{ key: 'AUTH_PID', value: '1', flags: 0 }] },
    ],
    pair: [pair, { key: 'AUTH_VFR_DATA', value: 'AB', flags: 0x4815 }],
    execute: [
      execute,
      {
        options: 0x8061,
        hasSql: 1,
        sqlLength: 6,
        sql: 'SELECT',
        rows: 100,
        vector: [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
      },
    ],
    errorBlock: [errorBlock, { error: 1017, message: 'no', cursorId: 4, rowCount: 70_000, callNumber: 9 }],
    columnDescription: [columnDescription, { type: 2, scale: 3, name: 'LIMIT', nameLength: 5, bytes: 22 }],
    endToEnd: [endToEnd, { moduleLength: 4, module: 'shop', actionLength: 3, action: 'buy', flags: 24 }],
  } as const;

  test.for(Object.keys(messages).flatMap((name) => [NODE, GO, JAVA].map((dialect) => ({ name, ...dialect }))))(
    'message $name of field version $fieldVersion is read as it was written',
    ({ name, ...dialect }) => {
      const [codec, values] = messages[name as keyof typeof messages] as unknown as [ReturnType<typeof layout>, object];
      const bytes = encode(codec, values, dialect);
      const from = new Reader(bytes, dialect);
      expect(codec.read(from, {})).toMatchObject(values);
      expect(from.rest()).toHaveLength(0);
      for (let length = 0; length < bytes.length; length += 1) {
        expect(() => decode(codec, bytes.subarray(0, length), dialect)).toThrow(MoreNeeded);
      }
    },
  );
});

describe('an error block', () => {
  test('an error block has code, text and the sequence of its request', () => {
    const block = decode(
      errorBlock,
      failure({ code: 942, text: 'table or view does not exist' }, { sequence: 7 }, NODE),
    );
    expect(block).toMatchObject({
      shortError: 942,
      error: 942,
      callNumber: 7,
      message: 'ORA-00942: table or view does not exist\n',
    });
  });

  test('an error block of a code beyond 65535 has it in its long form alone', () => {
    const block = decode(errorBlock, failure({ code: 99_999, text: 'x' }, { sequence: 1 }, NODE));
    expect(block).toMatchObject({ shortError: 0, error: 99_999 });
  });
});

describe('data types', () => {
  const compile = Buffer.alloc(45);
  compile[7] = 24;
  const head = (flags: number, runTime: string) =>
    Buffer.concat([
      Buffer.from('0269036903', 'hex'),
      Buffer.of(flags, compile.length),
      compile,
      Buffer.from(runTime, 'hex'),
    ]);
  const types = Buffer.from('0001000100010000001b001b000a0000000800000000', 'hex');

  test('data types with a time zone are echoed with one, and identify the dialect', () => {
    const sent = Buffer.concat([head(3, '020201'), Buffer.alloc(11), types]);
    const read = readDataTypes(new Reader(sent));
    expect(read.dialect).toEqual({ fieldVersion: 12, textHasLength: true, scaleIsByte: true });
    expect(dataTypesAnswer(read).toString('hex')).toBe(`02800000003c3c3c80000000${types.toString('hex')}`);
  });

  test('data types after the national character set, as go-ora sends them, are echoed alone', () => {
    const sent = Buffer.concat([head(3, '020200'), Buffer.from('d007', 'hex'), types]);
    expect(dataTypesAnswer(readDataTypes(new Reader(sent))).toString('hex')).toBe(`02${types.toString('hex')}`);
  });

  test('data types without a time zone are echoed alone', () => {
    const read = readDataTypes(new Reader(Buffer.concat([head(1, '020200'), types])));
    expect(read.dialect.textHasLength).toBe(false);
    expect(dataTypesAnswer(read).toString('hex')).toBe(`02${types.toString('hex')}`);
  });
});

describe('connect data', () => {
  test('connect data are read by names in any order and case', () => {
    const data =
      '(DESCRIPTION=(CONNECT_DATA=(CID=(PROGRAM=my app)(HOST=h))(service_name=FREEPDB1)(SERVER=dedicated))(ADDRESS=(HOST=x)))';
    const descriptor = readDescriptor(data);
    expect(descriptor.get('SERVICE_NAME')).toBe('FREEPDB1');
    expect(descriptor.get('SERVER')).toBe('dedicated');
    expect(descriptor.get('PROGRAM')).toBe('my app');
    expect(descriptor.get('SID')).toBeUndefined();
  });

  test('connect data are in the CONNECT packet, or come after it', () => {
    const body = Buffer.concat([Buffer.alloc(66), Buffer.from('(A=1)')]);
    expect(connectDataIn(body, 74, 5)).toBe('(A=1)');
    expect(connectDataIn(body, 74, 300)).toBeUndefined();
  });
});

describe('packets', () => {
  test('packets are cut from any pieces of a stream, before and after the lengths grow', () => {
    const cutter = new PacketCutter();
    cutter.lengthBytes = 4;
    const stream = Buffer.concat(dataPackets(Buffer.alloc(2000, 1), 512, 4));
    const found = [];
    for (const byte of stream) {
      cutter.push(Buffer.of(byte));
      const next = cutter.next();
      if (next !== undefined) found.push(dataOf(next, 512));
    }
    expect(Buffer.concat(found.map(({ payload }) => payload))).toEqual(Buffer.alloc(2000, 1));
    expect(found.map(({ isLast }) => isLast)).toEqual([false, false, false, true]);
  });

  test('packets with an impossible length are garbled', () => {
    const cutter = new PacketCutter();
    cutter.push(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    cutter.lengthBytes = 4;
    expect(() => cutter.next()).toThrow(Garbled);
    expect(packet(PACKET.accept, Buffer.of(1), 2).toString('hex')).toBe('000900000200000001');
  });
});

describe('a NUMBER', () => {
  test.for<[string, string]>([
    ['0', '80'],
    ['1', 'c102'],
    ['10', 'c10b'],
    ['100', 'c202'],
    ['123.45', 'c202182e'],
    ['-123.45', '3d644e3866'],
    ['0.01', 'c002'],
    ['0.001', 'bf0b'],
    ['-1', '3e6466'],
  ])('the NUMBER %s has the bytes of Oracle', ([value, hex]) => {
    expect(encodeNumber(value).toString('hex')).toBe(hex);
    expect(decodeNumber(Buffer.from(hex, 'hex'))).toBe(value);
  });

  test('a NUMBER is read as it was written', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        fc.pre(value === 0 || (Math.abs(value) > 1e-120 && Math.abs(value) < 1e120));
        expect(Number(decodeNumber(encodeNumber(value))) + 0).toBe(value + 0);
      }),
    );
  });

  test('a NUMBER of text that is none is rejected', () => {
    expect(() => encodeNumber('abc')).toThrow('encode a number');
  });
});

test('a DATE keeps its seconds', () => {
  const date = new Date(1999, 11, 31, 23, 59, 58);
  expect(encodeDate(date).toString('hex')).toBe('77c70c1f183c3b');
  expect(decodeDate(encodeDate(date))).toEqual(date);
});
