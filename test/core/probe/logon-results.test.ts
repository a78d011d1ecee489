import { describe, expect, test } from 'vitest';
import { recordLogonResults, namespaceObjects } from '../../../src/core/probe/logon-results.ts';
import type { LogonResults } from '../../../src/contract/logon-results.ts';
import type { Verdict } from '../../../src/contract/verdict.ts';
import { NOW, shared, verdict } from '../builders.ts';

const refused = (fingerprint: string): Verdict =>
  verdict({ outcome: 'PermanentFailure', reason: 'AuthenticationFailed', stage: 'logon', fingerprint });
const accepted = (fingerprint: string): Verdict => verdict({ fingerprint });

const knowing = (answers: LogonResults, others: Record<string, string> = {}) =>
  shared({ logonResults: { resourceVersion: '7', data: { ...others, db: JSON.stringify(answers) } } });

const written = (seen: ReturnType<typeof shared>, said: Verdict, at = NOW, isTrusted = true) => {
  const [action] = recordLogonResults('shop', seen, [{ key: 'db', verdict: said, at, isTrusted: isTrusted }]);
  return action?.object as { metadata: object; data: Record<string, string> } | undefined;
};
const answers = (object: ReturnType<typeof written>) => JSON.parse(object?.data['db'] ?? '{}') as LogonResults;

describe('what a database said to credentials', () => {
  test('is written down where they are refused, fenced, and beside what is known', () => {
    const object = written(knowing({ aaaa: { at: 1, reason: 'AccountLocked' } }, { other: '{}' }), refused('bbbb'));
    expect(object?.metadata).toMatchObject({ namespace: 'shop', name: 'dbpool-logon-results', resourceVersion: '7' });
    expect(Object.keys(object?.data ?? {})).toContain('other');
    expect(answers(object)).toEqual({
      aaaa: { at: 1, reason: 'AccountLocked' },
      bbbb: { at: NOW, reason: 'AuthenticationFailed' },
    });
  });

  test('is taken back where they are accepted later', () => {
    const object = written(knowing({ aaaa: { at: 1, reason: 'AccountLocked' } }), accepted('aaaa'));
    expect(answers(object)).toEqual({ aaaa: { at: NOW } });
  });

  const starting = verdict({
    outcome: 'TransientFailure',
    reason: 'DatabaseStarting',
    stage: 'logon',
    code: 'ORA-01033',
    fingerprint: 'aaaa',
  });
  const unanswered = verdict({ outcome: 'TransientFailure', reason: 'TimedOut', stage: 'logon', fingerprint: 'aaaa' });
  test('is counted where they were sent and nobody answered, beside a refusal', () => {
    expect(answers(written(knowing({}), unanswered))).toEqual({ aaaa: { at: NOW, unanswered: 1 } });
    const before = { aaaa: { at: 1, reason: 'AccountLocked', unanswered: 1 } };
    expect(answers(written(knowing(before), unanswered))).toEqual({
      aaaa: { at: NOW, reason: 'AccountLocked', unanswered: 2 },
    });
    expect(answers(written(knowing({ aaaa: { at: 1, unanswered: 2 } }), accepted('aaaa')))).toEqual({
      aaaa: { at: NOW },
    });
  });

  test.for<[string, string]>([
    ['ORA-01033', 'logon'],
    ['ORA-00018', 'logon'],
    ['NJS-518', 'listener'],
    ['ORA-12520', 'listener'],
  ])('ends the count of logons without answer where it is %s, and keeps a refusal', ([code, stage]) => {
    const said = { ...unanswered, reason: 'DatabaseStarting', code, stage: stage as 'logon' };
    const before = { aaaa: { at: 1, reason: 'AccountLocked', unanswered: 2 } };
    expect(answers(written(knowing(before), said))).toEqual({ aaaa: { at: NOW, reason: 'AccountLocked' } });
    expect(answers(written(knowing({ aaaa: { at: 1, unanswered: 2 } }), said))).toEqual({ aaaa: { at: NOW } });
  });

  test('by a pod that is not believed is written down, and pushes out nothing that a believed one said', () => {
    const doubted = written(knowing({ bbbb: { at: 1, reason: 'AccountLocked' } }), refused('aaaa'), NOW, false);
    expect(answers(doubted)).toEqual({
      aaaa: { at: NOW, reason: 'AuthenticationFailed', isUntrusted: true },
      bbbb: { at: 1, reason: 'AccountLocked' },
    });
    const fingerprints = (from: number) => Array.from({ length: 16 }, (_, index) => (from + index).toString(16));
    const believed = fingerprints(0x1000).map((fingerprint) => [fingerprint, { at: 1, reason: 'AccountLocked' }]);
    const planted = fingerprints(0x2000).map((fingerprint) => [
      fingerprint,
      { at: 2, reason: 'AccountLocked', isUntrusted: true },
    ]);
    const all = { ...Object.fromEntries(believed), ...Object.fromEntries(planted) } as LogonResults;
    expect(answers(written(knowing(all), refused('aaaa'), NOW, false))).toMatchObject(Object.fromEntries(believed));
    expect(answers(written(knowing(all), refused('1000'), NOW, false))['1000']).not.toHaveProperty('isUntrusted');
  });

  test.for<[string, LogonResults, Verdict]>([
    ['an answer that is no refusal, beside a refusal', { aaaa: { at: 1, reason: 'AccountLocked' } }, starting],
    ['the same end without an answer', { aaaa: { at: NOW, unanswered: 1 } }, unanswered],
    ['the same refusal again', { aaaa: { at: NOW, reason: 'AuthenticationFailed' } }, refused('aaaa')],
    ['a refusal that is older than a success', { aaaa: { at: NOW + 1 } }, refused('aaaa')],
    ['a success of credentials that nobody refused', {}, accepted('aaaa')],
    ['a success that is older than a refusal', { aaaa: { at: NOW + 1, reason: 'AccountLocked' } }, accepted('aaaa')],
    [
      'a verdict without a fingerprint',
      {},
      verdict({ outcome: 'PermanentFailure', reason: 'LogonRefused', stage: 'logon' }),
    ],
    [
      'what never came to the logon',
      { aaaa: { at: 1, reason: 'AccountLocked' } },
      verdict({ outcome: 'TransientFailure', reason: 'ConnectionRefused', stage: 'connect', fingerprint: 'aaaa' }),
    ],
    [
      'that they were not sent',
      {},
      verdict({ outcome: 'PermanentFailure', reason: 'CredentialsKnownBad', stage: 'start', fingerprint: 'aaaa' }),
    ],
  ])('is no news: %s', ([, known, said]) => {
    expect(written(knowing(known), said)).toBeUndefined();
  });

  test('is bounded: the newest stay', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [at.toString(16).padStart(4, '0'), { at, reason: 'AccountLocked' }]),
    );
    const others = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`k${at}`, JSON.stringify({ aaaa: { at } })]),
    );
    const object = written(knowing(many, others), refused('ffff'));
    expect(Object.keys(answers(object))).toHaveLength(16);
    expect(answers(object)).toHaveProperty('ffff');
    expect(Object.keys(object?.data ?? {})).toHaveLength(64);
    expect(object?.data).not.toHaveProperty('k0');
  });

  test('that cannot be read is as if it were not there', () => {
    const seen = shared({ logonResults: { resourceVersion: '7', data: { db: 'broken' } } });
    expect(answers(written(seen, refused('aaaa')))).toHaveProperty('aaaa');
  });
});

test('the first probe of a namespace makes the salt, and never another', () => {
  const made = namespaceObjects('shop', shared({ salt: 'missing' }));
  expect(made.map(({ kind, object }) => `${kind} ${object.metadata.name}`)).toEqual([
    'createSalt dbpool-fingerprint-salt',
    'recordLogonResults dbpool-logon-results',
  ]);
  expect(made[0]?.object).toMatchObject({ immutable: true, data: { salt: 'a-fresh-salt' } });
  expect(namespaceObjects('shop', shared())).toEqual([]);
});
