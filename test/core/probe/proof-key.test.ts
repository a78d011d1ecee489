import { describe, expect, test } from 'vitest';
import { connectionKeyOf, PROOF_VERSION, proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import { DATABASE, spec } from '../builders.ts';

const { connectString: _, ...withoutString } = DATABASE;
const { credentialsSecretRef } = DATABASE;
const ref = { name: 'db', key: 'url' };
const of = (changes: object) => spec({ database: { ...DATABASE, ...changes } });

type Row = readonly [title: string, spec: ReturnType<typeof spec>, proofKey: string, connectionKey: string];

/** What a version of the operator proved, later versions find again: these keys change with PROOF_VERSION alone. */
const GOLDEN: readonly Row[] = [
  ['the defaults', spec(), 'a8edd77501', '0e35c6dee1'],
  ['min 0', spec({ pool: { min: 0 } }), '8a811601b0', '0e35c6dee1'],
  ['max 60', spec({ pool: { max: 60 } }), 'cd210c6468', '0e35c6dee1'],
  ['a timeout of 5 s', spec({ pool: { timeoutSeconds: 5 } }), '5a635f4e37', '0e35c6dee1'],
  ['no recycling', spec({ pool: { recycleSeconds: 0 } }), '846d4833bb', '0e35c6dee1'],
  ['1 connection', spec({ probe: { maxConnections: 1 } }), '0d8bccadc8', '60ef8488da'],
  ['another connect string', of({ connectString: 'other:1521/FREEPDB1' }), 'f7ea195807', '98ca351257'],
  [
    'a connect string from a Secret',
    spec({ database: { ...withoutString, connectStringFrom: { secretKeyRef: ref } } }),
    '3143034ad7',
    '4017817d03',
  ],
  [
    'a connect string from a ConfigMap',
    spec({ database: { ...withoutString, connectStringFrom: { configMapKeyRef: ref } } }),
    'dc464fa4cc',
    '2d60efc15d',
  ],
  ['another Secret', of({ credentialsSecretRef: { name: 'other-db' } }), '162a608eb9', '458bec0cd8'],
  [
    'another key of the user',
    of({ credentialsSecretRef: { ...credentialsSecretRef, usernameKey: 'user' } }),
    '7404059c1c',
    'd33829f1c8',
  ],
  [
    'another key of the password',
    of({ credentialsSecretRef: { ...credentialsSecretRef, passwordKey: 'password' } }),
    'adbba1c640',
    '69063df54d',
  ],
  ['a wallet', of({ walletSecretRef: { name: 'wallet' } }), '46c814a416', '1cf29ff773'],
  [
    'a wallet with a password',
    of({ walletSecretRef: { name: 'wallet', passwordKey: 'password' } }),
    '245b09d969',
    'feafb62aa1',
  ],
  ['a certificate authority', of({ caConfigMapKeyRef: { name: 'ca', key: 'ca.crt' } }), '1e625aceaf', 'a5f674e379'],
  [
    'another key of the authority',
    of({ caConfigMapKeyRef: { name: 'ca', key: 'tls.crt' } }),
    '4e37bc09b6',
    '6fc96a772c',
  ],
  ['a reserve of 0', of({ sessions: { reserve: 0 } }), 'c5518fc299', '7214d93494'],
  ['no database', { ...spec(), database: undefined }, '8b9c61c5a2', '592c6c9a70'],
];

test('the golden keys are those of version 1', () => {
  expect(PROOF_VERSION).toBe(1);
});

test.for(GOLDEN)('the keys of a spec with %s are what they were', ([, one, proofKey, connectionKey]) => {
  expect([proofKeyOf(one), connectionKeyOf(one)]).toEqual([proofKey, connectionKey]);
});

describe('the keys of a spec', () => {
  test('no two specs of the table have one proof key', () => {
    expect(new Set(GOLDEN.map(([, one]) => proofKeyOf(one))).size).toBe(GOLDEN.length);
  });

  test('an earlier version has other keys', () => {
    expect(proofKeyOf(spec(), PROOF_VERSION - 1)).not.toBe(proofKeyOf(spec()));
    expect(connectionKeyOf(spec(), PROOF_VERSION - 1)).not.toBe(connectionKeyOf(spec()));
  });

  test('what a proof does not depend on changes no key', () => {
    const other = spec({
      pool: { poolsPerPod: 4 },
      probe: { intervalSeconds: 60, timeoutSeconds: 90, policy: 'Advisory', podLabels: { a: 'b' } },
      rollout: { observeSeconds: 600 },
      database: { ...DATABASE, sessions: { limit: 100, policy: 'Enforce', group: 'one' } },
      onDelete: 'Restore',
    });
    expect(proofKeyOf(other)).toBe(proofKeyOf(spec()));
  });

  test('a field that the API gets later is no input', () => {
    const later = {
      ...spec(),
      pool: { ...spec().pool, later: 1 },
      database: of({}).database && { ...of({}).database, later: 1 },
    };
    expect(proofKeyOf(later as ReturnType<typeof spec>)).toBe(proofKeyOf(spec()));
  });

  test('pool settings are no part of the connection key', () => {
    expect(connectionKeyOf(spec({ pool: { min: 1, max: 2, timeoutSeconds: 3, recycleSeconds: 60 } }))).toBe(
      connectionKeyOf(spec()),
    );
  });
});
