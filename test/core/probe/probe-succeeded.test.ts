import { describe, expect, test } from 'vitest';
import { MAX_ATTEMPTS } from '../../../src/core/model/attempt.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { unrecordedLogonResults } from '../../../src/core/probe/logon-results.ts';
import {
  NOW,
  observed,
  profile,
  shared,
  spec,
  verdict,
  authenticationFailed,
  connectionRefused,
  verdictMissing,
  proofState,
} from '../builders.ts';
import {
  HOUR,
  assessProfile,
  configMapWith,
  finishedJob,
  probeActions,
  probedSpec,
  provenConfigMap,
  runningJob,
  startOfAttempt,
} from './builders.ts';

const kept = (changes: Partial<Observed>) =>
  unrecordedLogonResults(observed(changes)).map(({ kind, object }) => `${kind} ${object.metadata.name}`);

describe('credentials that were rejected', () => {
  const recorded = shared({ logonResults: { resourceVersion: '7', data: {} } });

  test('rejected credentials are recorded for all profiles of the namespace', () => {
    const seen = { probes: [finishedJob(authenticationFailed, 1000)], shared: recorded };
    expect(kept(seen)).toEqual(['recordLogonResults dbpool-logon-results']);
    expect(assessProfile(seen).step).toMatchObject({
      progress: 'Stalled',
      blocks: true,
      condition: { reason: 'AuthenticationFailed' },
    });
  });

  test('rejected credentials are recorded by a probe of other settings, too', () => {
    const other = finishedJob(authenticationFailed, 1000, { proofKey: 'ffffffffff', job: 'other' });
    const pods = other.pods.map((pod) => ({ ...pod, digest: 'ffffffffff' }));
    const seen = { probes: [{ ...other, pods }], shared: recorded };
    expect(kept(seen)).toEqual(['recordLogonResults dbpool-logon-results']);
    expect(probeActions(seen)).toEqual([startOfAttempt(1)]);
  });

  test('rejected credentials are recorded once the pod has ended, though a sidecar keeps the Job running', () => {
    const sidecar = finishedJob(authenticationFailed, 1000, { end: undefined });
    expect(kept({ probes: [sidecar], shared: recorded })).toEqual(['recordLogonResults dbpool-logon-results']);
  });

  test('rejected credentials are checked again after a pause that grows, which the status shows', () => {
    expect(assessProfile({ probes: [finishedJob(authenticationFailed, 1000)] }).status?.nextAttemptAt).toMatch(
      /^2026-01-01T12:00:(29|3\d)Z$/,
    );
    expect(probeActions({ probes: [finishedJob(authenticationFailed, 37_000)] })).toContain(startOfAttempt(2));
    expect(probeActions({ probes: [finishedJob(authenticationFailed, 37_000, { failures: 3 })] })).not.toContain(
      startOfAttempt(2),
    );
    const [create] = assessProfile({ probes: [finishedJob(authenticationFailed, 37_000)] }).step.actions;
    expect(create?.object.metadata['annotations']).toMatchObject({ 'dbpool.dev/failures': '1' });
  });

  test('rejected credentials are sent once more for a request', () => {
    const asking = profile({ spec: { kind: 'valid', spec: probedSpec }, probeRequestedAt: 'now' });
    const { step } = assessProfile({ profile: asking, probes: [finishedJob(authenticationFailed, 1000)] });
    const create = step.actions.at(-1);
    expect(create).toMatchObject({
      kind: 'startProbe',
      object: { spec: { template: { metadata: { annotations: { 'dbpool.dev/force-logon': 'true' } } } } },
    });
    const answered = finishedJob(authenticationFailed, 1000, { requestedAt: 'now' });
    expect(probeActions({ profile: asking, probes: [answered] })).toEqual([]);
  });

  test('rejected credentials are sent for a request while the Job before waits for its image', () => {
    const asking = profile({ spec: { kind: 'valid', spec: probedSpec }, probeRequestedAt: 'now' });
    const waits = runningJob(16_000);
    const pods = waits.pods.map((pod) => ({ ...pod, waiting: { reason: 'ImagePullBackOff', message: '' } }));
    const { step } = assessProfile({ profile: asking, probes: [{ ...waits, pods }] });
    expect(step.actions.at(-1)).toMatchObject({
      object: { spec: { template: { metadata: { annotations: { 'dbpool.dev/force-logon': 'true' } } } } },
    });
  });

  const asks = { spec: { kind: 'valid', spec: probedSpec }, probeRequestedAt: 'now' } as const;
  const otherProof = {
    ...configMapWith({ proof: proofState({ proofKey: 'ffffffffff', requestedAt: 'now' }) }),
    name: 'other',
  };
  test.for<[string, Partial<Observed>]>([
    [
      'a Job of other settings',
      { probes: [finishedJob(authenticationFailed, 1000, { proofKey: 'ffffffffff', requestedAt: 'now' })] },
    ],
    ['the proof of other settings', { configMaps: [provenConfigMap(NOW - 1000), otherProof] }],
    ['the status', { profile: profile({ ...asks, status: { handledRequests: { probe: 'now' } } }) }],
  ])('rejected credentials are not sent once more for a request that %s has handled', ([, changes]) => {
    expect(probeActions({ profile: profile(asks), configMaps: [provenConfigMap(NOW - 1000)], ...changes })).toEqual([]);
    expect(
      probeActions({ ...changes, configMaps: [provenConfigMap(NOW - 1000)], probes: [], profile: profile(asks) }),
    ).toHaveLength(1);
  });

  test('rejected credentials without a fingerprint are not checked again', () => {
    const { fingerprint: _, ...nameless } = authenticationFailed;
    expect(assessProfile({ probes: [finishedJob(nameless, HOUR)] }).step).toMatchObject({
      actions: [],
      progress: 'Stalled',
    });
  });

  test('rejected credentials keep their reason in the condition while they are checked again', () => {
    const { step } = assessProfile({ probes: [finishedJob(authenticationFailed, 40_000), runningJob(1000)] });
    expect(step).toMatchObject({ condition: { status: 'False', reason: 'AuthenticationFailed' }, progress: 'Stalled' });
  });
});

test("of a Job that is not the profile's, such as one of a former profile of this name, the name alone counts", () => {
  const foreign = { ...finishedJob(verdict(), 60_000), ownerUid: 'a former profile', attempt: Number.MAX_SAFE_INTEGER };
  const probes = [1, 2].map((number) => ({ ...foreign, job: `search-probe-${foreign.proofKey}-${number}` }));
  const { step } = assessProfile({ probes });
  expect(probeActions({ probes })).toEqual([startOfAttempt(3)]);
  expect(step.actions.at(-1)?.object.metadata['annotations']).toMatchObject({ 'dbpool.dev/attempt': '1' });
});

describe('a Job of the profile with the highest number, which somebody else has written', () => {
  const failed = finishedJob(connectionRefused, HOUR / 2, { attempt: MAX_ATTEMPTS });

  test('another attempt follows it', () => {
    const { step } = assessProfile({ probes: [failed] });
    expect(step.actions.at(-1)?.object.metadata['annotations']).toMatchObject({
      'dbpool.dev/attempt': String(MAX_ATTEMPTS),
    });
  });

  test('the attempt that was created after it counts, and its proof is recorded once', () => {
    const later = finishedJob(verdict(), 60_000, { attempt: MAX_ATTEMPTS, job: 'search-probe-later' });
    const seen = { probes: [later, failed] };
    expect(assessProfile(seen).step.condition?.status).toBe('True');
    expect(probeActions(seen)).toEqual([`recordState ${configMapWith().name}`]);
    expect(probeActions({ ...seen, configMaps: [provenConfigMap(NOW - 50_000, MAX_ATTEMPTS)] })).toEqual([]);
    const forged = [provenConfigMap(NOW + 9 * HOUR, MAX_ATTEMPTS)];
    expect(probeActions({ ...seen, configMaps: forged })).toEqual([`recordState ${configMapWith().name}`]);
  });
});

test('a Job that timed out while it waited is followed by the next at once, and counts as no failure', () => {
  const probe = finishedJob(verdictMissing, 1000, { failures: 2 });
  const waiting = { reason: 'CreateContainerConfigError', message: 'secret "db" not found' };
  const failure = { reason: 'DeadlineExceeded', message: '' };
  const pods = probe.pods.map((pod) => ({ ...pod, terminated: undefined, waiting, failure }));
  const { step } = assessProfile({ probes: [{ ...probe, pods }] });
  expect(step.condition?.reason).toBe('SecretNotFound');
  expect(step.actions.at(-1)?.object.metadata['annotations']).toMatchObject({ 'dbpool.dev/failures': '2' });
});

test('a Job without a pod is reported after 10 s, and checked less and less often', () => {
  const without = (agoMs: number) => assessProfile({ probes: [runningJob(agoMs, { pods: [] })] }).step;
  expect(without(2000)).toMatchObject({ condition: { reason: 'Probing' }, requeueAfterMs: 3000 });
  expect(without(60_000)).toMatchObject({ condition: { reason: 'PodNotCreated' }, requeueAfterMs: 60_000 });
  expect(without(HOUR).requeueAfterMs).toBe(300_000);
});

test('an advisory probe blocks nothing', () => {
  const advisory = spec({ probe: { policy: 'Advisory', intervalSeconds: 3600 } });
  expect(assessProfile({ probes: [finishedJob(connectionRefused, 1000)] }, advisory).step).toMatchObject({
    condition: { status: 'False', reason: 'ConnectionRefused' },
    progress: 'Done',
    blocks: false,
  });
});
