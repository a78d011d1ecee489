import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { decide } from '../../src/core/decide.ts';
import type { Observed } from '../../src/core/model/observed.ts';
import { renderedPodDigest } from '../../src/core/probe/pod.ts';
import { proofKeyOf } from '../../src/core/probe/proof-key.ts';
import {
  deploymentUsing,
  finishedProbe,
  NOW,
  observed,
  DEPLOYMENT_OWNER,
  PROFILE_OWNER,
  pods,
  profile,
  renderedConfigMap,
  replicaSet,
  SETTINGS,
  succeededState,
  spec,
  verdict,
  proofState,
} from './builders.ts';
import { runningBackend as running, conditionOf, actionNames } from './rollout-builders.ts';

const config = poolConfig('search', spec().pool);
const there = renderedConfigMap(config);

const required = profile({ spec: { kind: 'valid', spec: spec() } });
const proofKey = proofKeyOf(spec());
const podDigest = renderedPodDigest(spec(), config, SETTINGS);

const types = (seen: Observed) => decide(seen).status.conditions?.map(({ type }) => type);

describe('a profile whose probe is disabled', () => {
  const deploymentRef = { name: 'search-api', uid: 'deployment-uid' };
  const begun = {
    retry: '',
    rollback: '',
    deployment: deploymentRef,
    profile: 'profile-uid',
    container: 'app',
    isFirst: true as const,
    generation: 1,
    revision: 1,
    templateHash: 'as it was',
    annotationsHash: 'as they were',
  };
  const mark = { 'dbpool.dev/rollout': JSON.stringify({ sequence: 1, startedAt: NOW, ...begun }) };
  test('an unprobed profile gets a ConfigMap with the state of its rollout, then the rollout', () => {
    expect(actionNames(observed())).toEqual([`renderConfig ${config.name}`, 'rollOut search-api']);
    expect(decide(observed()).actions[0]?.object.metadata['annotations']).toEqual(mark);
  });

  test('an unprobed profile whose ConfigMap is there gets the state of its rollout recorded, then the rollout', () => {
    const seen = observed({ configMaps: [there] });
    expect(actionNames(seen)).toEqual([`recordState ${config.name}`, 'rollOut search-api']);
    expect(decide(seen).actions[0]?.object.metadata['annotations']).toEqual(mark);
  });

  test('a probed profile gets a ConfigMap without state while its rollout waits for a proof', () => {
    const [made, ...others] = decide(observed({ profile: required })).actions;
    expect(made?.object.metadata).not.toHaveProperty('annotations');
    expect(others.map(({ object }) => object.kind)).not.toContain('Deployment');
  });

  test('a rollout starts after a process that died between its two writes, without a second record', () => {
    const rollout = { sequence: 1, startedAt: NOW - 5000, ...begun };
    const seen = observed({ configMaps: [{ ...there, state: { rollout } }] });
    expect(actionNames(seen)).toEqual(['rollOut search-api']);
  });

  test('a rendered ConfigMap is immutable, and the Deployment and the profile own it', () => {
    expect(decide(observed()).actions[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        namespace: 'shop',
        name: config.name,
        labels: { 'app.kubernetes.io/managed-by': 'dbpool-operator', 'dbpool.dev/profile': 'search' },
        annotations: mark,
        ownerReferences: [DEPLOYMENT_OWNER, PROFILE_OWNER],
      },
      immutable: true,
      data: { DB_POOL_MIN: '5', DB_POOL_MAX: '40', DB_POOL_TIMEOUT: '30', DB_POOL_RECYCLE: '3600' },
    });
  });

  test('a rollout sends four variables and two labels alone, fenced by uid and resourceVersion, and not forced', () => {
    const env = ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'].map((name) => ({
      name,
      valueFrom: { configMapKeyRef: { name: config.name, key: name } },
    }));
    expect(decide(observed({ configMaps: [there] })).actions[1]).toEqual({
      kind: 'rollOut',
      force: false,
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { namespace: 'shop', name: 'search-api', uid: 'deployment-uid', resourceVersion: '100' },
        spec: {
          template: {
            metadata: { labels: { 'dbpool.dev/profile': 'search', 'dbpool.dev/config-hash': config.hash } },
            spec: { containers: [{ name: 'app', env }] },
          },
        },
      },
      max: 40,
    });
  });

  test('an unprobed profile is Ready once all pods run with its settings, and says which', () => {
    const seen = observed(running);
    expect(actionNames(seen)).toEqual([]);
    expect(conditionOf(seen, 'Ready')).toEqual({
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: 'min 5, max 40, timeout 30 s, recycle 3600 s on 3 pods.',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T12:00:00Z',
    });
    expect(types(seen)).toEqual(['Ready', 'ConfigRendered', 'ProbeSucceeded', 'RolledOut', 'WithinSessionBudget']);
  });

  test('a Deployment is not rolled out where a ConfigMap of another name has the same data', () => {
    const [name, hash] = ['search-00000fffff', '00000fffff'];
    const seen = observed({
      configMaps: [there, renderedConfigMap(config, { name, state: succeededState })],
      deployment: deploymentUsing(name),
      replicaSets: [replicaSet(hash, 2, 3)],
      pods: pods(hash),
    });
    expect(actionNames(seen)).toEqual([]);
    expect(decide(seen).status.current?.hash).toBe(hash);
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'True' });
  });
});

describe('a profile whose probe is required', () => {
  const held = observed({ profile: required, configMaps: [there] });
  const proven = renderedConfigMap(config, { state: { proof: proofState({ proofKey, podDigest, at: NOW - 60_000 }) } });

  test('a probed profile is rendered, then probed, and not rolled out meanwhile', () => {
    const seen = observed({ profile: required });
    expect(actionNames(seen)).toEqual([`renderConfig ${config.name}`, `startProbe search-probe-${proofKey}-1`]);
    expect(conditionOf(seen, 'RolledOut')).toMatchObject({ status: 'False', reason: 'PreviousStepNotReady' });
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'Probing' });
    expect(conditionOf(seen, 'Reconciling')).toMatchObject({ status: 'True' });
  });

  test('a probed profile is rolled out only after the proof of exactly these settings is recorded', () => {
    const seen = { ...held, probes: [finishedProbe(verdict(), 0, { proofKey, podDigest })] };
    expect(actionNames(seen)).not.toContain('rollOut search-api');
    expect(conditionOf(seen, 'Ready')).toMatchObject({ status: 'False' });
    const next = { ...seen, configMaps: [proven] };
    expect(actionNames(next)).toContain('rollOut search-api');
    const others = renderedConfigMap(config, { state: { proof: proofState({ proofKey: 'ffffffffff' }) } });
    expect(actionNames({ ...held, configMaps: [others] })).not.toContain('rollOut search-api');
  });

  test('a proof that is due for renewal stands meanwhile, and the rollout starts', () => {
    const old = profile({ spec: { kind: 'valid', spec: spec({ probe: { intervalSeconds: 3600 } }) } });
    const proof = proofState({ proofKey, podDigest, at: NOW - 7_500_000 });
    const seen = observed({ profile: old, configMaps: [renderedConfigMap(config, { state: { proof } })] });
    expect(actionNames(seen)).toEqual([
      `recordState ${config.name}`,
      `startProbe search-probe-${proofKey}-2`,
      'rollOut search-api',
    ]);
  });

  test('an advisory probe reports, and holds no rollout', () => {
    const advisory = profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Advisory' } }) } });
    const refused = verdict({
      outcome: 'PermanentFailure',
      reason: 'AuthenticationFailed',
      stage: 'logon',
      message: 'No.',
    });
    expect(actionNames({ ...held, profile: advisory })).toContain('rollOut search-api');
    const after = observed({
      ...running,
      profile: advisory,
      probes: [finishedProbe(refused, 10, { proofKey, podDigest })],
    });
    expect(conditionOf(after, 'Ready')).toMatchObject({
      status: 'True',
      message: expect.stringContaining('The probe failed: No.'),
    });
    expect(conditionOf(after, 'ProbeSucceeded')).toMatchObject({ status: 'False', reason: 'AuthenticationFailed' });
  });
});
