import { describe, expect, test } from 'vitest';
import type { ObservedProbe } from '../../../src/core/model/observed.ts';
import { gatherEvidence, isProofFresh } from '../../../src/core/probe/evidence.ts';
import {
  NOW,
  observed,
  profile,
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
  configMapWith,
  finishedJob,
  probeActions,
  probeHash,
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
      probeHash,
      at: NOW - 60_000,
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
    const other = configMapWith({ proof: { probeHash: 'ffffffffff', at: NOW } });
    expect(probeActions({ configMaps: [other] })).toEqual([startOfAttempt(1)]);
  });

  test('a proof is renewed when its interval is over, and stays valid meanwhile', () => {
    const old = { configMaps: [provenConfigMap(NOW - 1.11 * HOUR)] };
    expect(probeActions(old)).toEqual([startOfAttempt(1)]);
    expect(assessProfile(old).step).toMatchObject({ condition: { status: 'True' }, progress: 'Done', blocks: false });
    const { step } = assessProfile({ ...old, probes: [runningJob(1000)] });
    expect(step).toMatchObject({ condition: { status: 'True' }, progress: 'Done', actions: [] });
    const young = assessProfile({ configMaps: [provenConfigMap(NOW - HOUR / 2)] }).step;
    expect(young.requeueAfterMs).toBeGreaterThanOrEqual(HOUR / 2);
    expect(young.requeueAfterMs).toBeLessThanOrEqual(0.6 * HOUR);
  });

  test('a proof is not renewed with an interval of 0', () => {
    const never = spec({ probe: { intervalSeconds: 0 } });
    expect(assessProfile({ configMaps: [provenConfigMap(0)] }, never).step).toMatchObject({
      progress: 'Done',
      actions: [],
    });
  });

  test('a proof that could not be renewed for two intervals is not valid any more', () => {
    const seen = { configMaps: [provenConfigMap(NOW - 3 * HOUR)], probes: [runningJob(1000)] };
    expect(assessProfile(seen).step).toMatchObject({
      condition: { status: 'Unknown', reason: 'Probing' },
      blocks: true,
    });
  });

  test('a proof ends with a periodic probe that fails', () => {
    const { step } = assessProfile({
      configMaps: [provenConfigMap(NOW - HOUR)],
      probes: [finishedJob(connectionRefused, 1000)],
    });
    expect(step).toMatchObject({
      condition: { status: 'False', reason: 'ConnectionRefused' },
      blocks: true,
      actions: [],
    });
  });

  test('a proof stays valid after an inconclusive probe, which is tried again', () => {
    const seen = { configMaps: [provenConfigMap(NOW - HOUR)], probes: [finishedJob(verdictMissing, 1000)] };
    expect(assessProfile(seen).step).toMatchObject({ condition: { status: 'True' }, progress: 'Done' });
    expect(assessProfile(seen).step.requeueAfterMs).toBeLessThanOrEqual(36_000);
    expect(assessProfile(seen).status).toMatchObject({ outcome: 'Inconclusive', reason: 'VerdictMissing' });
  });

  test('a proof is fresh until it is due for renewal', () => {
    const at = (ms: number) =>
      isProofFresh(
        gatherEvidence(observed({ configMaps: [provenConfigMap(NOW - ms)], probes: [] }), probedSpec, config),
      );
    expect([at(1000), at(HOUR), at(1.11 * HOUR)]).toEqual([true, true, false]);
    expect(isProofFresh(gatherEvidence(observed({ configMaps: [configMapWith()] }), probedSpec, config))).toBe(false);
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
    const status = { probe: { ...said, job: probe.job, probeHash, attempt: 1, finishedAt: '2026-01-01T00:00:00Z' } };
    expect(assessProfile({ probes: [probe], profile: profile({ status }) }).status).toMatchObject({
      reason: authenticationFailed.reason,
    });
  });

  test('a Job whose pod has not ended is waited for by the probe of changed settings', () => {
    expect(probeActions({ probes: [{ ...ending(9000), probeHash: 'ffffffffff' }] })).toEqual([]);
    expect(probeActions({ probes: [{ ...ending(10_000), probeHash: 'ffffffffff' }] })).toEqual([startOfAttempt(1)]);
  });

  test('a Job whose pod is not seen to end within 10 s did not run', () => {
    expect(assessProfile({ probes: [ending(10_000)] }).status).toMatchObject({ reason: 'ProbeDidNotRun' });
  });
});
