import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { TestDatabase } from '../../probe/cases/test-database.ts';
import { startStandIn } from '../../oracle/stand-in.ts';
import { SetUpError } from '../../runner/run.ts';
import { fakeMachine, type Machine } from '../../support/machine.ts';
import { OracleUnderTest } from './oracle-under-test.ts';

const NOTHING_NAMED = {};
const NO_VARIABLES = { DBPOOL_TEST_ORACLE: '', DBPOOL_TEST_ORACLE_USER: '', DBPOOL_TEST_ORACLE_PASSWORD: '' };

const startWithAdministrator = (database = {}) =>
  startStandIn({ users: { SYSTEM: { password: 'manager', roles: ['DBA'] } }, database });

const naming = (connectString: string) => ({
  DBPOOL_TEST_ORACLE: connectString,
  DBPOOL_TEST_ORACLE_PASSWORD: 'manager',
});

const errorOf = (found: Promise<unknown>): Promise<unknown> => found.catch((error: unknown) => error);

/** Its docker does this for each subcommand, and nothing for any other. */
function machineWithDocker(answers: Readonly<Record<string, string>>): Machine {
  vi.stubEnv('DOCKER_HOST', '');
  const machine = fakeMachine();
  const cases = Object.entries(answers).map(([subcommand, script]) => `${subcommand}) ${script} ;;`);
  machine.program('docker', `case "$1" in ${cases.join(' ')} esac`);
  return machine;
}

const RUNNING = { inspect: 'echo true', logs: 'echo "DATABASE IS READY TO USE!"', port: 'echo 127.0.0.1:49153' };

describe('without a database', () => {
  test.for<[string, Readonly<Record<string, string>>, string]>([
    ['Docker does not answer', { version: 'exit 1' }, 'Docker does not answer'],
    [
      'Docker cannot pull the image',
      { image: 'exit 1', pull: 'echo "no route to registry" >&2; exit 1' },
      'Docker cannot pull gvenzl/oracle-free:23-slim-faststart: docker pull gvenzl/oracle-free:23-slim-faststart ended with 1: no route to registry',
    ],
  ])('where %s, the run says so and has nothing to clean up', async ([, answers, why]) => {
    const machine = machineWithDocker(answers);
    const oracle = new OracleUnderTest(NOTHING_NAMED);
    expect(await oracle.find(machine.run)).toBe('NONE IS AT HAND');
    expect(oracle.missing).toBe(`DBPOOL_TEST_ORACLE is not set. ${why}`);
    expect(oracle.variables).toMatchObject(NO_VARIABLES);
    expect(oracle.explanation(27)).toContain('NOT RUN: 27 tests of the probe on a real Oracle Database.');
    await oracle.cleanUp(machine.run);
    expect(machine.calls().filter((call) => /^docker (run|rm)/.test(call))).toEqual([]);
  });

  test('where there is no Docker, or one of another machine, none is started', async () => {
    const { run } = fakeMachine();
    vi.stubEnv('DOCKER_HOST', '');
    const oracle = new OracleUnderTest(NOTHING_NAMED);
    await oracle.find(run);
    expect(oracle.missing).toContain('Docker is not on PATH');
    vi.stubEnv('DOCKER_HOST', 'tcp://build:2375');
    await oracle.find(run);
    expect(oracle.missing).toContain('DOCKER_HOST names a Docker of another machine');
  });

  test('an interrupted pull ends the run', async () => {
    const stop = new AbortController();
    const { run, program } = fakeMachine(stop.signal);
    vi.stubEnv('DOCKER_HOST', '');
    program('docker', 'case "$1" in image) exit 1 ;; pull) sleep 60 ;; esac');
    const pulling = new OracleUnderTest(NOTHING_NAMED).find({
      ...run,
      say: () => stop.abort(new Error('interrupted')),
    });
    await expect(pulling).rejects.toThrow('interrupted');
  });
});

describe('a container', () => {
  test('a container has a port and a password of its own, and is removed', async () => {
    const machine = machineWithDocker(RUNNING);
    const oracle = new OracleUnderTest(NOTHING_NAMED);
    expect(await oracle.find(machine.run)).toBe('a container of gvenzl/oracle-free:23-slim-faststart');
    expect(oracle.missing).toBeUndefined();
    expect(oracle.variables).toMatchObject({
      DBPOOL_TEST_ORACLE: '127.0.0.1:49153/FREEPDB1',
      DBPOOL_TEST_ORACLE_USER: 'system',
      DBPOOL_TEST_ORACLE_PASSWORD: expect.stringMatching(/^Aa1_[0-9a-f]{24}$/) as unknown,
    });
    await oracle.cleanUp(machine.run);
    const calls = machine.calls();
    expect(calls).toContainEqual(
      expect.stringMatching(/^docker run --detach --name dbpool-oracle-\w+ --publish 127\.0\.0\.1::1521 /),
    );
    expect(calls.at(-1)).toMatch(/^docker rm --force --volumes dbpool-oracle-\w+$/);
    const password = oracle.variables['DBPOOL_TEST_ORACLE_PASSWORD'] ?? '';
    for (const text of [calls.join('\n'), readFileSync(machine.run.log.path, 'utf8')])
      expect(text).not.toContain(password);
  });

  test('a container that ends before its database is ready fails the run, and is removed', async () => {
    const machine = machineWithDocker({ ...RUNNING, inspect: 'echo false', logs: 'echo "out of memory" >&2' });
    const oracle = new OracleUnderTest(NOTHING_NAMED);
    const error = await errorOf(oracle.find(machine.run));
    expect(error).toBeInstanceOf(SetUpError);
    expect(String(error)).toContain('has ended: out of memory');
    await oracle.cleanUp(machine.run);
    expect(machine.calls().at(-1)).toMatch(/^docker rm /);
  });
});

describe('a named database', () => {
  test('a named database is told by its banner, and left without what the tests made, also after an interruption', async () => {
    await using standIn = await startWithAdministrator();
    const machine = fakeMachine(AbortSignal.abort(new Error('interrupted')));
    const connectString = standIn.connectString();
    const oracle = new OracleUnderTest(naming(connectString));
    expect(await oracle.find(machine.run)).toBe('Oracle stand-in for tests, not Oracle Database');
    const { DBPOOL_TEST_ORACLE_RUN: run, ...login } = oracle.variables;
    expect(login).toEqual({ ...naming(connectString), DBPOOL_TEST_ORACLE_USER: 'system' });
    const tests = await TestDatabase.open({ connectString, user: 'system', password: 'manager' }, run);
    const { name } = await tests.createAccount();
    expect(standIn.accounts.map((account) => account.name)).toEqual(['SYSTEM', name]);
    await oracle.cleanUp(machine.run);
    expect(standIn.accounts.map((account) => account.name)).toEqual(['SYSTEM']);
    expect(machine.calls()).toEqual([]);
  });

  test('a named database that is the root is refused, and nothing is changed in it', async () => {
    await using standIn = await startWithAdministrator({ pdbName: 'CDB$ROOT' });
    const oracle = new OracleUnderTest(naming(standIn.connectString()));
    const error = await errorOf(oracle.find(fakeMachine().run));
    expect(error).toBeInstanceOf(SetUpError);
    expect(String(error)).toContain('DBPOOL_TEST_ORACLE names cannot be used: CDB$ROOT is no pluggable database');
    await oracle.cleanUp(fakeMachine().run);
    expect(standIn.statistics.logons).toBe(1);
  });

  test.for<[string, Readonly<Record<string, string>>, string]>([
    ['without a password', { DBPOOL_TEST_ORACLE: 'db:1521/ORDERS' }, 'DBPOOL_TEST_ORACLE_PASSWORD is not set'],
    ['with a password in its connect string', naming('system/s3cret@db:1521/ORDERS'), 'holds a user or a password'],
  ])('a named database %s is refused, and nobody connects', async ([, environment, message]) => {
    const error = await errorOf(new OracleUnderTest(environment).find(fakeMachine().run));
    expect(error).toBeInstanceOf(SetUpError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('s3cret');
  });
});
