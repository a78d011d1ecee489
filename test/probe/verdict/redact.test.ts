import { describe, expect, test } from 'vitest';
import { WITH_CREDENTIALS, WITHOUT_CREDENTIALS } from '../../contract/connect-strings.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { encodeVerdict } from '../../../src/probe/verdict/termination-message.ts';
import { failureVerdict } from '../../../src/probe/verdict/verdict.ts';

describe('redaction', () => {
  test.for([
    ['the password', { DB_PASSWORD: 's3cret' }, 'logon with s3cret failed'],
    ['a password with a line break at its end', { DB_PASSWORD: 'my s3cret\n' }, 'logon with my s3cret failed'],
    ['the password of a mounted wallet', { WALLET_PASSWORD: 's3cret' }, 'bad decrypt of s3cret'],
  ] as const)('hides %s', ([, variables, text]) => {
    const redacted = redactorFor({ ...variables })(text);
    expect(redacted).not.toContain('s3cret');
    expect(redacted).toContain('***');
  });

  test('hides a password of 60 kB that is no regular expression', () => {
    const password = '(['.repeat(30_000);
    expect(redactorFor({ DB_PASSWORD: password })(`a ${password} b`)).toBe('a *** b');
  });

  test.for(WITH_CREDENTIALS)(
    'withholds all texts where the connect string or the descriptor is %j',
    (connectString) => {
      const withheld = '(text withheld: the connect string has a form that may hold credentials)';
      expect(redactorFor({ DB_CONNECT_STRING: connectString })(`format: ${connectString}`)).toBe(withheld);
      expect(redactorFor({ DB_CONNECT_STRING: 'orders' })('ORA-00018: no', connectString)).toBe(withheld);
    },
  );

  test.for(WITHOUT_CREDENTIALS)('leaves texts where the connect string is %j', ([connectString]) => {
    expect(redactorFor({ DB_CONNECT_STRING: connectString })(`format: ${connectString}`)).toBe(
      `format: ${connectString}`,
    );
  });

  test.for(['host', 'port', 'CONNECTION', 'nect', 'host db', 'connection to host', 'a', '01', 'ORA-01034', 'oracle'])(
    'leaves the public words of a text where the password is %s',
    (password) => {
      const text = 'connection to host. ORA-01034: ORACLE not available';
      const redacted = redactorFor({ DB_PASSWORD: password })(`${text}; host db`);
      expect(redacted).toBe(password === 'host db' ? `${text}; ***` : `${text}; host db`);
    },
  );

  test('hides a password that has a public word in it, or is a part of another word', () => {
    expect(redactorFor({ DB_PASSWORD: 'host1' })('host host1 xhost1x HOST1')).toBe('host *** x***x HOST1');
    expect(redactorFor({ DB_PASSWORD: 'host' })('host xhostx host')).toBe('host x***x host');
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

describe('redaction of a connect string from a Secret', () => {
  const secret = (connectString: string) =>
    redactorFor({ DB_CONNECT_STRING: connectString, PROBE_SECRET_CONNECT_STRING: 'true' });
  const descriptor = `# the database of host and port
    (DESCRIPTION=(RETRY_COUNT=3)(CONNECT_TIMEOUT=10)(ADDRESS=(PROTOCOL=tcps)(HOST=db7.shop.example)(PORT=1522))
    (CONNECT_DATA=(SERVER=DEDICATED)(SERVICE_NAME=orders.shop.example)))`;

  test('hides hosts, ports and services, and leaves what is no secret', () => {
    const redact = secret(descriptor);
    expect(redact('NJS-503: connection to host db7.shop.example port 1522 could not be established.')).toBe(
      'NJS-503: connection to host *** port *** could not be established.',
    );
    expect(redact('Service "orders.shop.example" is not registered with the listener at host 10.1.2.3')).toBe(
      'Service "***" is not registered with the listener at host ***',
    );
    expect(redact('ORDERS on DB7, db7.shop.example.')).toBe('*** on ***, ***.');
    expect(redact('fe80::1 and [2001:db8::2]:1522')).toBe('*** and [***]:***');
    for (const text of [
      '19.21.0.0.0',
      'at 12:30:45 UTC',
      'Oracle Database 19c, version 19.21.0.0.0',
      'The host name does not resolve; the dedicated server of the database',
      'not done within 10 s, 3 of 3 connections',
      'Request exceeded "connectTimeout" of 10 seconds.',
    ])
      expect(redact(text)).toBe(text);
  });

  test.for([
    ['limit:1521/exceeded', 'ORA-02391: exceeded simultaneous SESSIONS_PER_USER limit'],
    ['the:1521/user', 'ORA-28000: The account is locked.'],
    [
      'audit.space:1521/trail',
      'ORA-09817: Write to audit file failed.\nLinux-x86_64 Error: 28: No space left on device',
    ],
    ['db:1521/x', 'ORA-01034: ORACLE not available, 12.2.0.1, 11.2.0.4'],
    ['db:1521/x', 'Oracle Database Release 10.2.0.5 and version 9.2.0.8'],
  ] as const)('of %s leaves %s', ([connectString, text]) => {
    expect(secret(connectString)(text)).toBe(text);
  });

  test('hides addresses that look like versions', () => {
    const redact = secret('12.1.0.2:1521/x');
    expect(redact('to 12.1.0.2')).toBe('to ***');
    expect(secret('db/x')('host 12.2.0.1, ECONNREFUSED 12.2.0.1:1521, 10.2.0.5, 12.20.0.1')).toBe(
      'host ***, ECONNREFUSED ***:1521, ***, ***',
    );
  });

  test('hides the parts of an Easy Connect string', () => {
    const redact = secret('tcps://db7:1522,db8/orders:pooled?retry_count=3&wallet_location=/opt/w1');
    expect(redact('db7 db8 1522 orders w1')).toBe('*** *** *** *** ***');
    expect(redact('tcps, pooled, 3 times')).toBe('tcps, pooled, 3 times');
  });

  test('finds a word as long as a connect string', () => {
    const word = 'x'.repeat(4000);
    expect(secret(`db/${word}`)(`to ${word}.`)).toBe('to ***.');
  });
});
