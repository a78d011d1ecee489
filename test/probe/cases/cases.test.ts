import { describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { probe } from '../../../src/probe/probe.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { startStandIn } from '../../oracle/stand-in.ts';
import { CASES } from './cases.ts';
import { checkAccount, playProbes, type RunProbe } from './play.ts';
import { TestDatabase } from './test-database.ts';

const ADMINISTRATOR = { user: 'SYSTEM', password: 'manager' };

const startWithAdministrator = (database = {}) =>
  startStandIn({ users: { SYSTEM: { password: ADMINISTRATOR.password, roles: ['DBA'] } }, database });

const inThisProcess: RunProbe = (variables) => probe(readParameters(variables), new Progress(), redactorFor(variables));

// One at a time: how far a logon is on its way is seen from the sockets of the whole process.
describe('on the stand-in, the verdict is right:', () => {
  test.for(CASES.map((one) => [one.title, one] as const))('%s', async ([, one]) => {
    await using standIn = await startWithAdministrator();
    const database = await TestDatabase.open({ ...ADMINISTRATOR, connectString: standIn.connectString() });
    const account = await database.createAccount(one.account);
    standIn.reset();
    standIn.change({ limits: one.instance ?? {} });
    await playProbes(one, standIn.connectString(), account, inThisProcess);
    expect(standIn.statistics).toMatchObject({ sessions: 0, ...one.counts });
    standIn.change({ limits: null });
    await checkAccount(one, database, account);
    expect(await database.drop()).toEqual([account.name]);
    expect(standIn.accounts.map(({ name }) => name)).toEqual(['SYSTEM']);
  });
});
