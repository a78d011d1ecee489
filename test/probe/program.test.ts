import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../src/probe/credentials/fingerprint.ts';
import { startStandIn } from '../oracle/stand-in.ts';
import { environment as anyEnvironment } from './environment.ts';
import { runProbe } from './program.ts';
import { silent } from './servers.ts';

/** With more time than the programs of this file, which start at once, need on a loaded machine. */
const environment: typeof anyEnvironment = (connectString, changes) =>
  anyEnvironment(connectString, { PROBE_TIMEOUT_SECONDS: '60', ...changes });

describe.concurrent('the probe program', { timeout: 120_000 }, () => {
  test('the probe program ends by itself where the database hangs during the logon, and reports the stage', async () => {
    await using database = await startStandIn({ faults: { proof: { kind: 'hang' } } });
    // Time enough to start the program and to reach the logon on a loaded machine too.
    const variables = environment(database.connectString(), { PROBE_TIMEOUT_SECONDS: '15' });
    const { verdict, exitCode } = await runProbe(variables);
    expect(verdict).toMatchObject({ outcome: 'TransientFailure', reason: 'TimedOut', stage: 'logon' });
    expect(verdict.message).toBe('The probe ran out of time while logging on: not done within 15 s');
    expect(exitCode).toBe(11);
  });

  test('the probe program says that no password was sent where the database hangs before', async () => {
    await using database = await startStandIn({ faults: { challenge: { kind: 'hang' } } });
    const variables = environment(database.connectString(), { PROBE_TIMEOUT_SECONDS: '15' });
    const { verdict } = await runProbe(variables);
    expect(verdict).toMatchObject({ outcome: 'TransientFailure', reason: 'TimedOut', stage: 'server' });
    expect(verdict.message).toBe(
      'The probe ran out of time while setting up the session, before the password was sent: not done within 15 s',
    );
  });

  test('the probe program does not wait for a database that hangs as its connections are closed', async () => {
    await using database = await startStandIn({ faults: { logoff: { kind: 'hang' } } });
    const { verdict, exitCode } = await runProbe(environment(database.connectString()));
    expect(verdict).toMatchObject({
      outcome: 'Succeeded',
      warnings: ['Closing the first connection: not done within 2000 ms', 'Closing the pool: not done within 2000 ms'],
    });
    expect(exitCode).toBe(0);
  });

  test('the probe program ends earlier where a timeout of the driver applies', async () => {
    await using server = await silent();
    // The driver gives up after 10 s: the other 20 s are time to start the program on a loaded machine.
    const { verdict, exitCode } = await runProbe(environment(server.connectString, { PROBE_TIMEOUT_SECONDS: '30' }));
    expect(verdict).toMatchObject({
      outcome: 'TransientFailure',
      reason: 'ListenerTimedOut',
      stage: 'listener',
      code: 'NJS-510',
    });
    expect(exitCode).toBe(11);
  });

  test('the probe program succeeds with exit code 0 and two lines of JSON, without the password', async () => {
    await using database = await startStandIn({ users: { APP: { password: 's3cret' } } });
    const { verdict, exitCode, output } = await runProbe(
      environment(database.connectString(), { DB_PASSWORD: 's3cret' }),
    );
    expect(verdict).toMatchObject({ outcome: 'Succeeded', reason: 'PoolOpened', pool: { requested: 3, opened: 3 } });
    expect(exitCode).toBe(0);
    const lines = output.split('\n').slice(0, 2);
    expect(lines.map((line): unknown => JSON.parse(line))).toMatchObject([
      { level: 'info', pool: { min: 3, max: 7 } },
      { level: 'info', message: verdict.message },
    ]);
    expect(output).not.toContain('s3cret');
    expect(database.statistics).toMatchObject({ logons: 4, failedLogons: 0, sessions: 0 });
  });

  test('the probe program reports a SIGTERM', async () => {
    await using server = await silent();
    const { verdict, exitCode } = await runProbe(environment(server.connectString), {
      onStart: (kill) => kill('SIGTERM'),
    });
    expect(verdict).toMatchObject({ outcome: 'Inconclusive', reason: 'Interrupted' });
    expect(exitCode).toBe(13);
  });

  test('the probe program leaves a verdict with its fingerprint where it is killed during the logon', async () => {
    await using database = await startStandIn({ faults: { challenge: { kind: 'hang' } } });
    const variables = environment(database.connectString(), { PROBE_SALT: 'salt' });
    const { verdict, signal } = await runProbe(variables, { isKilled: true });
    expect(verdict).toMatchObject({
      outcome: 'Inconclusive',
      reason: 'ProbeKilled',
      stage: 'logon',
      fingerprint: await fingerprintOf('APP', 'right', 'salt'),
    });
    expect(signal).toBe('SIGKILL');
  });

  test("the probe program reports the system's error where it gets no socket", async () => {
    await using database = await startStandIn();
    // Opens files until the limit is reached.
    const takes =
      "import { subscribe } from 'node:diagnostics_channel'; import { openSync, closeSync } from 'node:fs';" +
      "subscribe('net.client.socket', ({ socket }) => { const taken = []; try { for (;;) taken.push(openSync('/dev/null')); }" +
      " catch { socket.once('error', () => taken.forEach((file) => closeSync(file))); } });";
    const { verdict, exitCode } = await runProbe(environment(database.connectString()), {
      openFiles: 100,
      node: ['--import', `data:text/javascript,${encodeURIComponent(takes)}`],
    });
    expect(verdict).toMatchObject({ outcome: 'TransientFailure', reason: 'ConnectFailed', code: 'NJS-503' });
    expect(verdict.message).toContain('EMFILE');
    expect(exitCode).toBe(11);
  });

  test('the probe program has a verdict without a secret where it throws', async () => {
    await using server = await silent();
    const breaks =
      "import { subscribe } from 'node:diagnostics_channel'; subscribe('net.client.socket', () => " +
      "setImmediate(() => { throw new Error('broken with s3cret and hunter2'); }));";
    const { verdict, exitCode, output } = await runProbe(
      environment(server.connectString, { DB_PASSWORD: 's3cret', WALLET_PASSWORD: 'hunter2' }),
      { node: ['--import', `data:text/javascript,${encodeURIComponent(breaks)}`] },
    );
    expect(verdict).toMatchObject({ outcome: 'Inconclusive', reason: 'ProbeFailed' });
    expect(verdict.message).toContain('Error: broken with *** and ***');
    expect(exitCode).toBe(13);
    expect(output).not.toMatch(/s3cret|hunter2/);
  });

  test('the probe program repeats nothing where the connect string may hold a secret', async () => {
    await using server = await silent();
    const breaks =
      "import { subscribe } from 'node:diagnostics_channel'; subscribe('net.client.socket', () => " +
      "setImmediate(() => { throw new Error('broken with s3cret and hunter2'); }));";
    const { verdict, exitCode, output } = await runProbe(
      environment(`tcp://${server.connectString}?wallet_password=hunter2`, { DB_PASSWORD: 's3cret' }),
      { node: ['--import', `data:text/javascript,${encodeURIComponent(breaks)}`] },
    );
    expect(verdict).toMatchObject({ outcome: 'Inconclusive', reason: 'ProbeFailed' });
    expect(verdict.message).toContain('(text withheld: ');
    expect(exitCode).toBe(13);
    expect(output).not.toMatch(/s3cret|hunter2/);
  });
});

// By itself: many programs that start at once are slow.
test('the probe program says a fixed sentence where it cannot describe an error', async () => {
  await using server = await silent();
  const breaks =
    "import { subscribe } from 'node:diagnostics_channel'; subscribe('net.client.socket', () => setImmediate(() => {" +
    " String.prototype.trim = () => { throw new Error('broken twice with s3cret'); }; throw new Error('s3cret'); }));";
  const { verdict, exitCode, output } = await runProbe(environment(server.connectString, { DB_PASSWORD: 's3cret' }), {
    node: ['--import', `data:text/javascript,${encodeURIComponent(breaks)}`],
  });
  expect(verdict).toMatchObject({
    outcome: 'Inconclusive',
    reason: 'ProbeFailed',
    message: 'The probe met an error that it cannot describe.',
  });
  expect(exitCode).toBe(13);
  expect(output).not.toContain('s3cret');
}, 120_000);
