import { describe, expect, test } from 'vitest';
import { type LogonResults, maySend, parseLogonResults } from '../../../src/contract/logon-results.ts';
import type { Verdict } from '../../../src/contract/verdict.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { namespaceObjects, recordLogonResults } from '../../../src/core/probe/logon-results.ts';
import {
  authenticationFailed,
  container,
  DATABASE,
  deployment,
  finishedProbe,
  NOW,
  observed,
  profile,
  renderedConfigMap,
  shared,
  spec,
  variablesFrom,
  verdict,
} from '../builders.ts';
import { actionNames, runningBackend } from '../rollout-builders.ts';
import { config, configMapWith, credentialsKey, logonResultsKey } from './builders.ts';

const refused = (fingerprint: string): Verdict =>
  verdict({ outcome: 'PermanentFailure', reason: 'AuthenticationFailed', stage: 'logon', fingerprint });
const accepted = (fingerprint: string): Verdict => verdict({ fingerprint });

const knowing = (answers: LogonResults, others: Record<string, string> = {}) =>
  shared({ logonResults: { resourceVersion: '7', data: { ...others, db: JSON.stringify(answers) } } });

const written = (seen: ReturnType<typeof shared>, said: Verdict, at = NOW, isTrusted = true) => {
  const [action] = recordLogonResults('shop', { ...seen, now: NOW }, [{ key: 'db', verdict: said, at, isTrusted }]);
  return action?.object as { metadata: object; data: Record<string, string> } | undefined;
};
const answers = (object: ReturnType<typeof written>) => JSON.parse(object?.data['db'] ?? '{}') as LogonResults;

describe('recordLogonResults', () => {
  test('a rejected logon is recorded, fenced, beside the results that are there', () => {
    const object = written(knowing({ aaaa: { at: 1, reason: 'AccountLocked' } }, { other: '{}' }), refused('bbbb'));
    expect(object?.metadata).toMatchObject({ namespace: 'shop', name: 'dbpool-logon-results', resourceVersion: '7' });
    expect(Object.keys(object?.data ?? {})).toContain('other');
    expect(answers(object)).toEqual({
      aaaa: { at: 1, reason: 'AccountLocked' },
      bbbb: { at: NOW, reason: 'AuthenticationFailed' },
    });
  });

  test('a result from the far future counts as long ago: later ones replace it, and it pushes out no other', () => {
    const future = Date.UTC(9998, 0);
    const forged = Object.fromEntries(
      Array.from({ length: 16 }, (_, index) => [`000${index.toString(16)}`, { at: future, reason: 'AccountLocked' }]),
    );
    const object = written(knowing({ ...forged, aaaa: { at: 1, reason: 'AccountLocked' } }), accepted('0001'));
    expect(answers(object)).toMatchObject({ '0001': { at: NOW }, aaaa: { at: 1 } });
    const late = written(knowing({}), refused('bbbb'), future);
    expect(answers(late)).toEqual({ bbbb: { at: 0, reason: 'AuthenticationFailed' } });
    expect(written(knowing(answers(late)), refused('bbbb'), future)).toBeUndefined();
    expect(maySend({ at: future, reason: 'AccountLocked' }, NOW)).toBe(true);
    expect(maySend({ at: future, reason: 'AuthenticationFailed' }, NOW)).toBe(false);
  });

  test('a rejection is removed where the credentials are accepted later', () => {
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
  test('a logon without an answer is counted, beside a rejection', () => {
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
    ['LogonRefused', 'ORA-24542'],
    ['ProtocolError', 'NJS-112'],
    ['ConnectionClosed', 'ORA-03113'],
  ])('a logon that ends with %s is counted as one without an answer', ([reason, code]) => {
    const said = { ...unanswered, reason, code };
    expect(answers(written(knowing({ aaaa: { at: 1, unanswered: 2 } }), said))).toEqual({
      aaaa: { at: NOW, unanswered: 3 },
    });
  });

  test.for<[string, string]>([
    ['ORA-01033', 'server'],
    ['ORA-01033', 'logon'],
    ['ORA-00018', 'logon'],
    ['NJS-518', 'listener'],
    ['ORA-12520', 'listener'],
  ])('the answer %s ends the count of logons without an answer, and keeps a rejection', ([code, stage]) => {
    const said = { ...unanswered, reason: 'DatabaseStarting', code, stage: stage as 'logon' };
    const before = { aaaa: { at: 1, reason: 'AccountLocked', unanswered: 2 } };
    expect(answers(written(knowing(before), said))).toEqual({ aaaa: { at: NOW, reason: 'AccountLocked' } });
    expect(answers(written(knowing({ aaaa: { at: 1, unanswered: 2 } }), said))).toEqual({ aaaa: { at: NOW } });
  });

  test('a result of an untrusted pod is recorded, and replaces no trusted one', () => {
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
    ['an answer that is no rejection, beside a rejection', { aaaa: { at: 1, reason: 'AccountLocked' } }, starting],
    ['the same end without an answer', { aaaa: { at: NOW, unanswered: 1 } }, unanswered],
    ['the same rejection again', { aaaa: { at: NOW, reason: 'AuthenticationFailed' } }, refused('aaaa')],
    ['a rejection that is older than a success', { aaaa: { at: NOW + 1 } }, refused('aaaa')],
    ['a success of credentials that were never rejected', {}, accepted('aaaa')],
    ['a success that is older than a rejection', { aaaa: { at: NOW + 1, reason: 'AccountLocked' } }, accepted('aaaa')],
    [
      'a verdict without a fingerprint',
      {},
      verdict({ outcome: 'PermanentFailure', reason: 'LogonRefused', stage: 'logon' }),
    ],
    [
      'a probe that never came to the logon',
      { aaaa: { at: 1, reason: 'AccountLocked' } },
      verdict({ outcome: 'TransientFailure', reason: 'ConnectionRefused', stage: 'connect', fingerprint: 'aaaa' }),
    ],
    [
      'credentials that were not sent',
      {},
      verdict({ outcome: 'PermanentFailure', reason: 'CredentialsKnownBad', stage: 'start', fingerprint: 'aaaa' }),
    ],
    [
      'an answer of the listener that is not known, beside a count',
      { aaaa: { at: 1, unanswered: 2 } },
      { ...unanswered, reason: 'ListenerRefused', code: 'TNS-01153', stage: 'listener' },
    ],
    [
      'a trigger that rejected the session',
      {},
      { ...unanswered, reason: 'LogonTriggerFailed', code: 'ORA-20001', stage: 'logon' },
    ],
  ])('nothing is recorded for %s', ([, known, said]) => {
    expect(written(knowing(known), said)).toBeUndefined();
  });

  test('logon results are bounded: the newest stay', () => {
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

  test('logon results that cannot be read are replaced', () => {
    const seen = shared({ logonResults: { resourceVersion: '7', data: { db: 'broken' } } });
    expect(answers(written(seen, refused('aaaa')))).toHaveProperty('aaaa');
  });
});

test('the first probe of a namespace creates the salt, and no other does', () => {
  const made = namespaceObjects('shop', shared({ salt: 'missing' }));
  expect(made.map(({ kind, object }) => `${kind} ${object.metadata.name}`)).toEqual([
    'createSalt dbpool-fingerprint-salt',
    'recordLogonResults dbpool-logon-results',
  ]);
  expect(made[0]?.object).toMatchObject({ immutable: true, data: { salt: 'a-fresh-salt' } });
  expect(namespaceObjects('shop', shared())).toEqual([]);
});

describe('logon results of a finished probe', () => {
  const elsewhere = { ...DATABASE, credentialsSecretRef: { name: 'other' } };
  const withSpec = (changes: Parameters<typeof spec>[0], rest: Partial<Observed> = {}): Partial<Observed> => ({
    profile: profile({ spec: { kind: 'valid', spec: spec(changes) } }),
    ...rest,
  });
  test.for<[string, Partial<Observed>]>([
    ['is suspended', withSpec({ suspend: true }, { configMaps: [configMapWith()] })],
    ['has no Deployment', withSpec({}, { deployment: undefined })],
    ['has no such container', withSpec({ container: 'other' })],
    [
      'finds its ConfigMap created by another',
      withSpec({}, { configMaps: [renderedConfigMap(config, { immutable: false })] }),
    ],
    ['does not have the claim to its Deployment', withSpec({}, { claimedBy: { name: 'a', hasRolledOut: false } })],
    [
      'finds its variables set by another owner',
      withSpec({}, { deployment: deployment({ containers: [container(...variablesFrom('other', 'kubectl'))] }) }),
    ],
    ['needs no proof', withSpec({ probe: { policy: 'Disabled' } }, runningBackend)],
    ['has a spec that cannot be read', { profile: profile({ spec: { kind: 'invalid', problem: 'x', target: 'x' } }) }],
    [
      'asks for another Secret by now',
      withSpec({ database: elsewhere, suspend: true }, { configMaps: [configMapWith()] }),
    ],
  ])('a logon result is recorded though the profile %s', ([, changes]) => {
    const seen = observed({
      ...changes,
      probes: [finishedProbe(authenticationFailed, 10, { credentialsKey, logonResultsKey })],
    });
    expect(actionNames(seen)).toEqual(['recordLogonResults dbpool-logon-results']);
  });

  test('a logon result is recorded before the finalizer of a deleted profile is removed', () => {
    const deleted = profile({ isDeleting: true, finalizers: ['dbpool.dev/restore'] });
    const seen = observed({
      profile: deleted,
      probes: [finishedProbe(authenticationFailed, 10, { credentialsKey, logonResultsKey })],
    });
    expect(actionNames(seen)).toEqual(['recordLogonResults dbpool-logon-results', 'setFinalizer search']);
  });

  test('a logon result is recorded by the next profile with the same credentials, where its own was not reconciled since', () => {
    const others = [
      finishedProbe(authenticationFailed, 10, {
        credentialsKey,
        logonResultsKey,
        ownerUid: 'of another',
        job: 'orders-probe-0000000000-1',
      }),
    ];
    const seen = observed({ ...withSpec({}), configMaps: [configMapWith()], shared: shared({ probes: others }) });
    const [first, second] = actionNames(seen);
    expect(first).toBe('recordLogonResults dbpool-logon-results');
    expect(second).toMatch(/^startProbe search-probe-/);
  });

  test('logon results of two Secrets are recorded under their own fingerprints', () => {
    const other = { ...authenticationFailed, fingerprint: 'c3d4' };
    const both = [
      finishedProbe(authenticationFailed, 10, { credentialsKey, logonResultsKey }),
      finishedProbe(other, 10, {
        credentialsKey: 'other',
        logonResultsKey,
        job: 'search-probe-1111111111-1',
        createdAt: NOW - 90_000,
      }),
    ];
    const [write] = decide(observed({ ...withSpec({ suspend: true }), probes: both })).actions;
    const { [logonResultsKey ?? '']: said = '{}' } = (write?.object['data'] ?? {}) as Record<string, string>;
    expect(Object.keys(JSON.parse(said) as object).toSorted()).toEqual(['a1b2', 'c3d4']);
  });
});

test.for([8.64e15 + 1, -1, 1.5, '2026', null])('a result whose time is %s is of 1970, and still rejects', (at) => {
  const text = JSON.stringify({ a1b2: { at, reason: 'AuthenticationFailed' }, b1b2: { at: NOW } });
  expect(parseLogonResults(text)).toEqual({
    a1b2: { at: 0, reason: 'AuthenticationFailed' },
    b1b2: { at: NOW },
  });
});
