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
  if (read.kind === 'invalid') throw new Error(read.problem);
  return read.parameters;
};

/** The verdict on a database with these settings, and what the database saw. */
async function verdictOn(settings: StandInSettings, changes: Changes = {}, service?: string) {
  await using database = await startStandIn(settings);
  const variables = environment(database.connectString(service), changes);
  const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
  return { verdict, statistics: { ...database.statistics } };
}

const user = (user: object): StandInSettings => ({ users: { APP: { password: 'right', ...user } } });

describe('the probe of a database that works', () => {
  test('opens min connections of the pool, and closes everything', async () => {
    const { verdict, statistics } = await verdictOn({});
    expect(verdict).toMatchObject({
      outcome: 'Succeeded',
      reason: 'PoolOpened',
      stage: 'done',
      remediation: '',
      pool: { requested: 3, opened: 3 },
      database: { version: '19.0.0.0.0', name: 'FREE', service: 'FREEPDB1', instance: 'FREE' },
    });
    expect(verdictSchema.parse(verdict)).toEqual(verdict);
    expect(verdict.warnings).toBeUndefined();
    // The first logon and three of the pool; each with a ping and a query.
    expect(statistics).toMatchObject({
      logons: 4,
      failedLogons: 0,
      pings: 4,
      logoffs: 4,
      peakSessions: 3,
      sessions: 0,
    });
  });

  test.for<[string, Changes, number]>([
    ['min', { DB_POOL_MIN: '2' }, 2],
    ['what the profile allows', { DB_POOL_MIN: '6', PROBE_CONNECTIONS: '2' }, 2],
    ['one, where min is 0', { DB_POOL_MIN: '0' }, 1],
    ['max, where min is the same', { DB_POOL_MIN: '2', DB_POOL_MAX: '2' }, 2],
  ])('never opens more than %s', async ([, changes, sessions]) => {
    const { verdict, statistics } = await verdictOn({}, changes);
    expect(verdict).toMatchObject({ reason: 'PoolOpened', pool: { requested: sessions, opened: sessions } });
    expect(statistics.peakSessions).toBe(sessions);
  });

  test('warns of a password that expires soon', async () => {
    const { verdict } = await verdictOn(user({ status: 'GRACE', graceDays: 5 }));
    expect(verdict).toMatchObject({
      reason: 'PoolOpened',
      warnings: ['ORA-28002: the password will expire within 5 days'],
    });
  });
});

describe('a verdict', () => {
  test('has the time of each part in whole milliseconds', async () => {
    const { verdict } = await verdictOn({ faults: { challenge: { kind: 'delay', ms: 30 } } });
    expect(Object.keys(verdict.timings ?? {}).toSorted()).toEqual(
      ['connectMs', 'fillMs', 'logonMs', 'pingMs', 'queryMs', 'resolveMs', 'totalMs'].toSorted(),
    );
    expect(verdict.timings?.logonMs).toBeGreaterThanOrEqual(29);
    expect(verdict.timings?.fillMs).toBeGreaterThanOrEqual(3 * 29);
    expect(Number.isInteger(verdict.timings?.connectMs)).toBe(true);
  });

  test('of a failure has the times of the parts that were done, and no others', async () => {
    const { verdict } = await verdictOn({}, { DB_PASSWORD: 'wrong' });
    expect(Object.keys(verdict.timings ?? {}).toSorted()).toEqual(['connectMs', 'resolveMs', 'totalMs']);
  });

  test('has the limits of sessions where the user may read them', async () => {
    const limits = { sessions: 300, otherSessions: 40, processes: 'UNLIMITED' as const };
    const account = user({ sessionsPerUser: 30, idleTime: 15 });
    const { verdict } = await verdictOn({ ...account, limits, database: { cpus: 8 }, mayReadDynamicViews: true });
    expect(verdict.limits).toEqual({
      sessionsPerUser: '30',
      idleTime: '15',
      cpus: 8,
      sessions: { inUse: 41, limit: '300' },
      processes: { inUse: 1, limit: 'UNLIMITED' },
    });
  });

  test('lists the views that the user may not read, and succeeds all the same', async () => {
    const { verdict } = await verdictOn({});
    const unreadableViews = ['V$RESOURCE_LIMIT', 'V$PARAMETER', 'V$SESSION'];
    expect(verdict).toMatchObject({ reason: 'PoolOpened', limits: { unreadableViews } });
  });

  test('has the session user', async () => {
    expect((await verdictOn({})).verdict.database).toMatchObject({ user: 'APP', uniqueName: 'FREE' });
  });

  test.for<[number, number, string[] | undefined]>([
    [100.5, 100, undefined],
    [9.5, 9, ['The password of the user expires in 9 days']],
  ])('has the days until the password expires: %d', async ([days, reported, warnings]) => {
    const expiryDate = new Date(Date.now() + days * 24 * 3600 * 1000).toISOString();
    const { verdict } = await verdictOn(user({ expiryDate }));
    expect(verdict.passwordExpiresInDays).toBe(reported);
    expect(verdict.warnings).toEqual(warnings);
  });
});

describe('the probe of an instance with few free sessions', () => {
  test('leaves those that others need', async () => {
    const { verdict, statistics } = await verdictOn({
      limits: { sessions: 100, otherSessions: 77 },
      mayReadDynamicViews: true,
    });
    expect(verdict).toMatchObject({ reason: 'PoolOpened', pool: { requested: 2, opened: 2 } });
    expect(verdict.warnings?.[0]).toContain('opens 2 of 3 connections and leaves 20 sessions to others');
    expect(statistics.peakSessions).toBe(2);
  });

  test('opens at least one connection', async () => {
    const { verdict } = await verdictOn({ limits: { sessions: 10 }, mayReadDynamicViews: true });
    expect(verdict).toMatchObject({ reason: 'PoolOpened', pool: { requested: 1, opened: 1 } });
  });
});

describe('a rejected logon', () => {
  test.for<[string, StandInSettings, Changes, object]>([
    ['a wrong password', {}, { DB_PASSWORD: 'gu3ssed' }, { reason: 'AuthenticationFailed', code: 'ORA-01017' }],
    ['an unknown user', {}, { DB_USER: 'NOBODY' }, { reason: 'AuthenticationFailed', code: 'ORA-01017' }],
    ['a locked account', user({ status: 'LOCKED' }), {}, { reason: 'AccountLocked', code: 'ORA-28000' }],
    ['an expired password', user({ status: 'EXPIRED' }), {}, { reason: 'PasswordExpired', code: 'ORA-28001' }],
    ['no CREATE SESSION', user({ status: 'NO_CREATE_SESSION' }), {}, { reason: 'CreateSessionNotGranted' }],
  ])('for %s is a PermanentFailure after one logon', async ([, settings, changes, verdict]) => {
    const seen = await verdictOn(settings, changes);
    expect(seen.verdict).toMatchObject({ outcome: 'PermanentFailure', stage: 'logon', ...verdict });
    expect(seen.verdict.pool).toBeUndefined();
    expect(JSON.stringify(seen.verdict)).not.toContain('gu3ssed');
    expect(seen.statistics).toMatchObject({ connects: 1, logons: 0, failedLogons: 1 });
  });

  test('does not happen with an empty password, which is not sent', async () => {
    const { verdict, statistics } = await verdictOn({}, { DB_PASSWORD: '' });
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'CredentialsMissing' });
    expect(statistics.connects).toBe(0);
  });

  test('while the pool is filled ends the probe after one rejection', async () => {
    const { verdict, statistics } = await verdictOn({ limits: { sessions: 2 } });
    expect(verdict).toMatchObject({
      outcome: 'InsufficientCapacity',
      reason: 'SessionLimitReached',
      stage: 'pool',
      code: 'ORA-00018',
      pool: { requested: 3, opened: 2 },
    });
    expect(statistics).toMatchObject({ logons: 3, failedLogons: 1, logoffs: 3, sessions: 0 });
  });

  test.for<[string, StandInSettings, object]>([
    ['no session is left', { limits: { sessions: 0 } }, { reason: 'SessionLimitReached', stage: 'logon' }],
    ['the user has too many', user({ sessionsPerUser: 2 }), { reason: 'UserSessionLimitReached', stage: 'pool' }],
    [
      'the listener finds no process',
      { limits: { processes: 0 } },
      { reason: 'NoHandlerAvailable', stage: 'listener', code: 'ORA-12516' },
    ],
    [
      'the instance has no process',
      { limits: { processes: 0, processesCheckedBy: 'instance' } },
      { reason: 'ProcessLimitReached', stage: 'logon' },
    ],
  ])('because %s is InsufficientCapacity', async ([, settings, verdict]) => {
    expect((await verdictOn(settings)).verdict).toMatchObject({ outcome: 'InsufficientCapacity', ...verdict });
  });
});

describe('a database', () => {
  test('that does not know the service is a TransientFailure', async () => {
    const { verdict, statistics } = await verdictOn({}, {}, 'NOWHERE');
    expect(verdict).toMatchObject({ outcome: 'TransientFailure', reason: 'ServiceUnknown', stage: 'listener' });
    expect(statistics).toMatchObject({ connects: 1, logons: 0, failedLogons: 0 });
  });

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
      { faults: { challenge: { kind: 'close' } } },
      { outcome: 'TransientFailure', reason: 'ConnectionClosed', stage: 'logon' },
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
    expect((await verdictOn(settings)).verdict).toMatchObject(verdict);
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
