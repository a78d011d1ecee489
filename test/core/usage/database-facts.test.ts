import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed, ObservedProbe } from '../../../src/core/model/observed.ts';
import { probeJobName } from '../../../src/core/model/naming.ts';
import { renderedPodDigest } from '../../../src/core/probe/pod.ts';
import { proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import { EXIT_CODES, type Verdict } from '../../../src/contract/verdict.ts';
import { neighbour } from '../budget/builders.ts';
import {
  DATABASE,
  deploymentUsing,
  finishedProbe,
  observed,
  profile,
  renderedConfigMap,
  replicaSet,
  SETTINGS,
  shared,
  spec,
  verdict,
  proofState,
} from '../builders.ts';

const config = poolConfig('search', spec().pool);
const said = verdict({
  database: { uniqueName: 'FREE', user: 'APP' },
  limits: { sessions: { inUse: 30, limit: '100' }, unreadableViews: ['V$PARAMETER'] },
});
const failed = verdict({ outcome: 'TransientFailure', reason: 'ConnectionRefused', stage: 'connect' });

/** The status after a probe with this verdict. */
function after(
  status: ProfileStatus,
  word: Verdict,
  connectString = DATABASE.connectString,
  others: Partial<Observed> = {},
) {
  const asked = spec({ database: { ...DATABASE, connectString } });
  const proofKey = proofKeyOf(asked);
  const podDigest = renderedPodDigest(asked, config, SETTINGS);
  const changes: Partial<ObservedProbe> = { job: probeJobName('search', proofKey, 1), proofKey, podDigest };
  return decide(
    observed({
      profile: profile({ status, spec: { kind: 'valid', spec: asked } }),
      configMaps: [renderedConfigMap(config)],
      probes: [finishedProbe(word, EXIT_CODES[word.outcome], changes)],
      ...others,
    }),
  ).status;
}

test('facts are the identity, the user and the limits of the verdict', () => {
  const { database, budget } = after({}, said);
  expect(database).toMatchObject({ identity: said.database, limits: said.limits });
  expect(budget).toMatchObject({ limit: 100, summary: 'over by 200 (280/80)' });
});

test('facts stay after a probe that fails', () => {
  const { database } = after({}, said);
  expect(after({ ...(database && { database }) }, failed).database).toEqual(database);
});

describe('sessions of the backends at the time of a probe', () => {
  const pool = (updatedReplicas: number) => {
    const base = deploymentUsing(config.name, { replicas: updatedReplicas });
    return { ...base, status: { ...base.status, replicas: updatedReplicas, updatedReplicas } };
  };
  const measuredWith = (pods: number, before?: ProfileStatus['database']) =>
    after({ ...(before !== undefined && { database: before }) }, said, DATABASE.connectString, {
      deployment: pool(pods),
      replicaSets: [replicaSet(config.hash, 2, pods)],
      shared: shared({ budget: { group: '', members: [neighbour('orders', 7, { pools: ONE_POD })] } }),
    }).database;
  const ONE_POD = { pods: { old: 0, updated: 1, terminating: 0 } };

  test('sessions of the backends are recorded once it is known who shares the database', () => {
    const first = measuredWith(3);
    expect(first?.measured).toBeUndefined();
    const second = measuredWith(3, first);
    expect(second?.measured).toEqual({ at: '2026-01-01T11:59:00Z', ownSessions: 3 * 40 + 7 });
  });

  test('sessions of the backends stay as they were at the probe when other pods run', () => {
    const recorded = measuredWith(3, measuredWith(3));
    expect(measuredWith(9, recorded)).toEqual(recorded);
  });
});

describe('a probe that reads fewer limits than before', () => {
  const known = verdict({
    database: { uniqueName: 'FREE', user: 'APP' },
    limits: { sessions: { inUse: 30, limit: '100' }, sessionsPerUser: '50', cpus: 4 },
  });
  const then = (changes: Pick<Verdict, 'database' | 'limits'>) => {
    const { database } = after({}, known);
    return after({ ...(database && { database }) }, verdict(changes)).database;
  };

  test('a probe that reads fewer limits leaves the others valid', () => {
    const told = then({ database: { uniqueName: 'FREE' }, limits: { cpus: 8 } });
    expect(told).toMatchObject({ identity: known.database, limits: { ...known.limits, cpus: 8 } });
  });

  test('a probe that may not read a view any more drops its limits', () => {
    const limits = { unreadableViews: ['V$RESOURCE_LIMIT'] };
    expect(then({ database: { uniqueName: 'FREE' }, limits })?.limits).toEqual({
      ...limits,
      sessionsPerUser: '50',
      cpus: 4,
    });
  });

  test('a probe of another user drops the limits of the former one', () => {
    expect(then({ database: { user: 'OTHER' }, limits: {} })).toMatchObject({
      identity: { user: 'OTHER' },
      limits: { sessions: { limit: '100' }, cpus: 4 },
    });
    expect(then({ database: { user: 'OTHER' }, limits: {} })?.limits).not.toHaveProperty('sessionsPerUser');
  });
});

test('facts are dropped with another connect string', () => {
  const { database } = after({}, said);
  expect(after({ ...(database && { database }) }, failed, 'other:1521/FREEPDB1').database).toBeUndefined();
});

describe('a rollout whose probe has just succeeded', () => {
  const proofKey = proofKeyOf(spec());
  const podDigest = renderedPodDigest(spec(), config, SETTINGS);
  const job = finishedProbe(said, EXIT_CODES.Succeeded, {
    job: probeJobName('search', proofKey, 1),
    proofKey,
    podDigest,
  });
  const isRolled = (status: ProfileStatus, group?: string) => {
    const database = { ...DATABASE, ...(group !== undefined && { sessions: { group } }) };
    const seen = observed({
      profile: profile({ status, spec: { kind: 'valid', spec: spec({ database }) } }),
      configMaps: [renderedConfigMap(config, { state: { proof: proofState({ proofKey, podDigest }) } })],
      probes: [job],
    });
    return decide(seen).actions.some(({ object }) => object.kind === 'Deployment');
  };

  test('a rollout after its first probe waits until the status identifies the database', () => {
    expect(isRolled({})).toBe(false);
    const { database } = after({}, said);
    expect(isRolled({ ...(database && { database }) })).toBe(true);
  });

  test('a rollout after its first probe does not wait for that where the spec names a group', () => {
    expect(isRolled({}, 'tomehub')).toBe(true);
  });
});
