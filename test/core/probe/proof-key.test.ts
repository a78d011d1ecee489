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
  ['the defaults', spec(), 'ddf8200f91', '1c39644fad'],
  ['min 0', spec({ pool: { min: 0 } }), '471475a33e', '1c39644fad'],
  ['max 60', spec({ pool: { max: 60 } }), 'b9267bb6ab', '1c39644fad'],
  ['a timeout of 5 s', spec({ pool: { timeoutSeconds: 5 } }), 'aba5a9b27f', '1c39644fad'],
  ['no recycling', spec({ pool: { recycleSeconds: 0 } }), 'f8fca7616d', '1c39644fad'],
  ['1 connection', spec({ probe: { maxConnections: 1 } }), 'd65b7f3a53', 'a0579a5f59'],
  ['another connect string', of({ connectString: 'other:1521/FREEPDB1' }), '8d86fd2203', 'c7f38e7409'],
  [
    'a connect string from a Secret',
    spec({ database: { ...withoutString, connectStringFrom: { secretKeyRef: ref } } }),
    '0abffac9a3',
    '32958350ac',
  ],
  [
    'a connect string from a ConfigMap',
    spec({ database: { ...withoutString, connectStringFrom: { configMapKeyRef: ref } } }),
    '8b3aeb0502',
    '712e8e457f',
  ],
  ['another Secret', of({ credentialsSecretRef: { name: 'other-db' } }), '1b59812ea1', '930c972886'],
  [
    'another key of the user',
    of({ credentialsSecretRef: { ...credentialsSecretRef, usernameKey: 'user' } }),
    '9d541decb7',
    'ad2daf0329',
  ],
  [
    'another key of the password',
    of({ credentialsSecretRef: { ...credentialsSecretRef, passwordKey: 'password' } }),
    '09f9255721',
    '52e753b2b1',
  ],
  ['a wallet', of({ walletSecretRef: { name: 'wallet' } }), 'ce5db9aa56', 'c4154385a2'],
  [
    'a wallet with a password',
    of({ walletSecretRef: { name: 'wallet', passwordKey: 'password' } }),
    '5c3b47d4c5',
    'f883242641',
  ],
  ['a certificate authority', of({ caConfigMapKeyRef: { name: 'ca', key: 'ca.crt' } }), 'ded5b872d5', '2a15e9270e'],
  [
    'another key of the authority',
    of({ caConfigMapKeyRef: { name: 'ca', key: 'tls.crt' } }),
    'ec5eeddd3d',
    'e49e3259ef',
  ],
  ['a reserve of 0', of({ sessions: { reserve: 0 } }), 'cbea88102b', '0bb5c04295'],
  ['no database', { ...spec(), database: undefined }, '7f05725011', '42aec66464'],
];

test('the golden keys are those of version 2', () => {
  expect(PROOF_VERSION).toBe(2);
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
