/** What only a stand-in can be made to do; cases/cases.ts has what a real database does, too. */
import { describe, expect, test } from 'vitest';
import { openPool, provePool } from '../../src/probe/oracle/pool.ts';
import { type Parameters, readParameters } from '../../src/probe/input/parameters.ts';
import { probe } from '../../src/probe/probe.ts';
import { Progress } from '../../src/probe/verdict/progress.ts';
import { failureVerdict } from '../../src/probe/verdict/verdict.ts';
import { redactorFor } from '../../src/probe/verdict/redact.ts';
import { verdictSchema } from '../../src/contract/verdict.ts';
import { type StandInSettings, startStandIn } from '../oracle/stand-in.ts';
import { environment } from './environment.ts';

type Changes = Record<string, string>;

const parametersOf = (connectString: string): Parameters => {
  const read = readParameters(environment(connectString));
  if (read.kind === 'invalid') throw new Error(String(read.problem));
  return read.parameters;
};

/** The verdict on a database with these settings. */
async function verdictOn(settings: StandInSettings, changes: Changes = {}) {
  await using database = await startStandIn(settings);
  const variables = environment(database.connectString(), changes);
  return await probe(readParameters(variables), new Progress(), redactorFor(variables));
}

const user = (user: object): StandInSettings => ({ users: { APP: { password: 'right', ...user } } });

describe('a verdict', () => {
  test('tells which database was probed, in the form of its schema', async () => {
    const verdict = await verdictOn({});
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
    expect(verdict.database).toMatchObject({
      version: '19.0.0.0.0',
      name: 'FREE',
      uniqueName: 'FREE',
      service: 'FREEPDB1',
      instance: 'FREE',
      user: 'APP',
    });
  });

  test('has the time of each part in whole milliseconds', async () => {
    const verdict = await verdictOn({ faults: { challenge: { kind: 'delay', ms: 30 } } });
    expect(Object.keys(verdict.timings ?? {}).toSorted()).toEqual(
      ['connectMs', 'fillMs', 'logonMs', 'pingMs', 'queryMs', 'resolveMs', 'totalMs'].toSorted(),
    );
    expect(verdict.timings?.logonMs).toBeGreaterThanOrEqual(29);
    expect(verdict.timings?.fillMs).toBeGreaterThanOrEqual(3 * 29);
    expect(Number.isInteger(verdict.timings?.connectMs)).toBe(true);
  });

  test('of a failure has the times of the parts that were done, and no others', async () => {
    const verdict = await verdictOn({}, { DB_PASSWORD: 'wrong' });
    expect(Object.keys(verdict.timings ?? {}).toSorted()).toEqual(['connectMs', 'resolveMs', 'totalMs']);
  });

  test('has the limits of sessions where the user may read them', async () => {
    const limits = { sessions: 300, otherSessions: 40, processes: 'UNLIMITED' as const };
    const account = user({ sessionsPerUser: 30, idleTime: 15 });
    const verdict = await verdictOn({ ...account, limits, database: { cpus: 8 }, mayReadDynamicViews: true });
    expect(verdict.limits).toEqual({
      sessionsPerUser: '30',
      idleTime: '15',
      cpus: 8,
      sessions: { inUse: 41, limit: '300' },
      processes: { inUse: 1, limit: 'UNLIMITED' },
    });
  });
});

describe('a database', () => {
  test.for<[string, StandInSettings, object]>([
    [
      'is starting',
      { faults: { proof: { kind: 'error', code: 1033 } } },
      { outcome: 'TransientFailure', reason: 'DatabaseStarting', stage: 'logon', code: 'ORA-01033' },
    ],
    [
      'blocks new connections at the listener',
      { faults: { connect: { kind: 'error', code: 12_528 } } },
      { outcome: 'TransientFailure', reason: 'DatabaseStarting', stage: 'listener', code: 'ORA-12528' },
    ],
    [
      'hangs up in the logon',
      { faults: { proof: { kind: 'close' } } },
      { outcome: 'TransientFailure', reason: 'ConnectionClosed', stage: 'logon' },
    ],
    [
      'hangs up before the password is sent',
      { faults: { challenge: { kind: 'close' } } },
      { outcome: 'TransientFailure', reason: 'ConnectionClosed', stage: 'server' },
    ],
    [
      'runs out of files before the password is sent',
      { faults: { challenge: { kind: 'error', code: 604, text: 'error\nORA-09817: Write to audit file failed' } } },
      { outcome: 'TransientFailure', reason: 'DatabaseBlocked', stage: 'logon', code: 'ORA-09817' },
    ],
    [
      'rejects an account before the password is sent',
      { faults: { challenge: { kind: 'error', code: 28_000 } } },
      { outcome: 'PermanentFailure', reason: 'AccountLocked', stage: 'logon', code: 'ORA-28000' },
    ],
    [
      'fails the query',
      { faults: { execute: { kind: 'error', code: 1115 } } },
      { outcome: 'TransientFailure', reason: 'QueryFailed', stage: 'query', code: 'ORA-01115' },
    ],
    [
      'kills the session',
      { faults: { ping: { kind: 'error', code: 28 } } },
      { outcome: 'TransientFailure', reason: 'SessionKilled', stage: 'query', code: 'ORA-00028' },
    ],
    ['has an old verifier', user({ verifier: '10G' }), { outcome: 'Inconclusive', reason: 'UnsupportedByProbe' }],
    ['is too old', { tns: { version: 313 } }, { outcome: 'Inconclusive', reason: 'UnsupportedByProbe' }],
    [
      'wants native encryption',
      { tns: { nativeEncryption: 'required' } },
      { outcome: 'Inconclusive', reason: 'UnsupportedByProbe' },
    ],
  ])('that %s has its own reason', async ([, settings, verdict]) => {
    expect(await verdictOn(settings)).toMatchObject(verdict);
  });

  test('whose logons take longer than pool.timeoutSeconds fails the pool', async () => {
    await using database = await startStandIn({ faults: { challenge: { kind: 'delay', ms: 300 } } });
    const parameters = parametersOf(database.connectString());
    const progress = new Progress();
    const impatient = { ...parameters, pool: { ...parameters.pool, timeoutSeconds: 0.2 } };
    const error: unknown = await provePool(impatient, progress).catch((thrown: unknown) => thrown);
    expect(failureVerdict(error, progress, (text) => text)).toMatchObject({
      outcome: 'TransientFailure',
      reason: 'PoolTimeoutTooShort',
      stage: 'pool',
      code: 'NJS-040',
      pool: { requested: 3, opened: 0 },
    });
  });
});

test('the pool has the settings of the profile, and no minimum', async () => {
  await using database = await startStandIn({});
  const pool = await openPool(parametersOf(database.connectString()));
  try {
    expect(pool).toMatchObject({
      poolMin: 0,
      poolMax: 7,
      poolIncrement: 1,
      queueTimeout: 30_000,
      queueMax: 1,
      maxLifetimeSession: 3600,
      poolPingInterval: 0,
      homogeneous: true,
      connectionsOpen: 0,
    });
  } finally {
    await pool.close(0);
  }
  expect(database.statistics.connects).toBe(0);
});
