import { describe, expect, test } from 'vitest';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import { machineHash, MAX_MACHINES } from '../../../src/contract/machine.ts';
import { EXIT_CODES, type Verdict } from '../../../src/contract/verdict.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import { probeJobName } from '../../../src/core/model/naming.ts';
import type { ObservedPod } from '../../../src/core/model/observed.ts';
import { toRfc3339 } from '../../../src/core/model/time.ts';
import { renderedPodDigest } from '../../../src/core/probe/pod.ts';
import { proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import {
  deploymentUsing,
  finishedProbe,
  NOW,
  observed,
  pod,
  profile,
  renderedConfigMap,
  replicaSet,
  SETTINGS,
  spec,
  verdict,
} from '../builders.ts';

type Count = NonNullable<Verdict['sessionCount']>;

const ask = (poolsPerPod = 1, max = 40) => spec({ pool: { min: 40, max, poolsPerPod } });
const config = poolConfig('search', ask().pool);
const PODS = [pod(config.hash, { name: 'search-api-a' }), pod(config.hash, { name: 'search-api-b' })];

const count = (machines: Readonly<Record<string, number>>, changes: Partial<Count> = {}): Count => ({
  machines: Object.fromEntries(Object.entries(machines).map(([name, sessions]) => [machineHash(name), sessions])),
  otherSessions: 0,
  isPooled: false,
  isOneInstance: false,
  ...changes,
});

type Situation = {
  readonly sessionCount?: Count | undefined;
  readonly unreadableViews?: string[];
  /** Number of the probe. */
  readonly probe?: number;
  readonly poolsPerPod?: number;
  readonly revision?: number;
  readonly pods?: readonly ObservedPod[];
  readonly before?: ProfileStatus;
};

/** The status after a probe, with what it counted. */
function after({ sessionCount, unreadableViews, probe = 1, poolsPerPod = 1, ...rest }: Situation): ProfileStatus {
  const { revision = 2, pods = PODS, before = {} } = rest;
  const asked = ask(poolsPerPod);
  const proofKey = proofKeyOf(asked);
  const said = verdict({
    limits: { ...(unreadableViews !== undefined && { unreadableViews }) },
    ...(sessionCount !== undefined && { sessionCount }),
  });
  const job = finishedProbe(said, EXIT_CODES.Succeeded, {
    job: probeJobName('search', proofKey, probe),
    proofKey,
    podDigest: renderedPodDigest(asked, config, SETTINGS),
    attempt: probe,
    end: { succeeded: true, at: NOW - 600_000 + probe * 60_000, reason: '', message: '' },
  });
  return decide(
    observed({
      profile: profile({ status: before, spec: { kind: 'valid', spec: asked } }),
      deployment: deploymentUsing(config.name, { revision }),
      configMaps: [renderedConfigMap(config)],
      replicaSets: [replicaSet(config.hash, 2, 2)],
      pods,
      probes: [job],
    }),
  ).status;
}

const found = (situation: Situation) => after(situation).database?.podSessions;
const advice = ({ advice: all = [] }: ProfileStatus) => all.map(({ reason }) => reason);

describe('sessions of pods', () => {
  test('sessions of a pod are those of the machine with its name, the rest is one number', () => {
    const machines = { 'search-api-a': 38, 'search-api-b': 12, laptop: 3 };
    expect(found({ sessionCount: count(machines, { otherSessions: 4 }) })).toEqual({
      at: toRfc3339(NOW - 540_000),
      most: 38,
      max: 40,
      expected: 40,
      others: 7,
      revision: 2,
    });
  });

  test('sessions of twenty pods with forty each are no sessions of others', () => {
    const twenty = Array.from({ length: 20 }, (_, index) => pod(config.hash, { name: `search-api-${index}` }));
    const machines = Object.fromEntries(twenty.map(({ name }) => [name, 40]));
    const sessionCount = count({ ...machines, laptop: 3 });
    expect(found({ pods: twenty, sessionCount })).toMatchObject({ most: 40, others: 3 });
    expect(found({ pods: twenty, sessionCount })).not.toHaveProperty('caveat');
  });

  test('sessions of a pod are compared with max times poolsPerPod', () => {
    expect(found({ poolsPerPod: 3, sessionCount: count({ 'search-api-a': 90 }) })).toMatchObject({
      most: 90,
      max: 40,
      expected: 120,
    });
  });

  test('a pod is known by its host name, whatever its case: the first 63 characters of its name', () => {
    const name = `${'search-api-'.repeat(6)}7c9d8f-abcde`;
    const [hostName, cutAtDash] = [name.slice(0, 63), `${'x'.repeat(61)}--cut`];
    const long = [pod(config.hash, { name }), pod(config.hash, { name: cutAtDash })];
    const sessionCount = count({ [hostName.toUpperCase()]: 7, ['x'.repeat(61)]: 9 });
    expect(found({ pods: long, sessionCount })).toMatchObject({ most: 9, others: 0 });
    expect(found({ pods: long.slice(0, 1), sessionCount })).toMatchObject({ most: 7, others: 9 });
  });

  test.for([
    ['a minute ago', NOW - 60_000, 40],
    ['not yet', undefined, 40],
    ['an hour ago', NOW - 3_600_000, 80],
  ] as const)(
    'a container that was restarted %s: its former sessions may be counted for ten minutes',
    ([, startedAt, most]) => {
      const [container] = PODS[0]?.containers ?? [];
      const restarted = pod(config.hash, {
        name: 'search-api-a',
        containers: container === undefined ? [] : [{ ...container, restarts: 1, startedAt }],
      });
      const sessionCount = count({ 'search-api-a': 80, 'search-api-b': 40 });
      expect(found({ pods: [restarted, ...PODS.slice(1)], sessionCount })).toMatchObject({ most, others: 0 });
    },
  );

  test('a pod whose max is not known is not compared', () => {
    const unknown = pod('deadbeef00', { name: 'search-api-a' });
    expect(found({ pods: [unknown], sessionCount: count({ 'search-api-a': 80 }) })).not.toHaveProperty('most');
  });

  test('hashes of machines are no part of the status', () => {
    const status = after({ sessionCount: count({ 'search-api-a': 38, laptop: 1 }) });
    expect(status.probe).toMatchObject({ reason: 'PoolOpened' });
    expect(JSON.stringify(status)).not.toContain(machineHash('laptop'));
    expect(status.probe).not.toHaveProperty('sessionCount');
  });

  test('later passes keep what was counted, whatever pods run then', () => {
    const sessionCount = count({ 'search-api-a': 38 });
    const before = after({ sessionCount });
    expect(found({ sessionCount, before, pods: [] })).toEqual(before.database?.podSessions);
  });
});

describe('a caveat', () => {
  const others = (length: number) => Object.fromEntries(Array.from({ length }, (_, index) => [`other-${index}`, 50]));
  const many = others(MAX_MACHINES);
  const manyAndOne = { ...others(MAX_MACHINES - 1), 'search-api-a': 60 };
  const unready = PODS.map((one) => ({ ...one, isReady: false }));

  test.for<[string, string | undefined, Situation]>([
    ['none', undefined, { sessionCount: count({ 'search-api-a': 1 }) }],
    ['an unreadable view', 'Unreadable', { unreadableViews: ['V$SESSION'] }],
    ['a pool of the database', 'Pooled', { sessionCount: count({ 'search-api-a': 1 }, { isPooled: true }) }],
    ['sessions that no pod has', 'Pooled', { sessionCount: count({ node1: 80 }) }],
    ['no sessions at all', undefined, { sessionCount: count({}) }],
    ['no pod that is ready', undefined, { sessionCount: count({ node1: 80 }), pods: unready }],
    ['as many machines as a verdict holds', 'Pooled', { sessionCount: count(many) }],
    ['pods below that many machines', 'ManyMachines', { sessionCount: count(many, { otherSessions: 80 }) }],
    ['one pod below them', 'ManyMachines', { sessionCount: count(manyAndOne, { otherSessions: 12 }) }],
    [
      'other machines below the pods',
      undefined,
      { sessionCount: count({ 'search-api-a': 38, 'search-api-b': 12 }, { otherSessions: 5 }) },
    ],
    [
      'one of several instances',
      'OneInstance',
      { sessionCount: count({ 'search-api-a': 1 }, { isOneInstance: true }) },
    ],
  ])('of %s is %s', ([, caveat, situation]) => {
    expect(found(situation)).toMatchObject({ at: toRfc3339(NOW - 540_000) });
    expect(found(situation)?.caveat).toBe(caveat);
  });

  test('of a pool of the database leaves out what its pods hold', () => {
    const sessionCount = count({ 'search-api-a': 80 }, { isPooled: true });
    expect(found({ sessionCount })).not.toHaveProperty('most');
  });
});

describe('advice on a pool that is larger than the profile', () => {
  const sessionCount = count({ 'search-api-a': 80 });
  const once = after({ sessionCount });

  test('is given after two probes in a row, and once each probe is counted', () => {
    expect(advice(once)).toEqual([]);
    expect(advice(after({ sessionCount, before: once }))).toEqual([]);
    const twice = after({ sessionCount, probe: 2, before: once });
    expect(twice.database?.podSessions).toMatchObject({ most: 80, expected: 40, probesAbove: 2 });
    expect(twice.advice).toMatchObject([
      { reason: 'PoolLargerThanProfile', message: expect.stringContaining('A pod holds 80 sessions') as string },
    ]);
  });

  test.for<[string, Partial<Situation>]>([
    ['that finds less', { sessionCount: count({ 'search-api-a': 40 }) }],
    ['after another rollout', { revision: 3 }],
    ['that may not read the view any more', { sessionCount: undefined, unreadableViews: ['V$SESSION'] }],
  ])('is not given after a second probe %s', ([, changes]) => {
    expect(advice(after({ sessionCount, probe: 2, before: once, ...changes }))).toEqual([]);
  });

  test('needs two more probes after one that found less', () => {
    const less = after({ sessionCount: count({ 'search-api-a': 40 }), probe: 2, before: once });
    expect(advice(after({ sessionCount, probe: 3, before: less }))).toEqual([]);
  });

  test('survives a probe that counted nothing', () => {
    const nothing = after({ probe: 2, before: once });
    expect(nothing.database?.podSessions).toEqual(once.database?.podSessions);
    expect(advice(after({ sessionCount, probe: 3, before: nothing }))).toEqual(['PoolLargerThanProfile']);
  });

  test('ends with the next rollout, and with a poolsPerPod that allows as many', () => {
    const twice = { sessionCount, probe: 2, before: after({ sessionCount, probe: 2, before: once }) };
    expect(advice(after(twice))).toEqual(['PoolLargerThanProfile']);
    expect(advice(after({ ...twice, revision: 3 }))).toEqual([]);
    const allowed = after({ ...twice, poolsPerPod: 2 });
    expect(advice(allowed)).toEqual([]);
    expect(allowed.database?.podSessions).toMatchObject({ most: 80, expected: 80 });
  });
});
