import type { ConnectionAttributes } from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginTo, rowsOf, soon } from './login.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let standIn: StandIn;
beforeEach(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.close());

const login = (changes?: ConnectionAttributes) => loginTo(standIn, changes);
const account = (settings: object) => standIn.change({ users: { APP: settings } });

describe('an account', () => {
  test.for<[string, string, string]>([
    ['LOCKED', 'ORA-28000', 'The account is locked.'],
    ['EXPIRED', 'ORA-28001', 'the password has expired'],
    ['NO_CREATE_SESSION', 'ORA-01045', 'user APP lacks CREATE SESSION privilege; logon denied'],
  ])('an account that is %s rejects every logon', async ([status, code, text]) => {
    account({ status });
    const refused = expect.objectContaining({ code, message: expect.stringContaining(text) as string });
    await expect(login()).rejects.toEqual(refused);
    expect(standIn.statistics).toMatchObject({ failedLogons: 1, logons: 0, sessions: 0 });
    account({ status: 'OPEN' });
    await (await login()).close();
  });

  test('an account in its grace time accepts a logon, with a warning', async () => {
    account({ status: 'GRACE', graceDays: 3 });
    const connection = await login();
    expect(connection.warning).toMatchObject({ errorNum: 28002 });
    expect(connection.warning?.message).toContain('ORA-28002: the password will expire within 3 days');
    expect(await rowsOf(connection, 'SELECT account_status FROM user_users')).toEqual([['EXPIRED(GRACE)']]);
    await connection.close();
  });

  test('an account is locked by wrong passwords in a row, for the right one too, until it is unlocked', async () => {
    account({ failedLoginAttempts: 3 });
    for (let attempt = 0; attempt < 2; attempt += 1)
      await expect(login({ password: 'no' })).rejects.toThrow('ORA-01017');
    await (await login()).close();
    for (let attempt = 0; attempt < 3; attempt += 1)
      await expect(login({ password: 'no' })).rejects.toThrow('ORA-01017');
    await expect(login()).rejects.toThrow('ORA-28000');
    expect(standIn.accounts).toMatchObject([{ name: 'APP', status: 'LOCKED(TIMED)', failedLogons: 5 }]);
    standIn.unlock('app');
    await (await login()).close();
  });

  test('an account with a quoted name is case sensitive', async () => {
    standIn.change({ users: { '"shop"': { password: 'right' } } });
    await (await login({ user: '"shop"' })).close();
    await expect(login({ user: 'shop' })).rejects.toThrow('ORA-01017');
  });

  test.for<[string, ConnectionAttributes, string | undefined]>([
    ['11G', {}, undefined],
    ['11G', { password: 'wrong' }, 'ORA-01017'],
    ['10G', {}, 'NJS-116'],
  ])('an account with a %s verifier and %j', async ([verifier, changes, code]) => {
    account({ verifier });
    if (code === undefined) await (await login(changes)).close();
    else await expect(login(changes)).rejects.toMatchObject({ code });
  });
});

describe('a limit', () => {
  test('a limit of sessions counts those of others', async () => {
    standIn.change({ limits: { sessions: 100, otherSessions: 99 } });
    const connection = await login();
    await expect(login()).rejects.toMatchObject({ code: 'ORA-00018' });
    await connection.close();
  });

  test('a limit of sessions per user counts those of that user', async () => {
    standIn.change({ users: { APP: { sessionsPerUser: 1 }, OTHER: { password: 'right' } } });
    const connection = await login();
    await expect(login()).rejects.toMatchObject({ code: 'ORA-02391' });
    const other = await login({ user: 'other' });
    await Promise.all([connection.close(), other.close()]);
    await soon(() => expect(standIn.sessions).toHaveLength(0));
    await (await login()).close();
  });

  const dedicated = () =>
    `(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=${standIn.port}))(CONNECT_DATA=(SERVICE_NAME=FREEPDB1)(SERVER=DEDICATED)))`;

  test('a limit of processes makes the listener refuse a connection', async () => {
    standIn.change({ limits: { processes: 1 } });
    const connection = await login();
    await expect(login()).rejects.toThrow('ORA-12516');
    await expect(login({ connectString: dedicated() })).rejects.toThrow('ORA-12520');
    expect(standIn.statistics).toMatchObject({ refused: 2, failedLogons: 0, peakProcesses: 1 });
    await connection.close();
    await soon(async () => (await login()).close());
  });

  test('a limit of processes makes the logon fail where the listener does not know it', async () => {
    standIn.change({ limits: { processes: 1, processesCheckedBy: 'instance' } });
    const connection = await login();
    await expect(login()).rejects.toThrow('ORA-00020: maximum number of processes (1) exceeded');
    await connection.close();
  });
});

describe('a database', () => {
  test('a database that is too old is rejected by the driver', async () => {
    standIn.change({ tns: { version: 314 } });
    await expect(login()).rejects.toMatchObject({ code: 'NJS-138' });
  });

  test('a database that requires native encryption rejects a thin driver', async () => {
    standIn.change({ tns: { nativeEncryption: 'required' } });
    await expect(login()).rejects.toMatchObject({ code: 'NJS-533' });
  });

  test('a database has the version, names and instance of its settings', async () => {
    standIn.change({
      database: { version: '23.26.1.0.0', name: 'SHOP', uniqueName: 'SHOP_A', pdbName: 'PDB', instance: 'shop1' },
    });
    const connection = await login();
    const { oracleServerVersion, dbName, instanceName } = connection;
    expect({ oracleServerVersion, dbName, instanceName }).toEqual({
      oracleServerVersion: 2_326_010_000,
      dbName: 'SHOP',
      instanceName: 'shop1',
    });
    const sql = "SELECT sys_context('userenv', 'db_name'), sys_context('userenv', 'db_unique_name') FROM dual";
    expect(await rowsOf(connection, sql)).toEqual([['SHOP', 'SHOP_A']]);
    await connection.close();
  });
});
