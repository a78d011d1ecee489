import type { Connection } from 'oracledb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loginTo, rowsOf } from './login.ts';
import { type StandIn, startStandIn } from './stand-in.ts';

let standIn: StandIn;
let administrator: Connection;
beforeEach(async () => {
  standIn = await startStandIn({
    users: { APP: { password: 'right' }, SYSTEM: { password: 'manager', roles: ['DBA'] } },
  });
  administrator = await loginTo(standIn, { user: 'system', password: 'manager' });
});
afterEach(async () => {
  await administrator.close();
  await standIn.close();
});

async function run(...statements: readonly string[]): Promise<void> {
  for (const statement of statements) await administrator.execute(statement);
}

const shop = () => loginTo(standIn, { user: '"shop"', password: 'Secret 1' });
const SHOP = ['CREATE PROFILE p LIMIT SESSIONS_PER_USER 1', 'CREATE USER "shop" IDENTIFIED BY "Secret 1" PROFILE p'];

describe('a database administrator', () => {
  test('a database administrator makes a user who logs on once CREATE SESSION is granted, and drops it', async () => {
    await run(...SHOP);
    await expect(shop()).rejects.toMatchObject({ code: 'ORA-01045' });
    await run('GRANT CREATE SESSION TO "shop"');
    const connection = await shop();
    await expect(shop()).rejects.toMatchObject({ code: 'ORA-02391' });
    await expect(run('DROP USER "shop" CASCADE')).rejects.toMatchObject({ code: 'ORA-01940' });
    const [[sid, serial] = []] =
      (await rowsOf(administrator, "SELECT sid, serial# FROM v$session WHERE username = 'shop'")) ?? [];
    await run(
      `ALTER SYSTEM KILL SESSION '${Number(sid)},${Number(serial)}' IMMEDIATE`,
      'DROP USER "shop" CASCADE',
      'DROP PROFILE p CASCADE',
    );
    await expect(connection.ping()).rejects.toThrow('ORA-00028');
    await expect(shop()).rejects.toMatchObject({ code: 'ORA-01017' });
    expect(await rowsOf(administrator, 'SELECT username FROM dba_users')).toEqual([['APP'], ['SYSTEM']]);
    expect(await rowsOf(administrator, 'SELECT profile FROM dba_profiles')).toEqual([]);
  });

  test.for<[string, string, string]>([
    ['ACCOUNT LOCK', 'LOCKED', 'ORA-28000'],
    ['PASSWORD EXPIRE', 'EXPIRED', 'ORA-28001'],
  ])('a database administrator can say %s', async ([change, status, code]) => {
    await run(...SHOP, 'GRANT CREATE SESSION TO "shop"', `ALTER USER "shop" ${change}`);
    const read = "SELECT account_status FROM dba_users WHERE username = 'shop'";
    expect(await rowsOf(administrator, read)).toEqual([[status]]);
    await expect(shop()).rejects.toMatchObject({ code });
  });

  test('a database administrator opens the views to one user', async () => {
    await run(...SHOP, 'GRANT CREATE SESSION TO "shop"', 'GRANT SELECT_CATALOG_ROLE TO "shop"');
    const [connection, other] = [await shop(), await loginTo(standIn)];
    expect(await rowsOf(connection, "SELECT name FROM v$parameter WHERE name = 'sessions'")).toEqual([['sessions']]);
    await expect(rowsOf(other, 'SELECT name FROM v$parameter')).rejects.toThrow('ORA-00942');
    await Promise.all([connection.close(), other.close()]);
  });

  test('a database administrator limits the life of a password: its first logon afterwards begins the days of grace', async () => {
    await run(
      'CREATE PROFILE p LIMIT PASSWORD_LIFE_TIME 0/86400 PASSWORD_GRACE_TIME 3',
      'CREATE USER "shop" IDENTIFIED BY "Secret 1" PROFILE p',
      'GRANT CREATE SESSION TO "shop"',
    );
    const read = "SELECT account_status FROM dba_users WHERE username = 'shop'";
    expect(await rowsOf(administrator, read)).toEqual([['OPEN']]);
    const connection = await shop();
    expect(connection.warning?.message).toContain('within 3 days');
    expect(await rowsOf(administrator, read)).toEqual([['EXPIRED(GRACE)']]);
    await connection.close();
  });

  test.for<[string, string]>([
    ['CREATE USER app IDENTIFIED BY "x" PROFILE p', 'ORA-01920'],
    ['CREATE USER other IDENTIFIED BY "x" PROFILE q', 'ORA-02380'],
    ['CREATE PROFILE p LIMIT IDLE_TIME 1', 'ORA-02379'],
    ['DROP USER nobody CASCADE', 'ORA-01918'],
    ['ALTER USER nobody ACCOUNT LOCK', 'ORA-01918'],
    ['DROP PROFILE q CASCADE', 'ORA-02380'],
    ["ALTER SYSTEM KILL SESSION '999,1' IMMEDIATE", 'ORA-00030'],
  ])('a database administrator who says %s gets %s', async ([statement, code]) => {
    await run('CREATE PROFILE p LIMIT IDLE_TIME 1');
    await expect(run(statement)).rejects.toMatchObject({ code });
  });
});

test('a user who is no database administrator may not make users', async () => {
  const connection = await loginTo(standIn);
  await expect(connection.execute('CREATE PROFILE p LIMIT IDLE_TIME 1')).rejects.toMatchObject({ code: 'ORA-01031' });
  await connection.close();
});
