import { describe, expect, test } from 'vitest';
import { failureMessage } from '../../../src/core/probe/failure-message.ts';
import { verdict } from '../builders.ts';

const rejected = verdict({
  outcome: 'PermanentFailure',
  reason: 'AuthenticationFailed',
  stage: 'logon',
  message: 'The database rejected user or password: ORA-01017: logon denied',
  remediation: 'Correct spec.database.credentialsSecretRef.',
});

const database = {
  connectString: 'db:1521/SHOP',
  credentialsSecretRef: { name: 'search-db', usernameKey: 'DB_USER', passwordKey: 'DB_PASSWORD' },
  sessions: { reserve: 20, policy: 'Warn' as const },
};

const messageWith = (remediation: string, changes: object) =>
  failureMessage({ ...rejected, remediation }, { ...database, ...changes }, true);

describe('the message of a failed probe', () => {
  test('the message of a failed probe says what is wrong, which keys of which Secret to correct, and what happens next', () => {
    expect(failureMessage(rejected, database, true)).toBe(
      'The database rejected user or password: ORA-01017: logon denied. ' +
        'Correct Secret search-db (keys DB_USER and DB_PASSWORD). ' +
        'The operator probes again within 6 minutes, and does not send these credentials again.',
    );
  });

  test('the message of a failed probe says when a locked account is tried again', () => {
    const locked = { ...rejected, reason: 'AccountLocked' };
    expect(failureMessage(locked, database, true)).toContain(', and sends these credentials again after 24 hours.');
  });

  test('the message of a failed probe says where the operator does not retry by itself', () => {
    expect(failureMessage(rejected, database, false)).toContain(
      'does not retry until a probe is requested (dbpool.dev/probe-requested-at) or the spec changes.',
    );
  });

  test('the message of a failed probe promises another probe, and no more, where nothing was rejected', () => {
    const timedOut = verdict({
      outcome: 'TransientFailure',
      reason: 'TimedOut',
      stage: 'logon',
      message: 'No',
      remediation: '',
    });
    expect(failureMessage(timedOut, database, true)).toBe('No. The operator probes again within 6 minutes.');
  });

  test.for<[string, object, string]>([
    ['spec.database.walletSecretRef', { walletSecretRef: { name: 'wallet' } }, 'Check Secret wallet.'],
    ['spec.database.walletSecretRef', {}, 'Check spec.database.walletSecretRef.'],
    [
      'spec.database.caConfigMapKeyRef',
      { caConfigMapKeyRef: { name: 'corporate-ca', key: 'ca.crt' } },
      'Check ConfigMap corporate-ca (key ca.crt).',
    ],
    ['spec.database.connectString', {}, 'Check spec.database.connectString.'],
    [
      'spec.database.connectString',
      { connectString: undefined, connectStringFrom: { secretKeyRef: { name: 'place', key: '$&' } } },
      'Check Secret place (key $&).',
    ],
    [
      'spec.database.connectString',
      { connectString: undefined, connectStringFrom: { configMapKeyRef: { name: 'place', key: 'url' } } },
      'Check ConfigMap place (key url).',
    ],
  ])('the message of a failed probe replaces %s by the object that %j names', ([field, changes, sentence]) => {
    expect(messageWith(`Check ${field}.`, changes)).toContain(sentence);
  });

  test('the message of a failed probe keeps the fields where the profile has no database', () => {
    expect(failureMessage(rejected, undefined, true)).toContain('spec.database.credentialsSecretRef');
  });
});
