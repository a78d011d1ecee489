import { describe, expect, test } from 'vitest';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { encodeVerdict } from '../../../src/probe/verdict/termination-message.ts';
import { failureVerdict } from '../../../src/probe/verdict/verdict.ts';

describe('redaction', () => {
  test.for([
    ['the password', { DB_PASSWORD: 's3cret' }, 'logon with s3cret failed'],
    ['a password with a line break at its end', { DB_PASSWORD: 'my s3cret\n' }, 'logon with my s3cret failed'],
    ['a password in the connect string', { DB_CONNECT_STRING: 'app/s3cret@db:1521/x' }, 'format: app/s3cret@db:1521/x'],
    [
      'a password with the separators / and @',
      { DB_CONNECT_STRING: 'app/a@s3cret/b@db/x' },
      'format: app/a@s3cret/b@db/x',
    ],
    ['a password in a URL', { DB_CONNECT_STRING: 'oracle://app:s3cret@db/x' }, 'host s3cret port 1'],
    [
      'a password that the driver prints without blanks',
      { DB_CONNECT_STRING: 'app / s3 cret@db' },
      'format: app/s3cret@db',
    ],
    [
      "a wallet's password",
      { DB_CONNECT_STRING: '(DESCRIPTION=(SECURITY=(WALLET_PASSWORD = s3cret)))' },
      'syntax: (WALLET_PASSWORD=s3cret)',
    ],
    ['the password of a mounted wallet', { WALLET_PASSWORD: 's3cret' }, 'bad decrypt of s3cret'],
    [
      'a password in Easy Connect parameters',
      { DB_CONNECT_STRING: 'db/x?wallet_password=s3cret&sdu=1' },
      'wallet_password=s3cret',
    ],
  ] as const)('hides %s', ([, variables, text]) => {
    const redacted = redactorFor({ ...variables })(text);
    expect(redacted).not.toContain('s3cret');
    expect(redacted).toContain('***');
  });

  test('without a secret leaves a text unchanged', () => {
    expect(redactorFor({ DB_PASSWORD: '', DB_CONNECT_STRING: 'db:1521/x' })('ORA-01017: no')).toBe('ORA-01017: no');
  });

  test('covers every part of a verdict', () => {
    const progress = new Progress();
    progress.reach('query');
    progress.database = { name: 's3cret', service: 'xs3cretx' };
    progress.warnings.push('ORA-28002: s3cret expires');
    const verdict = failureVerdict(new Error('no s3cret'), progress, redactorFor({ DB_PASSWORD: 's3cret' }));
    expect(encodeVerdict(verdict)).not.toContain('s3cret');
    expect(verdict).toMatchObject({ reason: 'ProbeFailed', message: expect.stringContaining('Error: no ***') });
  });
});
