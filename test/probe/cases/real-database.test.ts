/**
 * The same cases on a real Oracle Database, by the probe's own program: `npm run test:oracle`. Only the database that DBPOOL_TEST_ORACLE
 * names is ever used.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../../src/contract/verdict.ts';
import { runProbe } from '../program.ts';
import { type Case, CASES } from './cases.ts';
import { checkAccount, playProbes, type RunProbe } from './play.ts';
import { withService } from './service.ts';
import { TestDatabase } from './test-database.ts';

const {
  DBPOOL_TEST_ORACLE: connectString = '',
  DBPOOL_TEST_ORACLE_USER: user = 'system',
  DBPOOL_TEST_ORACLE_PASSWORD: password = '',
  DBPOOL_TEST_ORACLE_RUN: run,
} = process.env;

let database: TestDatabase | undefined;
beforeAll(async () => {
  if (connectString !== '') database = await TestDatabase.open({ connectString, user, password }, run);
});
afterAll(async () => {
  await database?.drop();
});

const byItsProgram: RunProbe = async (variables) => {
  // Time enough to start the program on a loaded machine.
  const { verdict, exitCode } = await runProbe({ ...variables, PROBE_TIMEOUT_SECONDS: '60' });
  expect(exitCode).toBe(EXIT_CODES[verdict.outcome]);
  return verdict;
};

/** Why the case cannot be played on this database; undefined where it can. */
function obstacleTo({ instance, probes }: Case, { limitsResources }: TestDatabase): string | undefined {
  if (instance !== undefined) return 'a limit of the instance, which this run may not change';
  const isAboutSessions = probes.some(({ reason }) => reason === 'UserSessionLimitReached');
  if (isAboutSessions && !limitsResources) return 'the parameter RESOURCE_LIMIT is FALSE';
  const isAboutServices = probes.some(({ service }) => service !== undefined);
  return isAboutServices && withService(connectString, 'ANY') === undefined
    ? 'DBPOOL_TEST_ORACLE is an alias, in which no service can be replaced'
    : undefined;
}

describe('on a real Oracle Database, the verdict is right:', () => {
  test.for(CASES.map((one) => [one.title, one] as const))('%s', async ([, one], { skip }) => {
    if (database === undefined) return skip('DBPOOL_TEST_ORACLE names no database');
    const obstacle = obstacleTo(one, database);
    if (obstacle !== undefined) return skip(obstacle);
    const account = await database.createAccount(one.account);
    await playProbes(one, connectString, account, byItsProgram);
    await checkAccount(one, database, account);
  });
});
