import oracledb from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginTo, rowsOf, soon } from './login.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let standIn: StandIn;
beforeEach(async () => {
  standIn = await startStandIn({
    users: { APP: { password: 'right' }, OTHER: { password: 'Gänse füße' } },
    services: ['FREEPDB1', 'SHOP'],
    sids: ['FREE'],
  });
});
afterEach(() => standIn.close());

const login = (changes: oracledb.ConnectionAttributes = {}) => loginTo(standIn, changes);

describe('a connection', () => {
  test('a connection logs on, reads its database, pings, queries and closes', async () => {
    const connection = await login();
    const { oracleServerVersionString, dbName, serviceName, maxOpenCursors } = connection;
    expect({ oracleServerVersionString, dbName, serviceName, maxOpenCursors }).toEqual({
      oracleServerVersionString: '19.0.0.0.0',
      dbName: 'FREE',
      serviceName: 'FREEPDB1',
      maxOpenCursors: 300,
    });
    await connection.ping();
    expect(await rowsOf(connection, 'SELECT 1 FROM DUAL')).toEqual([[1]]);
    expect(standIn.sessions).toMatchObject([{ user: 'APP', client: { service: 'FREEPDB1', protocol: 'tcp' } }]);
    expect(standIn.sessions[0]?.client.driver).toContain('node-oracledb');
    await connection.close();
    await soon(() => expect(standIn.sessions).toHaveLength(0));
    expect(standIn.statistics).toMatchObject({
      connects: 1,
      logons: 1,
      failedLogons: 0,
      refused: 0,
      pings: 1,
      executes: 1,
      logoffs: 1,
      peakSessions: 1,
      garbled: 0,
    });
  });

  test.for<[string, oracledb.ConnectionAttributes, string]>([
    ['a wrong password', { password: 'wrong' }, 'ORA-01017'],
    ['a password in another case', { password: 'Right' }, 'ORA-01017'],
    ['an empty password', { password: '' }, 'ORA-01017'],
    ['an unknown user', { user: 'nobody' }, 'ORA-01017'],
  ])('a connection with %s is rejected, and counted', async ([, changes, code]) => {
    await expect(login(changes)).rejects.toMatchObject({ code });
    expect(standIn.statistics).toMatchObject({ failedLogons: 1, logons: 0, sessions: 0 });
  });

  test.for<[string, string, string]>([
    ['service', 'NOWHERE', 'NJS-518'],
    ['SID', '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=?))(CONNECT_DATA=(SID=NONE)))', 'NJS-519'],
  ])('a connection to an unknown %s is refused by the listener', async ([, target, code]) => {
    const connectString = target.startsWith('(')
      ? target.replace('?', String(standIn.port))
      : standIn.connectString(target);
    await expect(login({ connectString })).rejects.toMatchObject({ code });
    expect(standIn.statistics).toMatchObject({ connects: 1, refused: 1, logons: 0, failedLogons: 0 });
  });

  test.for(['SHOP', 'shop'])('a connection goes to the service %s', async (service) => {
    const connection = await login({ connectString: standIn.connectString(service) });
    expect(connection.serviceName).toBe(service);
    await connection.close();
  });

  test('a connection goes to a SID, with a long connect string and a password beyond ASCII', async () => {
    const address = `(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT=${standIn.port}))`;
    const connectString = `(DESCRIPTION=${address}(CONNECT_DATA=(SID=free)(SERVER=dedicated)(CID=(PROGRAM=${'p'.repeat(300)}))))`;
    const connection = await login({ user: 'other', password: 'Gänse füße', connectString });
    expect(await rowsOf(connection, 'SELECT USER FROM DUAL')).toEqual([['OTHER']]);
    await connection.close();
  });
});

describe('a query', () => {
  test.for<[string, unknown[]]>([
    ['SELECT 1 FROM DUAL', [1]],
    ['/* why */ select /*+ hint */ 1 -- note\n from sys.dual', [1]],
    ['select 1, 2.5 half, -3 "Less" from dual', [1, 2.5, -3]],
    ["SELECT 'it''s', NULL FROM DUAL", ["it's", null]],
    ['SELECT USER FROM DUAL', ['APP']],
    ["SELECT sys_context('userenv', 'session_user') FROM dual", ['APP']],
    [
      "SELECT SYS_CONTEXT('USERENV', 'NETWORK_PROTOCOL'), sys_context('USERENV','service_name') FROM DUAL",
      ['tcp', 'FREEPDB1'],
    ],
  ])('the query %s', async ([sql, row]) => {
    const connection = await login();
    expect(await rowsOf(connection, sql)).toEqual([row]);
    await connection.close();
  });

  test('a query names its columns as Oracle does', async () => {
    const connection = await login();
    const { metaData } = await connection.execute("SELECT sys_context('userenv', 'sid'), 1 AS one, user who FROM dual");
    expect(metaData?.map(({ name }) => name)).toEqual(["SYS_CONTEXT('USERENV','SID')", 'ONE', 'WHO']);
    await connection.close();
  });

  test.for<[string, string]>([
    ['SELECT 1 FROM nowhere', 'ORA-00942'],
    ['SELECT nothing FROM dual', 'ORA-00904'],
    ['SELECT 1 FROM dual ORDER BY nothing', 'ORA-00904'],
    ['SELECT FROM dual', 'ORA-00936'],
    ['SELECT 1 FROM dual GROUP BY 1', 'ORA-00933'],
    ['SELECT ? FROM dual', 'ORA-00911'],
    ['SELECT 1 FROM dual;', 'ORA-00933'],
    ['INSERT INTO orders VALUES (1)', 'ORA-00942'],
    ['SELECT 1e300 FROM dual', 'ORA-01426'],
    ['NONSENSE', 'ORA-00900'],
    ["SELECT sys_context('userenv', 'nonsense') FROM dual", 'ORA-02003'],
  ])('the query %s fails, and the connection stays', async ([sql, code]) => {
    const connection = await login();
    await expect(connection.execute(sql)).rejects.toMatchObject({ code });
    expect(await rowsOf(connection, 'SELECT 1 FROM DUAL')).toEqual([[1]]);
    await connection.close();
  });
});

describe('many at once', () => {
  test('sessions are counted while they last, up to the limit', async () => {
    standIn.change({ limits: { sessions: 2 } });
    const [one, two] = await Promise.all([login(), login()]);
    await expect(login()).rejects.toMatchObject({ code: 'ORA-00018' });
    expect(standIn.statistics).toMatchObject({ sessions: 2, peakSessions: 2, failedLogons: 1 });
    await one.close();
    await soon(() => expect(standIn.sessions).toHaveLength(1));
    const three = await login();
    expect(new Set(standIn.sessions.map(({ sid }) => sid)).size).toBe(2);
    await Promise.all([two.close(), three.close()]);
  });

  test('a pool fills, hands out and closes', async () => {
    const pool = await oracledb.createPool({
      user: 'app',
      password: 'right',
      connectString: standIn.connectString(),
      poolMin: 0,
      poolMax: 6,
      poolPingInterval: 0,
    });
    const connections = await Promise.all(Array.from({ length: 6 }, () => pool.getConnection()));
    expect(standIn.sessions).toHaveLength(6);
    await Promise.all(connections.map((connection) => connection.ping()));
    await Promise.all(connections.map((connection) => connection.close()));
    const again = await pool.getConnection();
    expect(standIn.statistics.pings).toBe(7);
    await again.close();
    await pool.close(0);
    await soon(() => expect(standIn.sessions).toHaveLength(0));
    expect(standIn.statistics).toMatchObject({ logons: 6, peakSessions: 6 });
  });
});

describe('settings', () => {
  test.for<[string, object, string]>([
    ['an unknown key', { serivces: [] }, 'serivces'],
    ['an unknown stage', { faults: { nap: { kind: 'hang' } } }, 'faults'],
    ['an error where none can be told', { faults: { protocol: { kind: 'error', code: 1 } } }, 'no error can be told'],
    ['an invalid pattern', { answers: [{ pattern: '(' }] }, 'answers.0.pattern'],
    [
      'a value of another type',
      { answers: [{ pattern: 'x', columns: [{ name: 'N', type: 'NUMBER' }], rows: [['y']] }] },
      'rows',
    ],
    ['a user without a password', { users: { NEW: {} } }, 'users.NEW.password'],
  ])('settings with %s are rejected by name, and change nothing', async ([, patch, named]) => {
    expect(() => standIn.change(patch)).toThrow(named);
    await expect(startStandIn(patch as never)).rejects.toThrow(named);
    const connection = await login();
    await connection.close();
  });

  test('settings change while the stand-in runs', async () => {
    standIn.change({ users: { APP: { password: 'new' } }, services: ['MOVED'] });
    const gone = standIn.connectString('FREEPDB1');
    await expect(login({ connectString: gone })).rejects.toMatchObject({ code: 'NJS-518' });
    const connectString = standIn.connectString('MOVED');
    await expect(login({ connectString })).rejects.toMatchObject({ code: 'ORA-01017' });
    const connection = await login({ connectString, password: 'new' });
    await connection.close();
  });
});
