import { describe, expect, test } from 'vitest';
import { logonResultsKeyOf } from '../../../src/core/probe/pod.ts';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import { DATABASE, profile, spec } from '../builders.ts';
import { usageOf } from './builders.ts';

test('the source of a user name is the Secret and its key', () => {
  const credentials = (credentialsSecretRef: object) => {
    const asked = spec({ database: { ...DATABASE, credentialsSecretRef } });
    return usageOf({ profile: profile({ spec: { kind: 'valid', spec: asked } }) })?.database.usernameSource;
  };
  const one = credentials({ name: 'db' });
  expect(credentials({ name: 'db', usernameKey: 'DB_USER', passwordKey: 'OTHER' })).toBe(one);
  expect(credentials({ name: 'db', usernameKey: 'OWNER' })).not.toBe(one);
  expect(credentials({ name: 'other' })).not.toBe(one);
});

describe('facts from a probe', () => {
  const keyOf = (connectString: string) => {
    const { database } = spec({ database: { ...DATABASE, connectString } });
    return database === undefined ? '' : logonResultsKeyOf(database);
  };
  const of = keyOf(DATABASE.connectString);
  const limits = { sessionsPerUser: '30' };
  const identity = { uniqueName: 'FREE', pdbName: 'PDB1', user: 'APP' };
  const learnt = (status: ProfileStatus) =>
    usageOf({ profile: profile({ status, spec: { kind: 'valid', spec: spec() } }) })?.database.facts;

  test('facts from a probe count for the connect string of the spec', () => {
    expect(learnt({ database: { connectStringHash: of, identity, limits } })).toEqual({
      identity: { uniqueName: 'FREE', pdbName: 'PDB1' },
      limits,
      user: 'APP',
    });
  });

  test('facts from a probe do not count for another connect string', () => {
    expect(learnt({ database: { connectStringHash: keyOf('other'), identity, limits } })).toBeUndefined();
  });

  test('facts from a probe identify no database where its name is redacted', () => {
    expect(
      learnt({ database: { connectStringHash: of, identity: { ...identity, uniqueName: '***' } } })?.identity,
    ).toBeUndefined();
  });
});
