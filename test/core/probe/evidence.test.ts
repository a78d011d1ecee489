import { describe, expect, test } from 'vitest';
import type { ObservedProbe } from '../../../src/core/model/observed.ts';
import { connectionKeyOf, PROOF_VERSION, proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import {
  NOW,
  profile,
  proofState,
  runningProbe,
  shared,
  spec,
  verdict,
  authenticationFailed,
  connectionRefused,
  verdictMissing,
} from '../builders.ts';
import {
  HOUR,
  assessProfile,
  config,
  credentialsKey,
  podDigest,
  configMapWith,
  finishedJob,
  probeActions,
  proofKey,
  probedSpec,
  provenConfigMap,
  runningJob,
  startOfAttempt,
} from './builders.ts';

describe('a proof', () => {
  test('a proof is recorded on the ConfigMap of its configuration, once', () => {
    const seen = { probes: [finishedJob(verdict({ fingerprint: 'a1b2' }), 60_000)] };
    const [action] = assessProfile(seen).step.actions;
    expect(action).toMatchObject({
      kind: 'recordState',
      object: { metadata: { name: config.name, resourceVersion: '5' } },
    });
    const annotations = action?.object.metadata['annotations'] as Record<string, string>;
    expect(JSON.parse(String(annotations['dbpool.dev/probe-proof']))).toEqual({
      proofKey,
      connectionKey: connectionKeyOf(probedSpec),
      podDigest,
      image: 'dbpool-operator:test',
      version: PROOF_VERSION,
      attempt: 1,
      at: NOW,
      fingerprint: 'a1b2',
    });
    expect(probeActions({ ...seen, configMaps: [provenConfigMap(NOW - 60_000)] })).toEqual([]);
  });

  test('a proof outlives Job, pod and status', () => {
    const { step } = assessProfile({ configMaps: [provenConfigMap(NOW - 60_000)] });
    expect(step).toMatchObject({
      condition: { status: 'True', reason: 'PoolOpened' },
      progress: 'Done',
      blocks: false,
      actions: [],
    });
  });

  test('a proof of another configuration proves nothing', () => {
    const other = configMapWith({ proof: proofState({ proofKey: 'ffffffffff' }) });
    expect(probeActions({ configMaps: [other] })).toEqual([startOfAttempt(1)]);
  });

  test('a proof of an earlier PROOF_VERSION is void by intent', () => {
    const earlier = configMapWith({ proof: proofState({ proofKey: proofKeyOf(probedSpec, PROOF_VERSION - 1) }) });
    expect(probeActions({ configMaps: [earlier] })).toEqual([startOfAttempt(1)]);
    expect(assessProfile({ configMaps: [earlier] }).step.blocks).toBe(true);
  });

  test('a proof is renewed when its interval is over, and stays valid meanwhile', () => {
    const old = { configMaps: [provenConfigMap(NOW - HOUR)] };
    expect(probeActions(old)).toEqual([startOfAttempt(2)]);
    expect(assessProfile(old).step).toMatchObject({ condition: { status: 'True' }, progress: 'Done', blocks: false });
    const { step } = assessProfile({ ...old, probes: [runningJob(1000, { attempt: 2 })] });
    expect(step).toMatchObject({ condition: { status: 'True' }, progress: 'Done', actions: [] });
    const young = assessProfile({ configMaps: [provenConfigMap(NOW)] }).step;
    expect(young.actions).toEqual([]);
    expect(young.requeueAfterMs).toBeLessThanOrEqual(HOUR);
  });

  test('a proof is not renewed with an interval of 0', () => {
    const never = spec({ probe: { intervalSeconds: 0 } });
    expect(assessProfile({ configMaps: [provenConfigMap(0)] }, never).step).toMatchObject({
      progress: 'Done',
      actions: [],
    });
  });

  test('a proof that could not be renewed for two intervals is not valid any more', () => {
    const renewing = { configMaps: [provenConfigMap(NOW - 3 * HOUR)], probes: [runningJob(1000, { attempt: 2 })] };
    expect(assessProfile(renewing).step).toMatchObject({
      condition: { status: 'Unknown', reason: 'Probing' },
      blocks: true,
    });
  });

  test('a proof stands as long as its renewal waits for a probe slot', () => {
    const behind = shared({ running: [runningProbe({ credentialsKey })] });
    const { step } = assessProfile({ configMaps: [provenConfigMap(NOW - 300 * HOUR)], shared: behind });
    expect(step).toMatchObject({ condition: { status: 'True' }, progress: 'Done', waitingFor: 'ProbeSlot' });
  });

  test('a proof from the future is renewed, and stands meanwhile', () => {
    const { step } = assessProfile({ configMaps: [provenConfigMap(Date.UTC(9999, 0))] });
    expect(step).toMatchObject({ condition: { status: 'True' }, progress: 'Done' });
    expect(step.actions).toHaveLength(1);
  });

  test.for([-HOUR, HOUR])('proofs follow each other by their attempts, though the clock jumps by %i ms', (jumpMs) => {
    const now = NOW + jumpMs;
    const [proven, renewal] = [provenConfigMap(NOW, 3), finishedJob(verdict(), 1000 - jumpMs, { attempt: 4 })];
    const recorded = assessProfile({ now, configMaps: [proven], probes: [renewal] }).step;
    expect(recorded.actions.map(({ kind }) => kind)).toEqual(['recordState']);
    const next = assessProfile({ now, configMaps: [provenConfigMap(now, 4)], probes: [renewal] }).step;
    expect(next.actions).toEqual([]);
    const failed = finishedJob(connectionRefused, 1000 - jumpMs, { attempt: 4 });
    expect(assessProfile({ now, configMaps: [proven], probes: [failed] }).step.blocks).toBe(true);
  });

  test('a proof ends with a periodic probe that fails', () => {
    const { step } = assessProfile({
      configMaps: [provenConfigMap(NOW - HOUR)],
      probes: [finishedJob(connectionRefused, 1000, { attempt: 2 })],
    });
    expect(step).toMatchObject({
      condition: { status: 'False', reason: 'ConnectionRefused' },
      blocks: true,
      actions: [],
    });
  });

  test('a proof stays valid after an inconclusive probe, which is tried again', () => {
    const seen = {
      configMaps: [provenConfigMap(NOW - HOUR)],
      probes: [finishedJob(verdictMissing, 1000, { attempt: 2 })],
    };
    expect(assessProfile(seen).step).toMatchObject({ condition: { status: 'True' }, progress: 'Done' });
    expect(assessProfile(seen).step.requeueAfterMs).toBeLessThanOrEqual(36_000);
    expect(assessProfile(seen).status).toMatchObject({ outcome: 'Inconclusive', reason: 'VerdictMissing' });
  });
});

describe('a Job that ends before its pod is seen to end', () => {
  const ending = (agoMs: number): ObservedProbe => {
    const probe = finishedJob(authenticationFailed, agoMs);
    return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, terminated: undefined })) };
  };

  test('a Job that has ended counts as running until its pod has ended', () => {
    const { step, status } = assessProfile({ probes: [ending(9000)] });
    expect(step).toMatchObject({ condition: { status: 'Unknown', reason: 'Probing' }, blocks: true, actions: [] });
    expect(status).toBeUndefined();
  });

  test('a Job whose pod was never seen counts as running unless its verdict is in the status', () => {
    const probe = { ...finishedJob(authenticationFailed, 9000), pods: [] };
    expect(assessProfile({ probes: [probe] }).step).toMatchObject({
      condition: { reason: 'Probing' },
      blocks: true,
      actions: [],
    });
    const { version: _, ...said } = authenticationFailed;
    const status = { probe: { ...said, job: probe.job, proofKey, attempt: 1, finishedAt: '2026-01-01T00:00:00Z' } };
    expect(assessProfile({ probes: [probe], profile: profile({ status }) }).status).toMatchObject({
      reason: authenticationFailed.reason,
    });
  });

  test('a Job whose pod has not ended is waited for by the probe of changed settings', () => {
    expect(probeActions({ probes: [{ ...ending(9000), proofKey: 'ffffffffff' }] })).toEqual([]);
    expect(probeActions({ probes: [{ ...ending(10_000), proofKey: 'ffffffffff' }] })).toEqual([startOfAttempt(1)]);
  });

  test('a Job whose pod is not seen to end within 10 s did not run', () => {
    expect(assessProfile({ probes: [ending(10_000)] }).status).toMatchObject({ reason: 'ProbeDidNotRun' });
  });
});
