import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { logonResultsKeyOf, credentialsKeyOf } from '../../../src/core/probe/pod.ts';
import {
  container,
  DATABASE,
  deployment,
  ended,
  NOW,
  observed,
  pointingAt,
  profile,
  rendered,
  shared,
  spec,
  refused,
} from '../builders.ts';
import { RUNNING as running, did } from '../rolling.ts';

const config = poolConfig('search', spec().pool);
const there = rendered(config);

describe('what a database said to the credentials is written down', () => {
  const wanted = spec();
  const turn = wanted.database && credentialsKeyOf(wanted.database);
  const elsewhere = { ...DATABASE, credentialsSecretRef: { name: 'other' } };
  const answersKey = wanted.database && logonResultsKeyOf(wanted.database);
  const asking = (changes: Parameters<typeof spec>[0], rest: Partial<Observed> = {}): Partial<Observed> => ({
    profile: profile({ spec: { kind: 'valid', spec: spec(changes) } }),
    ...rest,
  });
  test.for<[string, Partial<Observed>]>([
    ['is suspended', asking({ suspend: true }, { configMaps: [there] })],
    ['has no Deployment', asking({}, { deployment: undefined })],
    ['has no such container', asking({ container: 'other' })],
    [
      'finds its ConfigMap made by somebody else',
      asking({}, { configMaps: [rendered(config, { isManagedByOperator: false, owners: [] })] }),
    ],
    ['is not the one that is heard', asking({}, { competitors: [profile({ name: 'a', uid: 'a', createdAt: 0 })] })],
    [
      'finds its variables set by somebody else',
      asking({}, { deployment: deployment({ containers: [container(...pointingAt('other', 'kubectl'))] }) }),
    ],
    ['needs no proof', asking({ probe: { policy: 'Disabled' } }, running)],
    ['has a spec that cannot be read', { profile: profile({ spec: { kind: 'invalid', problem: 'x', target: 'x' } }) }],
    ['wants another Secret by now', asking({ database: elsewhere, suspend: true }, { configMaps: [there] })],
  ])('though the profile %s', ([, changes]) => {
    const seen = observed({
      ...changes,
      probes: [ended(refused, 10, { credentialsKey: turn, logonResultsKey: answersKey })],
    });
    expect(did(seen)).toEqual(['recordLogonResults dbpool-logon-results']);
  });

  test('before its profile, which is being deleted, is let go', () => {
    const deleted = profile({ isDeleting: true, finalizers: ['dbpool.dev/restore'] });
    const seen = observed({
      profile: deleted,
      probes: [ended(refused, 10, { credentialsKey: turn, logonResultsKey: answersKey })],
    });
    expect(did(seen)).toEqual(['recordLogonResults dbpool-logon-results', 'setFinalizer search']);
  });

  test('by the next of the turn, where its own profile was not looked at since', () => {
    const others = [
      ended(refused, 10, {
        credentialsKey: turn,
        logonResultsKey: answersKey,
        ownerUid: 'of another',
        job: 'orders-probe-0000000000-1',
      }),
    ];
    const seen = observed({ ...asking({}), configMaps: [there], shared: shared({ probes: others }) });
    const [first, second] = did(seen);
    expect(first).toBe('recordLogonResults dbpool-logon-results');
    expect(second).toMatch(/^startProbe search-probe-/);
  });

  test('of two Secrets, each under its own fingerprint', () => {
    const other = { ...refused, fingerprint: 'c3d4' };
    const both = [
      ended(refused, 10, { credentialsKey: turn, logonResultsKey: answersKey }),
      ended(other, 10, {
        credentialsKey: 'other',
        logonResultsKey: answersKey,
        job: 'search-probe-1111111111-1',
        createdAt: NOW - 90_000,
      }),
    ];
    const [write] = decide(observed({ ...asking({ suspend: true }), probes: both })).actions;
    const { [answersKey ?? '']: said = '{}' } = (write?.object['data'] ?? {}) as Record<string, string>;
    expect(Object.keys(JSON.parse(said) as object).toSorted()).toEqual(['a1b2', 'c3d4']);
  });
});
