import { describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { environment } from '../environment.ts';

describe('parameters', () => {
  test('are the variables of the Job', () => {
    expect(readParameters(environment('db:1521/ORDERS'))).toEqual({
      kind: 'valid',
      parameters: {
        pool: { min: 3, max: 7, timeoutSeconds: 30, recycleSeconds: 3600 },
        database: { connectString: 'db:1521/ORDERS', user: 'APP', password: 'right' },
        connections: 3,
        reservedSessions: 20,
        timeoutSeconds: 20,
        wallet: undefined,
        tnsDir: undefined,
        caFile: undefined,
        salt: undefined,
        logonResults: {},
        isLogonForced: false,
      },
    });
  });

  test('hold wallet, CA, salt and earlier logon results where the Job has them', () => {
    const logonResults = { a1b2: { at: 1, reason: 'AccountLocked' } };
    const given = environment('db', {
      WALLET_DIR: '/wallet',
      WALLET_PASSWORD: 'w',
      CA_FILE: '/ca/ca.crt',
      PROBE_SALT: 'salt',
      PROBE_LOGON_RESULTS: JSON.stringify(logonResults),
      PROBE_FORCE_LOGON: 'true',
    });
    expect(readParameters(given)).toMatchObject({
      parameters: {
        wallet: { dir: '/wallet', password: 'w' },
        caFile: '/ca/ca.crt',
        salt: 'salt',
        logonResults,
        isLogonForced: true,
      },
    });
  });

  test.for(['', 'no JSON', '[]', '{"a1b2":{}}'])(
    'take logon results that cannot be read (%s) for none',
    (PROBE_LOGON_RESULTS) => {
      expect(readParameters(environment('db', { PROBE_LOGON_RESULTS }))).toMatchObject({
        parameters: { logonResults: {} },
      });
    },
  );

  test.for<[string, string, number]>([
    ['5', '10', 5],
    ['12', '10', 10],
    ['0', '10', 1],
  ])('with min %s and at most %s connections open %i', ([DB_POOL_MIN, PROBE_CONNECTIONS, connections]) => {
    const read = readParameters(environment('db', { DB_POOL_MIN, DB_POOL_MAX: '20', PROBE_CONNECTIONS }));
    expect(read).toMatchObject({ parameters: { connections } });
  });

  test.for<[string, Record<string, string | undefined>, string, string]>([
    ['an empty password', { DB_PASSWORD: '' }, 'CredentialsMissing', 'DB_PASSWORD: expected a text that is not empty'],
    ['a password of blanks', { DB_PASSWORD: ' \n' }, 'CredentialsMissing', 'DB_PASSWORD'],
    ['no user', { DB_USER: undefined }, 'CredentialsMissing', 'DB_USER'],
    ['no connect string', { DB_CONNECT_STRING: '' }, 'ParametersInvalid', 'DB_CONNECT_STRING'],
    [
      'max that is no number',
      { DB_POOL_MAX: 'forty' },
      'ParametersInvalid',
      'DB_POOL_MAX: expected an integer from 1 to 2000, got "forty"',
    ],
    ['max out of bounds', { DB_POOL_MAX: '2001' }, 'ParametersInvalid', 'got "2001"'],
    ['min above max', { DB_POOL_MIN: '8' }, 'ParametersInvalid', 'DB_POOL_MIN is 8 and DB_POOL_MAX is 7'],
    ['no time', { PROBE_TIMEOUT_SECONDS: undefined }, 'ParametersInvalid', 'PROBE_TIMEOUT_SECONDS'],
    ['two at once', { DB_USER: '', DB_POOL_MAX: '' }, 'ParametersInvalid', 'DB_USER'],
  ])('with %s are reported, not used', ([, changes, reason, problem]) => {
    const read = readParameters(environment('db', changes));
    expect(read).toMatchObject({ kind: 'invalid', reason });
    expect(read.kind === 'invalid' && String(read.problem)).toContain(problem);
  });

  test('never show a value that may be secret', () => {
    const read = readParameters(environment('app/s3cret@db', { DB_POOL_MIN: 'x', DB_PASSWORD: 's3cret', DB_USER: '' }));
    expect(JSON.stringify(read)).not.toContain('s3cret');
  });
});
