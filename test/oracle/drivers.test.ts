/** How faithful the stand-in is: what drivers that nobody here wrote make of it. node-oracledb has tests of its own. */
import assert from 'node:assert/strict';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCertificate } from '../support/certificate.ts';
import { type Driver, startDriver } from './drivers/driver.ts';
import { findGoOra } from './drivers/go-ora.ts';
import { findPython, PYTHON_ORACLEDB } from './drivers/python.ts';
import { soon } from './login.ts';
import { type StandIn, startStandIn, type StandInSettings } from './stand-in.ts';

const python = await findPython();
const goOra = await findGoOra();
for (const [name, found] of Object.entries({ 'python-oracledb': python, 'go-ora': goOra })) {
  if ('missing' in found) console.error(`NOT TESTED with ${name}: ${found.missing}`);
}

let standIn: StandIn;
beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(async () => {
  // Nothing may be left behind. (Processes may: go-ora keeps a connection open on which its logon failed.)
  await soon(() => assert.equal(standIn.sessions.length, 0));
  assert.equal(standIn.statistics.garbled, 0);
  await standIn.close();
});

describe.skipIf('missing' in python)(`python-oracledb ${PYTHON_ORACLEDB} thin`, () => {
  let driver: Driver;
  beforeAll(() => {
    if ('command' in python) driver = startDriver(python.command);
  });
  afterAll(() => driver[Symbol.asyncDispose]());

  const run = (scenario: string, parameters: object = {}) =>
    driver.run(scenario, { dsn: standIn.connectString(), ...parameters });

  test('python-oracledb logs on, reads its database, pings, queries and closes', async () => {
    const { result } = await run('session');
    expect(result).toEqual({
      thin: true,
      version: '19.0.0.0.0',
      service: 'FREEPDB1',
      instance: 'FREE',
      user: 'APP',
      warning: null,
    });
    expect(standIn.statistics).toMatchObject({ logons: 1, pings: 1, executes: 1, commits: 1, logoffs: 1 });
  });

  test('python-oracledb accepts an 11G verifier, and a warning', async () => {
    standIn.change({ users: { APP: { verifier: '11G', status: 'GRACE' } } });
    const { result } = await run('session');
    expect(result).toMatchObject({ warning: expect.stringContaining('ORA-28002') as string });
  });

  test.for<[string, object, object, string]>([
    ['a wrong password', { password: 'wrong' }, {}, 'ORA-01017'],
    ['an unknown user', { user: 'nobody' }, {}, 'ORA-01017'],
    ['a locked account', {}, { users: { APP: { status: 'LOCKED' } } }, 'ORA-28000'],
    ['an old verifier', {}, { users: { APP: { verifier: '10G' } } }, 'DPY-3015'],
    ['an old database', {}, { tns: { version: 314 } }, 'DPY-3010'],
    ['native encryption', {}, { tns: { nativeEncryption: 'required' } }, 'DPY-3001'],
    ['a full database', {}, { limits: { sessions: 0 } }, 'ORA-00018'],
    ['a full listener', {}, { limits: { processes: 0 } }, 'DPY-6000'],
    ['a service that is gone', {}, { services: ['OTHER'] }, 'DPY-6001'],
    ['a line that is cut', {}, { faults: { proof: { kind: 'reset' } } }, 'DPY-4011'],
  ])('python-oracledb cannot log on with %s', async ([, parameters, patch, code]) => {
    const dsn = standIn.connectString();
    standIn.change(patch);
    expect((await run('session', { dsn, ...parameters })).error).toContain(code);
  });

  test.for([
    [1, 100],
    [2, 100],
    [250, 100],
    [1000, 33],
    [5000, 1000],
  ] as const)('python-oracledb fetches %d rows, %d at a time', async ([count, size]) => {
    expect(await run('rows', { count, size })).toEqual({ result: { count, sum: (count * (count + 1)) / 2 } });
  });

  test('python-oracledb gets back what it binds, one by one and in batches', async () => {
    expect(await run('binds')).toEqual({ result: { differ: [] } });
    standIn.change({ answers: [{ pattern: 'insert into orders .*', rowCount: 3 }] });
    expect(await run('batch')).toEqual({ result: 3 });
  });

  test('python-oracledb reads columns of all types', async () => {
    const answers = [
      {
        pattern: 'select everything',
        columns: [{ name: 'N', type: 'NUMBER' }, { name: 'V' }, { name: 'NOTHING' }],
        rows: [
          [12.25, 'grün', null],
          [-3, 'x'.repeat(3000), null],
        ],
      },
    ];
    standIn.change({ answers });
    expect(await run('statement', { sql: 'select everything' })).toEqual({
      result: [
        [12.25, 'grün', null],
        [-3, 'x'.repeat(3000), null],
      ],
    });
  });

  test('python-oracledb continues after an error', async () => {
    const { result } = await run('error_then_more', { sql: 'SELECT 1 FROM nowhere' });
    expect(result).toEqual([expect.stringContaining('ORA-00942: table or view does not exist') as string, 1]);
  });

  test('python-oracledb can cancel a call', async () => {
    const { result } = await run('call_timeout', { milliseconds: 50 });
    expect(result).toEqual([expect.stringContaining('DPY-4024') as string, 2]);
    expect(standIn.statistics.cancelled).toBe(1);
  });

  test('python-oracledb opens a pool, and waits in vain for a connection beyond it', async () => {
    const { result } = await run('pool', { size: 4 });
    expect(result).toMatchObject({ refused: expect.stringContaining('DPY-4005') as string });
    expect(standIn.statistics).toMatchObject({ logons: 4, peakSessions: 4 });
  });

  test('python-oracledb works with many connections at once', async () => {
    expect(await run('asynchronous', { count: 8 })).toEqual({ result: [0, 1, 2, 3, 4, 5, 6, 7] });
    expect(standIn.statistics.logons).toBe(8);
  });

  test('python-oracledb connects by TLS', async () => {
    const tls = createCertificate();
    await using secure = await startStandIn({ tls } satisfies StandInSettings);
    const { result, error } = await run('session', { dsn: secure.connectString(), ca: tls.cert });
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ user: 'APP' });
  });
});

describe.skipIf('missing' in goOra)('go-ora', () => {
  let driver: Driver;
  beforeAll(() => {
    if ('command' in goOra) driver = startDriver(goOra.command);
  });
  afterAll(() => driver[Symbol.asyncDispose]());

  const run = (scenario: string, parameters: object = {}, login = 'app:right', service = 'FREEPDB1') =>
    driver.run(scenario, { url: `oracle://${login}@127.0.0.1:${standIn.port}/${service}`, ...parameters });

  test('go-ora logs on, reads the national language settings, pings, queries and closes', async () => {
    expect(await run('session')).toEqual({ result: 'APP' });
    await soon(() => expect(standIn.statistics).toMatchObject({ logons: 1, logoffs: 1 }));
  });

  test('go-ora cannot log on with a wrong password, or to an unknown service', async () => {
    expect((await run('session', {}, 'app:wrong')).error).toContain('ORA-01017');
    expect((await run('session', {}, 'app:right', 'NOWHERE')).error).toContain('ORA-12514');
  });

  test.for([1, 25, 26, 250])('go-ora fetches %d rows', async (count) => {
    expect(await run('rows', { count })).toEqual({ result: { count, sum: (count * (count + 1)) / 2 } });
  });

  test('go-ora gets back what it binds, and continues after an error', async () => {
    expect(await run('binds')).toEqual({ result: ['grün', -12.25] });
    const { result } = await run('errorThenMore', { sql: 'DELETE FROM nowhere' });
    expect(result).toEqual([expect.stringContaining('ORA-00942') as string, 1]);
  });

  test('go-ora opens as many connections as it is told to', async () => {
    expect(await run('pool', { count: 4 })).toEqual({ result: 4 });
    expect(standIn.statistics.peakSessions).toBe(4);
  });
});
