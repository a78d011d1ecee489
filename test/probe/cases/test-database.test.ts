import oracledb from 'oracledb';
import { describe, expect, test } from 'vitest';
import { startStandIn, type StandInSettings } from '../../oracle/stand-in.ts';
import { TestDatabase } from './test-database.ts';

const ADMINISTRATOR = { user: 'SYSTEM', password: 'manager' };

const startWith = (settings: StandInSettings = {}) =>
  startStandIn({ ...settings, users: { SYSTEM: { password: 'manager', roles: ['DBA'] }, ...settings.users } });

const plain = { password: 'right' };

describe('a database for tests', () => {
  test.for(['CDB$ROOT', 'PDB$SEED'])(
    'a database for tests is refused where it is %s, before anything is changed',
    async (pdbName) => {
      await using standIn = await startWith({ database: { pdbName } });
      const opening = TestDatabase.open({ ...ADMINISTRATOR, connectString: standIn.connectString() });
      await expect(opening).rejects.toThrow(`${pdbName} is no pluggable database`);
      expect(standIn.accounts).toHaveLength(1);
      expect(standIn.statistics).toMatchObject({ logons: 1, executes: 1 });
    },
  );

  test('a database for tests is left without what the run made in it, also where somebody is logged on', async () => {
    await using standIn = await startWith({ users: { APP: plain } });
    const connectString = standIn.connectString();
    const database = await TestDatabase.open({ ...ADMINISTRATOR, connectString });
    const accounts = [await database.createAccount(), await database.createAccount({ hasQuotedName: true })];
    const connections = await Promise.all(
      accounts.map(({ user, password }) => oracledb.getConnection({ user, password, connectString })),
    );
    expect(await database.drop()).toEqual(accounts.map(({ name }) => name));
    expect(standIn.accounts.map(({ name }) => name)).toEqual(['SYSTEM', 'APP']);
    for (const connection of connections) await expect(connection.ping()).rejects.toThrow('ORA-00028');
    expect(await database.drop()).toEqual([]);
  });

  test('a database for tests keeps what others made, and loses what a run left that was killed on an earlier day', async () => {
    const [left, other] = ['DBPOOL_20200101_00000000_1', 'DBPOOL_29991231_00000000_1'];
    await using standIn = await startWith({ users: { [left]: plain, [other]: plain, DBPOOL: plain } });
    const database = await TestDatabase.open({ ...ADMINISTRATOR, connectString: standIn.connectString() });
    expect(await database.drop()).toEqual([left]);
    expect(standIn.accounts.map(({ name }) => name)).toEqual(['SYSTEM', other, 'DBPOOL']);
  });

  test('a database for tests names what it could not drop', async () => {
    await using standIn = await startWith();
    const database = await TestDatabase.open({ ...ADMINISTRATOR, connectString: standIn.connectString() });
    const { name } = await database.createAccount();
    standIn.change({ answers: [{ pattern: 'drop user .*', error: { code: 28_014, text: 'cannot drop' } }] });
    await expect(database.drop()).rejects.toThrow(`left in the database: ${name} (Error: ORA-28014: cannot drop`);
  });
});
