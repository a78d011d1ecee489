import { describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../../src/probe/credentials/fingerprint.ts';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { probe } from '../../../src/probe/probe.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { type LogonResults, isLogonRejected, maySend } from '../../../src/contract/logon-results.ts';
import { recordLogonResults } from '../../../src/core/probe/logon-results.ts';
import { shared } from '../../core/builders.ts';
import { type StandIn, type StandInSettings, startStandIn } from '../../oracle/stand-in.ts';
import { environment } from '../environment.ts';

const SALT = 'of the namespace';
const HOUR_MS = 3600 * 1000;

async function verdictOn(settings: StandInSettings, changes: Record<string, string>, answers: LogonResults = {}) {
  await using database = await startStandIn(settings);
  const variables = environment(database.connectString(), {
    PROBE_SALT: SALT,
    PROBE_LOGON_RESULTS: JSON.stringify(answers),
    ...changes,
  });
  const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
  return { verdict, statistics: { ...database.statistics } };
}

const refusedBefore = async (password: string): Promise<LogonResults> => ({
  [await fingerprintOf('APP', password, SALT)]: { at: Date.UTC(2026, 0, 1), reason: 'AuthenticationFailed' },
});

describe('the fingerprint of a verdict', () => {
  test('has 16 bits, and is there after a success and after a failure', async () => {
    const right = await verdictOn({}, {});
    const wrong = await verdictOn({}, { DB_PASSWORD: 'wrong' });
    const nobody = await verdictOn({ faults: { connect: { kind: 'close' } } }, {});
    expect(right.verdict.fingerprint).toMatch(/^[0-9a-f]{4}$/);
    expect(wrong.verdict.fingerprint).toMatch(/^[0-9a-f]{4}$/);
    expect(nobody.verdict.fingerprint).toBe(right.verdict.fingerprint);
    expect(wrong.verdict.fingerprint).not.toBe(right.verdict.fingerprint);
  });

  test('depends on user, password and salt, and not on the case of the user', async () => {
    const all = await Promise.all([
      fingerprintOf('app', 'a', 's'),
      fingerprintOf('APP', 'a', 's'),
      fingerprintOf('"app"', 'a', 's'),
      fingerprintOf('APP', 'A', 's'),
      fingerprintOf('APP', 'a', 't'),
    ]);
    expect(all[0]).toBe(all[1]);
    expect(new Set(all).size).toBe(4);
  });

  test('is missing without a salt', async () => {
    const { verdict } = await verdictOn({}, { PROBE_SALT: '' });
    expect(verdict).toMatchObject({ reason: 'PoolOpened' });
    expect(verdict.fingerprint).toBeUndefined();
  });
});

describe('credentials', () => {
  test('that were rejected are not sent again: no packet reaches the database', async () => {
    const { verdict, statistics } = await verdictOn({}, { DB_PASSWORD: 'wrong' }, await refusedBefore('wrong'));
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'CredentialsKnownBad', stage: 'start' });
    expect(verdict.message).toBe(
      'AuthenticationFailed at 2026-01-01T00:00:00Z: The database rejected these credentials before: they were not sent again',
    );
    expect(isLogonRejected(verdict)).toBe(false);
    expect(statistics).toMatchObject({ connects: 0, failedLogons: 0 });
  });

  test('that were rejected are sent where a user requests a logon', async () => {
    const changes = { DB_PASSWORD: 'wrong', PROBE_FORCE_LOGON: 'true' };
    const { verdict, statistics } = await verdictOn({}, changes, await refusedBefore('wrong'));
    expect(verdict).toMatchObject({ reason: 'AuthenticationFailed' });
    expect(statistics).toMatchObject({ failedLogons: 1 });
  });

  test('that differ from the rejected ones are sent at once', async () => {
    const { verdict } = await verdictOn({}, {}, await refusedBefore('wrong'));
    expect(verdict).toMatchObject({ reason: 'PoolOpened' });
  });

  test('that were accepted since are sent', async () => {
    const accepted = { [await fingerprintOf('APP', 'right', SALT)]: { at: 1 } };
    expect((await verdictOn({}, {}, accepted)).verdict).toMatchObject({ reason: 'PoolOpened' });
  });

  test('that got no answer three times are sent again only where a user requests it, or after a day', async () => {
    const answers = async (unanswered: number, hoursAgo = 23) => ({
      [await fingerprintOf('APP', 'right', SALT)]: { at: Date.now() - hoursAgo * HOUR_MS, unanswered },
    });
    const { verdict, statistics } = await verdictOn({}, {}, await answers(3));
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'LogonOutcomeUnknown', stage: 'start' });
    expect(verdict.message).toContain(
      'Too many logons with these credentials got no answer: 3 in a row, the last at 20',
    );
    expect(verdict.remediation).toMatch(/request a probe \(dbpool\.dev\/probe-requested-at\); .*once in 24 hours/);
    expect(statistics).toMatchObject({ connects: 0 });
    expect((await verdictOn({}, {}, await answers(2))).verdict).toMatchObject({ reason: 'PoolOpened' });
    const forced = await verdictOn({}, { PROBE_FORCE_LOGON: 'true' }, await answers(3));
    expect(forced.verdict).toMatchObject({ reason: 'PoolOpened' });
    expect((await verdictOn({}, {}, await answers(3, 25))).verdict).toMatchObject({ reason: 'PoolOpened' });
  });
});

describe('maySend', () => {
  const at = Date.UTC(2026, 0, 1);
  const hoursLater = (hours: number, result: object) => maySend({ at, ...result }, at + hours * HOUR_MS);

  test.for(['AuthenticationFailed', 'PasswordExpired', 'CreateSessionNotGranted', 'PrivilegesInsufficient'])(
    'credentials of %s are never sent again',
    (reason) => {
      expect(hoursLater(9999, { reason })).toBe(false);
    },
  );

  test('an account that was locked is tried once a day: PASSWORD_LOCK_TIME may have unlocked it', () => {
    expect([0, 23, 24].map((hours) => hoursLater(hours, { reason: 'AccountLocked' }))).toEqual([false, false, true]);
  });

  test('the fourth logon without an answer is a day after the third', () => {
    expect([0, 23, 24].map((hours) => hoursLater(hours, { unanswered: 3 }))).toEqual([false, false, true]);
    expect(hoursLater(0, { unanswered: 2 })).toBe(true);
    expect(hoursLater(24, { unanswered: 3, reason: 'AuthenticationFailed' })).toBe(false);
  });
});

describe('a logon that gets no answer', () => {
  /** Probes one after another; each receives the logon results that the operator recorded after the one before. */
  async function probeInARow(database: StandIn, count: number, meanwhile: (turn: number) => void = () => undefined) {
    const reasons: string[] = [];
    const start = Date.now() - 60_000;
    let data: Readonly<Record<string, string>> = {};
    for (let turn = 1; turn <= count; turn += 1) {
      meanwhile(turn);
      const variables = environment(database.connectString(), {
        PROBE_SALT: SALT,
        PROBE_LOGON_RESULTS: data['db'] ?? '',
      });
      const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
      reasons.push(verdict.reason);
      const seen = shared({ logonResults: { resourceVersion: String(turn), data } });
      const [write] = recordLogonResults('shop', { ...seen, now: start + turn }, [
        { key: 'db', verdict, at: start + turn, isTrusted: true },
      ]);
      data = (write?.object['data'] ?? data) as typeof data;
    }
    return reasons;
  }

  test('is repeated twice, and then no socket is opened', async () => {
    await using database = await startStandIn({ faults: { proof: { kind: 'close' } } });
    expect(await probeInARow(database, 5)).toEqual([
      'ConnectionClosed',
      'ConnectionClosed',
      'ConnectionClosed',
      'LogonOutcomeUnknown',
      'LogonOutcomeUnknown',
    ]);
    expect(database.statistics.connects).toBe(3);
  });

  test.for(['protocol', 'dataTypes', 'challenge'])(
    'is repeated each time if the connection closes at %s: the password was not sent',
    async (stage) => {
      await using database = await startStandIn({ faults: { [stage]: { kind: 'close' } } });
      expect(await probeInARow(database, 5)).toEqual(Array.from({ length: 5 }, () => 'ConnectionClosed'));
    },
  );

  test('is repeated twice again after one that got an answer', async () => {
    await using database = await startStandIn({});
    const reasons = await probeInARow(database, 5, (turn) => {
      if (turn === 3) database.change({ faults: { proof: { kind: 'error', code: 1033 } } });
      else database.change({ faults: { proof: { kind: 'close' } } });
    });
    expect(reasons).toEqual([
      'ConnectionClosed',
      'ConnectionClosed',
      'DatabaseStarting',
      'ConnectionClosed',
      'ConnectionClosed',
    ]);
  });
});
