import oracledb, { type Connection } from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginTo, rowsOf } from './login.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let standIn: StandIn;
let connection: Connection;
beforeEach(async () => {
  standIn = await startStandIn({ database: { version: '19.3.0.0.0' } });
  connection = await loginTo(standIn);
});
afterEach(async () => {
  await connection.close();
  await standIn.close();
});

const rows = (sql: string, binds?: oracledb.BindParameters) => rowsOf(connection, sql, binds);
const NUMBERS = 'SELECT level FROM dual CONNECT BY level <= :count';

describe('rows', () => {
  test.for([0, 1, 2, 3, 99, 100, 101, 250])('rows beyond the first are fetched page by page: %d', async (more) => {
    const found = await connection.execute<[number]>(NUMBERS, [more + 1], { fetchArraySize: 100 });
    expect(found.rows?.map(([row]) => row)).toEqual(Array.from({ length: more + 1 }, (_, index) => index + 1));
  });

  test('rows are fetched only as far as the client goes', async () => {
    const { resultSet } = await connection.execute<[number]>(NUMBERS, [1000], { resultSet: true, prefetchRows: 10 });
    expect(await resultSet?.getRow()).toEqual([1]);
    expect(standIn.statistics.fetches).toBeLessThan(2);
    await resultSet?.close();
    expect(await rows('SELECT 1 FROM DUAL')).toEqual([[1]]);
  });

  test('rows longer than a packet come in several', async () => {
    const long = 'ä'.repeat(2000);
    const found = await rows('SELECT :text, level FROM dual CONNECT BY level <= 20', { text: long });
    expect(found).toHaveLength(20);
    expect(found?.at(-1)).toEqual([long, 20]);
  });
});

describe('a bind', () => {
  test.for<[string, unknown]>([
    ['a number', 1234.5],
    ['a negative number', -0.001],
    ['a text', 'it’s'],
    ['a text longer than a packet', 'x'.repeat(20_000)],
    ['no value', null],
    ['bytes', Buffer.from('00ff', 'hex')],
    ['a date', new Date(2024, 1, 29, 12, 30, 15)],
  ])('a bind of %s comes back', async ([, value]) => {
    expect(await rows('SELECT :1 FROM DUAL', [value as oracledb.BindParameter])).toEqual([[value]]);
  });

  test('a bind by name is found at any place, and a statement takes others the next time', async () => {
    for (const [first, second] of [
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ] as const) {
      expect(await rows('SELECT :second, :first FROM DUAL', { first, second })).toEqual([[second, first]]);
    }
  });

  test('a bind without a value is an error', async () => {
    await expect(rows('SELECT :1, :2 FROM DUAL', [1])).rejects.toThrow(/ORA-01008|NJS-098/);
  });

  test('a batch of binds is read row by row', async () => {
    standIn.change({ answers: [{ pattern: 'insert into orders .*', rowCount: 3 }] });
    const result = await connection.executeMany('INSERT INTO orders VALUES (:1, :2)', [
      [1, 'a'],
      [2, null],
      [3, 'c'.repeat(9000)],
    ]);
    expect(result.rowsAffected).toBe(3);
    expect(standIn.statistics.garbled).toBe(0);
  });

  test('a bind of a type that the stand-in cannot read is an error, and the session continues', async () => {
    const out = { type: oracledb.DB_TYPE_CURSOR, dir: oracledb.BIND_OUT };
    await expect(connection.execute('BEGIN open_orders(:1); END;', [out])).rejects.toThrow('ORA-03115');
    expect(await rows('SELECT 1 FROM DUAL')).toEqual([[1]]);
  });
});

describe('the data dictionary', () => {
  const LIMITS =
    "SELECT resource_name, limit FROM user_resource_limits WHERE resource_name IN ('SESSIONS_PER_USER', :other)";

  test('the data dictionary has the limits of the user’s profile', async () => {
    standIn.change({ users: { APP: { sessionsPerUser: 40, idleTime: 15 } } });
    expect(await rows(`${LIMITS} ORDER BY resource_name`, ['IDLE_TIME'])).toEqual([
      ['IDLE_TIME', '15'],
      ['SESSIONS_PER_USER', '40'],
    ]);
    const attempts = "SELECT limit FROM user_password_limits WHERE resource_name = 'FAILED_LOGIN_ATTEMPTS'";
    expect(await rows(attempts)).toEqual([['10']]);
  });

  test('the data dictionary has the state of the account', async () => {
    standIn.change({ users: { APP: { status: 'GRACE', expiryDate: '2030-01-02T03:04:05Z' } } });
    expect(await rows('SELECT username, account_status, expiry_date FROM user_users')).toEqual([
      ['APP', 'EXPIRED(GRACE)', new Date('2030-01-02T03:04:05Z')],
    ]);
  });

  test('the data dictionary has the usage of the instance, for users who may read it', async () => {
    const sql =
      "SELECT resource_name, current_utilization, max_utilization, TRIM(limit_value) FROM v$resource_limit WHERE resource_name IN ('processes', 'sessions')";
    await expect(rows(sql)).rejects.toThrow('ORA-00942');
    standIn.change({
      mayReadDynamicViews: true,
      limits: { sessions: 100, processes: 'UNLIMITED', otherSessions: 50, otherProcesses: 20 },
    });
    expect(await rows(sql)).toEqual([
      ['processes', 21, 21, 'UNLIMITED'],
      ['sessions', 51, 51, '100'],
    ]);
    const [[padded] = []] =
      (await rows("SELECT limit_value FROM v$resource_limit WHERE resource_name = 'sessions'")) ?? [];
    expect(padded).toBe('       100');
  });

  test('the data dictionary has the sessions, for users who may read them', async () => {
    const sql =
      "SELECT username, type, COUNT(*) FROM gv_$session WHERE type <> 'NONE' AND username = USER GROUP BY username, type";
    standIn.change({ mayReadDynamicViews: ['V$SESSION'] });
    await expect(rows(sql)).rejects.toThrow('ORA-00942');
    expect(await rows(sql.replace('gv_', 'v_'))).toEqual([['APP', 'USER', 1]]);
    standIn.change({ mayReadDynamicViews: true });
    expect(await rows(sql)).toEqual([['APP', 'USER', 1]]);
    expect(await rows(sql.replace('<>', '='))).toEqual([]);
  });

  test.for<[string, string, unknown]>([
    ['the version', 'SELECT version_full FROM product_component_version', '19.3.0.0.0'],
    ['what it is', 'SELECT banner FROM v$version', 'Oracle stand-in for tests, not Oracle Database'],
    ['the privileges', 'SELECT privilege FROM session_privs', 'CREATE SESSION'],
    ['nothing where nothing is', "SELECT privilege FROM session_privs WHERE privilege = 'DBA'", undefined],
  ])('the data dictionary has %s', async ([, sql, value]) => {
    expect((await rows(sql))?.[0]?.[0]).toBe(value);
  });
});

describe('an answer by the settings', () => {
  test('an answer by the settings comes before all others', async () => {
    const answers = [
      {
        pattern: 'select .* from orders where id = :id',
        columns: [{ name: 'ID', type: 'NUMBER' }, { name: 'NOTE' }, { name: 'PAID', type: 'DATE' }],
        rows: [
          [7, 'new', '2024-05-06T07:08:09Z'],
          ['12345678901234567890', null, null],
        ],
      },
    ];
    standIn.change({ answers });
    const found = await connection.execute('SELECT id,\n note, paid FROM orders  WHERE id = :id', [7], {
      fetchTypeHandler: ({ dbType }) =>
        dbType === oracledb.DB_TYPE_NUMBER ? { type: oracledb.DB_TYPE_VARCHAR } : undefined,
    });
    expect(found.rows).toEqual([
      ['7', 'new', new Date('2024-05-06T07:08:09Z')],
      ['12345678901234567890', null, null],
    ]);
  });

  test('an answer by the settings may be an error, or come late', async () => {
    const answers = [
      { pattern: 'delete from orders', error: { code: 2292, text: 'child record found' } },
      { pattern: 'select slow from dual', afterMs: 60_000, columns: [{ name: 'SLOW' }] },
    ];
    standIn.change({ answers });
    await expect(rows('DELETE FROM orders')).rejects.toThrow('ORA-02292: child record found');
    connection.callTimeout = 20;
    await expect(rows('SELECT slow FROM dual')).rejects.toMatchObject({ code: 'NJS-123' });
  });
});

describe('a PL/SQL block', () => {
  test('a PL/SQL block without statements does nothing, and one that sleeps can be cancelled', async () => {
    await connection.execute('BEGIN NULL; END;');
    await connection.execute('BEGIN DBMS_SESSION.SLEEP(:seconds); END;', [0.001]);
    connection.callTimeout = 20;
    await expect(connection.execute('BEGIN DBMS_SESSION.SLEEP(60); END;')).rejects.toMatchObject({ code: 'NJS-123' });
    connection.callTimeout = 0;
    for (const block of ['BEGIN unknown; END;', 'DECLARE x NUMBER := 1; BEGIN x := x % 2; END;']) {
      await expect(connection.execute(block)).rejects.toThrow('ORA-06550');
    }
  });
});

test('the end-to-end attributes of a client come with its next call', async () => {
  connection.module = 'shop';
  connection.action = 'buy';
  connection.clientId = 'me';
  connection.currentSchema = 'SHOP';
  expect(await rows('SELECT 1 FROM DUAL')).toEqual([[1]]);
  expect(standIn.statistics).toMatchObject({ executes: 1, garbled: 0 });
});

test.for<[number, string]>([
  [10, 'lives on'],
  [400, 'is refused one too many'],
])('a session with a cache of %d statements that opens 310 cursors %s', async ([stmtCacheSize, outcome]) => {
  const own = await loginTo(standIn, { stmtCacheSize });
  const open = async () => {
    for (let index = 0; index < 310; index += 1) await rowsOf(own, `SELECT ${index} FROM DUAL`);
  };
  if (outcome === 'lives on') await open();
  else await expect(open()).rejects.toThrow('ORA-01000');
  await own.close();
});
