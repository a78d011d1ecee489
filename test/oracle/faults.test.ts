import { createConnection } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import type { Connection, ConnectionAttributes } from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginTo, rowsOf, soon } from './login.ts';
import { connect } from './messages/connect.ts';
import type { Stage } from './settings.ts';
import { type StandIn, startStandIn } from './stand-in.ts';
import { encode } from './wire/codec.ts';
import { PACKET, packet } from './wire/packets.ts';

let standIn: StandIn;
beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.close());

const login = (changes?: ConnectionAttributes) => loginTo(standIn, changes);
const fault = (stage: Stage, fault: object) => standIn.change({ faults: { [stage]: fault } });

/** Stages of logging on, and the others: each with a call whose first request meets it, on a session that is ready for it. */
const ON_THE_WAY_IN: readonly Stage[] = ['accept', 'connect', 'protocol', 'dataTypes', 'challenge', 'proof'];
type Call = () => Promise<unknown>;
const CALLS: readonly (readonly [Stage, (connection: Connection) => Call | Promise<Call>])[] = [
  ['ping', (connection) => () => connection.ping()],
  ['execute', (connection) => () => rowsOf(connection, 'SELECT 1 FROM DUAL')],
  [
    'fetch',
    async (connection) => {
      const sql = 'SELECT level FROM dual CONNECT BY level <= 200';
      const { resultSet } = await connection.execute(sql, [], { resultSet: true, prefetchRows: 10 });
      return async () => resultSet?.getRows(100);
    },
  ],
  ['commit', (connection) => () => connection.commit()],
  ['rollback', (connection) => () => connection.rollback()],
];

describe('closing', () => {
  test.for([
    ...ON_THE_WAY_IN.map((stage) => ['close', stage] as const),
    ['reset', 'accept'],
    ['reset', 'proof'],
  ] as const)('a close (%s) at %s ends a logon, and holds no session', async ([kind, stage]) => {
    fault(stage, { kind });
    await expect(login()).rejects.toMatchObject({ code: expect.stringMatching(/^NJS-50[013]$/) as string });
    await soon(() => expect(standIn.inUse).toEqual({ sessions: 0, processes: 0 }));
  });

  test.for(CALLS)('a close at %s ends a session', async ([stage, prepare]) => {
    const call = await prepare(await login());
    fault(stage, { kind: 'close' });
    await expect(call()).rejects.toMatchObject({ code: 'NJS-500' });
    await soon(() => expect(standIn.inUse).toEqual({ sessions: 0, processes: 0 }));
  });
});

describe('an error', () => {
  test.for(['challenge', 'proof'] as const)('an error at %s fails a logon, whatever its code', async (stage) => {
    fault(stage, { kind: 'error', code: 1033 });
    await expect(login()).rejects.toMatchObject({
      code: 'ORA-01033',
      message: expect.stringContaining('ORACLE initialization or shutdown in progress') as string,
    });
    expect(standIn.statistics).toMatchObject({ failedLogons: 1, logons: 0 });
  });

  test.for([12_516, 12_528, 12_514, 99_999])('an error %d at connect is a refused connection', async (code) => {
    fault('connect', { kind: 'error', code });
    await expect(login()).rejects.toThrow(code === 12_514 ? 'NJS-518' : `NJS-511`);
    expect(standIn.statistics).toMatchObject({ connects: 1, refused: 1 });
  });

  test.for(CALLS)('an error at %s fails the call, and the session continues', async ([stage, prepare]) => {
    const connection = await login();
    const call = await prepare(connection);
    fault(stage, { kind: 'error', code: 20_001, text: 'told so' });
    await expect(call()).rejects.toThrow('ORA-20001: told so');
    fault(stage, { kind: 'delay', ms: 0 });
    await (
      await prepare(connection)
    )();
    await connection.close();
  });

  test('an error with a count ends after so many times', async () => {
    fault('connect', { kind: 'error', code: 12_528, times: 2 });
    await expect(login()).rejects.toThrow('ORA-12528');
    await expect(login()).rejects.toThrow('ORA-12528');
    await (await login()).close();
    standIn.reset();
    await expect(login()).rejects.toThrow('ORA-12528');
  });
});

describe('a delay', () => {
  const DELAY_MS = 25;

  test.for(ON_THE_WAY_IN)('a delay at %s makes a logon slow', async (stage) => {
    fault(stage, { kind: 'delay', ms: DELAY_MS });
    const start = performance.now();
    const connection = await login();
    expect(performance.now() - start).toBeGreaterThanOrEqual(DELAY_MS - 2);
    await connection.close();
  });

  test.for(CALLS)(
    'a delay at %s can be cut short by a call timeout, and the session continues',
    async ([stage, prepare]) => {
      const connection = await login();
      const call = await prepare(connection);
      fault(stage, { kind: 'delay', ms: 60_000, times: 1 });
      // It holds for each request of the session: on a busy machine any other would be cut short as well.
      connection.callTimeout = DELAY_MS;
      await expect(call()).rejects.toMatchObject({ code: 'NJS-123' });
      connection.callTimeout = 0;
      await (
        await prepare(connection)
      )();
      expect(standIn.statistics).toMatchObject({ cancelled: 1, garbled: 0 });
      await connection.close();
    },
  );
});

describe('hanging', () => {
  test.for(ON_THE_WAY_IN)('a hang at %s ignores a break, and lasts until the connection is closed', async (stage) => {
    fault(stage, { kind: 'hang' });
    const outcome = login().then(
      () => 'in',
      () => 'cut',
    );
    await soon(() => expect(standIn.drop()).toBe(1));
    expect(await outcome).toBe('cut');
  });

  test('a hang in a call ignores a break, as a frozen machine does', async () => {
    const connection = await login();
    fault('execute', { kind: 'hang' });
    connection.callTimeout = 20;
    const outcome = rowsOf(connection, 'SELECT 1 FROM DUAL').catch((error: unknown) => error);
    await soon(() => expect(standIn.statistics.executes).toBe(1));
    // Five times as long as the call timeout; a break that is answered ends the call within one.
    await pause(100);
    standIn.drop();
    expect(await outcome).toMatchObject({ code: 'NJS-500' });
    expect(standIn.statistics).toMatchObject({ executes: 1, cancelled: 0 });
  });
});

describe('a session', () => {
  test.for<[number | undefined, string]>([
    [undefined, 'ORA-00028: your session has been killed'],
    [2396, 'ORA-02396: exceeded maximum idle time'],
  ])('a session that is killed (%s) fails with its next call', async ([code, text]) => {
    const connection = await login();
    const [session] = standIn.sessions;
    expect(standIn.kill(session?.sid ?? 0, code)).toBe(true);
    await expect(connection.ping()).rejects.toThrow(text);
    await soon(() => expect(standIn.sessions).toHaveLength(0));
    expect(standIn.kill(session?.sid ?? 0)).toBe(false);
  });

  test('a session that is dropped is gone, and so are all others', async () => {
    const connections = await Promise.all([login(), login(), login()]);
    expect(standIn.drop()).toBe(3);
    await soon(() => expect(standIn.sessions).toHaveLength(0));
    for (const connection of connections) await expect(connection.ping()).rejects.toMatchObject({ code: 'NJS-500' });
    await (await login()).close();
  });
});

describe('bytes that are no TNS', () => {
  test('bytes that are no TNS are cut off, and counted', async () => {
    await expect(fetch(`http://127.0.0.1:${standIn.port}/`)).rejects.toThrow('fetch failed');
    expect(standIn.statistics).toMatchObject({ garbled: 1, connects: 0 });
    await (await login()).close();
  });

  const connectData = Buffer.from('(CONNECT_DATA=(SERVICE_NAME=FREEPDB1))');
  const head = encode(connect, { version: 319, largeSdu: 8192, dataOffset: 74, dataLength: connectData.length });
  const connectPacket = packet(PACKET.connect, Buffer.concat([head, connectData]), 2);
  const protocolPacket = packet(PACKET.data, Buffer.from('00000106006e6f646500', 'hex'), 4);
  const anyPacket = fc
    .tuple(fc.constantFrom(...Object.values(PACKET)), fc.uint8Array({ maxLength: 60 }))
    .map(([type, body]) => ({ type, body }));

  test('bytes that are no TNS disturb no other connection, whenever they come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(0, 1, 2), fc.array(anyPacket, { maxLength: 4 }), async (polite, packets) => {
        const socket = createConnection({ host: '127.0.0.1', port: standIn.port });
        socket.on('error', () => socket.destroy()).resume();
        const start = [connectPacket, protocolPacket].slice(0, polite);
        socket.write(
          Buffer.concat([...start, ...packets.map(({ type, body }) => packet(type, body, polite > 0 ? 4 : 2))]),
        );
        setTimeout(() => socket.end(), 2);
        await new Promise((resolve) => {
          socket.once('close', resolve);
        });
      }),
      { numRuns: 60 },
    );
    await soon(() => expect(standIn.inUse).toEqual({ sessions: 0, processes: 0 }));
    await (await login()).close();
  });
});
