import { describe, expect, test } from 'vitest';
import { encode } from '../../../src/probe/verdict/termination-message.ts';
import { cutToBytes, tidy } from '../../../src/probe/verdict/driver-text.ts';
import { ProbeError } from '../../../src/probe/verdict/probe-error.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { failure } from '../../../src/probe/verdict/verdict.ts';
import { scrubOf } from '../../../src/probe/verdict/redact.ts';
import { VERDICT_MAX_BYTES, verdictSchema } from '../../../src/contract/verdict.ts';

describe('a text of the driver', () => {
  test('becomes one line that is the same at the next try', () => {
    const text =
      'NJS-503: connection to host db port 1521 could not be established. (CONNECTION_ID=q+a/Z==)\nconnect ECONNREFUSED\n' +
      'Help: https://docs.oracle.com/error-help/db/njs-503/';
    expect(tidy(text)).toBe('NJS-503: connection to host db port 1521 could not be established. connect ECONNREFUSED');
  });

  test.for([
    ['abcdef', 3, 'abc'],
    ['aä', 2, 'a'],
    ['a€b', 3, 'a'],
    ['a€b', 4, 'a€'],
    ['a😀', 4, 'a'],
    ['ab', 2, 'ab'],
  ] as const)('%s cut to %i bytes is %s', ([text, max, cut]) => {
    expect(cutToBytes(text, max)).toBe(cut);
  });
});

describe('a secret', () => {
  test.for([
    ['the password', { DB_PASSWORD: 's3cret' }, 'logon with s3cret failed'],
    ['a password with a line break at its end', { DB_PASSWORD: 'my s3cret\n' }, 'logon with my s3cret failed'],
    ['a password in the connect string', { DB_CONNECT_STRING: 'app/s3cret@db:1521/x' }, 'format: app/s3cret@db:1521/x'],
    ['one with the signs that part it', { DB_CONNECT_STRING: 'app/a@s3cret/b@db/x' }, 'format: app/a@s3cret/b@db/x'],
    ['one in a URL', { DB_CONNECT_STRING: 'oracle://app:s3cret@db/x' }, 'host s3cret port 1'],
    ['one that the driver prints without blanks', { DB_CONNECT_STRING: 'app / s3 cret@db' }, 'format: app/s3cret@db'],
    [
      "a wallet's password",
      { DB_CONNECT_STRING: '(DESCRIPTION=(SECURITY=(WALLET_PASSWORD = s3cret)))' },
      'syntax: (WALLET_PASSWORD=s3cret)',
    ],
    ['the password of a mounted wallet', { WALLET_PASSWORD: 's3cret' }, 'bad decrypt of s3cret'],
    ['one in Easy Connect', { DB_CONNECT_STRING: 'db/x?wallet_password=s3cret&sdu=1' }, 'wallet_password=s3cret'],
  ] as const)('%s is not said', ([, variables, text]) => {
    const scrubbed = scrubOf({ ...variables })(text);
    expect(scrubbed).not.toContain('s3cret');
    expect(scrubbed).toContain('***');
  });

  test('that is not there leaves a text as it is', () => {
    expect(scrubOf({ DB_PASSWORD: '', DB_CONNECT_STRING: 'db:1521/x' })('ORA-01017: no')).toBe('ORA-01017: no');
  });

  test('is in no part of a verdict', () => {
    const progress = new Progress();
    progress.reach('query');
    progress.database = { name: 's3cret', service: 'xs3cretx' };
    progress.warnings.push('ORA-28002: s3cret expires');
    const verdict = failure(new Error('no s3cret'), progress, scrubOf({ DB_PASSWORD: 's3cret' }));
    expect(encode(verdict)).not.toContain('s3cret');
    expect(verdict).toMatchObject({ reason: 'ProbeFailed', message: expect.stringContaining('Error: no ***') });
  });
});

describe('a verdict', () => {
  test.for([
    ['long', 'x'.repeat(9000)],
    ['of many bytes', '😀'.repeat(900)],
    ['that JSON makes longer', '"\\'.repeat(900)],
    ['of controls', '\u0000\u001b\n'.repeat(900)],
    ['of broken characters', '\ud800'.repeat(900)],
  ] as const)('fits the termination message and the schema with texts that are %s', ([, text]) => {
    const progress = new Progress();
    progress.reach('pool');
    progress.requested = 3;
    const names = { name: text, uniqueName: text, pdbName: text, service: text, instance: text, user: text };
    progress.database = { version: text, ...names };
    const usage = { inUse: 10_000_000, limit: ' UNLIMITED' };
    const unreadableViews = ['USER_USERS', 'USER_RESOURCE_LIMITS', 'V$RESOURCE_LIMIT', 'V$PARAMETER'];
    progress.limits = {
      sessions: usage,
      processes: usage,
      sessionsPerUser: 'UNLIMITED',
      idleTime: 'DEFAULT',
      unreadableViews,
    };
    progress.warnings.push(...Array.from({ length: 7 }, () => text));
    const encoded = encode(failure(new Error(text), progress, (kept) => kept));
    expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(VERDICT_MAX_BYTES);
    expect(verdictSchema.parse(JSON.parse(encoded))).toMatchObject({ reason: 'ProbeFailed', stage: 'pool' });
  });

  test('says how far the filling came', () => {
    const progress = new Progress();
    progress.reach('pool');
    progress.requested = 5;
    progress.opened = 2;
    const error = new Error('ORA-00018: maximum number of sessions exceeded');
    expect(failure(Object.assign(error, { code: 'ORA-00018' }), progress, (text) => text)).toMatchObject({
      outcome: 'InsufficientCapacity',
      reason: 'SessionLimitReached',
      stage: 'pool',
      code: 'ORA-00018',
      pool: { requested: 5, opened: 2 },
      message: 'Opening the pool failed with 2 of 5 connections open: ORA-00018: maximum number of sessions exceeded',
    });
  });

  test('about a finding of the probe itself has its reason and where it stood', () => {
    const progress = new Progress();
    progress.reach(() => 'listener');
    expect(failure(new ProbeError('TimedOut', 'not done within 5 s'), progress, (text) => text)).toMatchObject({
      outcome: 'TransientFailure',
      reason: 'TimedOut',
      stage: 'listener',
      message: 'The listener did not connect the probe: not done within 5 s',
    });
  });
});
