import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { ConfigState } from '../../../src/core/model/config-state.ts';
import type { Observed, ObservedConfigMap, ObservedProbe } from '../../../src/core/model/observed.ts';
import { assess } from './assess.ts';
import { gatherEvidence, isProofFresh } from '../../../src/core/probe/evidence.ts';
import { unrecordedLogonResults } from '../../../src/core/probe/logon-results.ts';
import { logonResultsKeyOf, probeHashOf, credentialsKeyOf } from '../../../src/core/probe/pod.ts';
import type { ProfileSpec } from '../../../src/api/v1alpha1.ts';
import type { Verdict } from '../../../src/contract/verdict.ts';
import {
  deployment,
  ended,
  NOW,
  observed,
  profile,
  SETTINGS,
  shared,
  spec,
  verdict,
  refused,
  runningProbe,
  silent,
  unclear,
} from '../builders.ts';

const HOUR = 3_600_000;

const wanted = spec({ probe: { intervalSeconds: 3600 } });
const config = poolConfig('search', wanted.pool);
const probeHash = probeHashOf(wanted, config, SETTINGS);
const turn = wanted.database && credentialsKeyOf(wanted.database);
const answersKey = wanted.database && logonResultsKeyOf(wanted.database);

const configMap = (marks: ConfigState = {}): ObservedConfigMap => ({
  name: config.name,
  uid: 'config-uid',
  isManagedByOperator: true,
  state: marks,
  resourceVersion: '5',
  immutable: true,
  data: config.data,
  owners: [],
});

const proven = (at: number, rest: object = {}) => configMap({ proof: { probeHash, at, ...rest } });

/** A Job of the wanted configuration that ended so long ago. */
const job = (said: Verdict, agoMs: number, changes: Partial<ObservedProbe> = {}): ObservedProbe => {
  const exitCodes = {
    Succeeded: 0,
    PermanentFailure: 10,
    TransientFailure: 11,
    InsufficientCapacity: 12,
    Inconclusive: 13,
  };
  const end = { succeeded: said.outcome === 'Succeeded', at: NOW - agoMs, reason: '', message: '' };
  return ended(said, exitCodes[said.outcome], {
    probeHash,
    credentialsKey: turn,
    logonResultsKey: answersKey,
    end,
    createdAt: NOW - agoMs - 3000,
    ...changes,
  });
};
const running = (agoMs: number, changes: Partial<ObservedProbe> = {}): ObservedProbe => {
  const probe = job(verdict(), agoMs, { job: 'search-probe-running', uid: 'running', createdAt: NOW - agoMs });
  const pods = probe.pods.map((pod) => ({ ...pod, ownerUid: 'running', terminated: undefined }));
  return { ...probe, end: undefined, pods, ...changes };
};

const look = (changes: Partial<Observed>, asked: ProfileSpec = wanted) =>
  assess(
    observed({ profile: profile({ spec: { kind: 'valid', spec: asked } }), configMaps: [configMap()], ...changes }),
    asked,
    config,
  );
const kept = (changes: Partial<Observed>) =>
  unrecordedLogonResults(observed(changes)).map(({ kind, object }) => `${kind} ${object.metadata.name}`);
const did = (changes: Partial<Observed>, asked?: ProfileSpec) =>
  look(changes, asked).step.actions.map(({ kind, object }) => `${kind} ${object.metadata.name}`);

const ATTEMPT = (number: number) => `startProbe search-probe-${probeHash}-${number}`;

describe('a proof', () => {
  test('is written on the ConfigMap of its configuration, once', () => {
    const seen = { probes: [job(verdict({ fingerprint: 'a1b2' }), 60_000)] };
    const [action] = look(seen).step.actions;
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
    expect(did({ ...seen, configMaps: [proven(NOW - 60_000)] })).toEqual([]);
  });

  test('outlives Job, pod and status', () => {
    const { step } = look({ configMaps: [proven(NOW - 60_000)] });
    expect(step).toMatchObject({
      condition: { status: 'True', reason: 'PoolOpened' },
      progress: 'Done',
      blocks: false,
      actions: [],
    });
  });

  test('of another configuration proves nothing', () => {
    const other = configMap({ proof: { probeHash: 'ffffffffff', at: NOW } });
    expect(did({ configMaps: [other] })).toEqual([ATTEMPT(1)]);
  });

  test('is renewed when its interval is over, and stands meanwhile', () => {
    const old = { configMaps: [proven(NOW - 1.11 * HOUR)] };
    expect(did(old)).toEqual([ATTEMPT(1)]);
    expect(look(old).step).toMatchObject({ condition: { status: 'True' }, progress: 'Done', blocks: false });
    const { step } = look({ ...old, probes: [running(1000)] });
    expect(step).toMatchObject({ condition: { status: 'True' }, progress: 'Done', actions: [] });
    const young = look({ configMaps: [proven(NOW - HOUR / 2)] }).step;
    expect(young.requeueAfterMs).toBeGreaterThanOrEqual(HOUR / 2);
    expect(young.requeueAfterMs).toBeLessThanOrEqual(0.6 * HOUR);
  });

  test('is not renewed with an interval of 0', () => {
    const never = spec({ probe: { intervalSeconds: 0 } });
    expect(look({ configMaps: [proven(0)] }, never).step).toMatchObject({ progress: 'Done', actions: [] });
  });

  test('that could not be renewed for two intervals is not believed any more', () => {
    const seen = { configMaps: [proven(NOW - 3 * HOUR)], probes: [running(1000)] };
    expect(look(seen).step).toMatchObject({ condition: { status: 'Unknown', reason: 'Probing' }, blocks: true });
  });

  test('is denied by a periodic probe that fails', () => {
    const { step } = look({ configMaps: [proven(NOW - HOUR)], probes: [job(silent, 1000)] });
    expect(step).toMatchObject({
      condition: { status: 'False', reason: 'ConnectionRefused' },
      blocks: true,
      actions: [],
    });
  });

  test('is not denied by one that cannot tell, which is tried again', () => {
    const seen = { configMaps: [proven(NOW - HOUR)], probes: [job(unclear, 1000)] };
    expect(look(seen).step).toMatchObject({ condition: { status: 'True' }, progress: 'Done' });
    expect(look(seen).step.requeueAfterMs).toBeLessThanOrEqual(36_000);
    expect(look(seen).status).toMatchObject({ outcome: 'Inconclusive', reason: 'VerdictMissing' });
  });

  test('is fresh until it is to be renewed', () => {
    const at = (ms: number) =>
      isProofFresh(gatherEvidence(observed({ configMaps: [proven(NOW - ms)], probes: [] }), wanted, config));
    expect([at(1000), at(HOUR), at(1.11 * HOUR)]).toEqual([true, true, false]);
    expect(isProofFresh(gatherEvidence(observed({ configMaps: [configMap()] }), wanted, config))).toBe(false);
  });
});

describe('credentials that were refused', () => {
  const recorded = shared({ logonResults: { resourceVersion: '7', data: {} } });

  test('are written down for all profiles of the namespace', () => {
    const seen = { probes: [job(refused, 1000)], shared: recorded };
    expect(kept(seen)).toEqual(['recordLogonResults dbpool-logon-results']);
    expect(look(seen).step).toMatchObject({
      progress: 'Stalled',
      blocks: true,
      condition: { reason: 'AuthenticationFailed' },
    });
  });

  test('of other numbers are written down, too', () => {
    const other = job(refused, 1000, { probeHash: 'ffffffffff', job: 'other' });
    const pods = other.pods.map((pod) => ({ ...pod, digest: 'ffffffffff' }));
    const seen = { probes: [{ ...other, pods }], shared: recorded };
    expect(kept(seen)).toEqual(['recordLogonResults dbpool-logon-results']);
    expect(did(seen)).toEqual([ATTEMPT(1)]);
  });

  test('are written down as soon as the pod has ended, though a sidecar keeps the Job running', () => {
    const sidecar = job(refused, 1000, { end: undefined });
    expect(kept({ probes: [sidecar], shared: recorded })).toEqual(['recordLogonResults dbpool-logon-results']);
  });

  test('are looked at again after a pause that grows, which the status shows', () => {
    expect(look({ probes: [job(refused, 1000)] }).status?.nextAttemptAt).toMatch(/^2026-01-01T12:00:(29|3\d)Z$/);
    expect(did({ probes: [job(refused, 37_000)] })).toContain(ATTEMPT(2));
    expect(did({ probes: [job(refused, 37_000, { failures: 3 })] })).not.toContain(ATTEMPT(2));
    const [create] = look({ probes: [job(refused, 37_000)] }).step.actions;
    expect(create?.object.metadata['annotations']).toMatchObject({ 'dbpool.dev/failures': '1' });
  });

  test('are sent once more where a person asks for it', () => {
    const asking = profile({ spec: { kind: 'valid', spec: wanted }, probeRequestedAt: 'now' });
    const { step } = look({ profile: asking, probes: [job(refused, 1000)] });
    const create = step.actions.at(-1);
    expect(create).toMatchObject({
      kind: 'startProbe',
      object: { spec: { template: { metadata: { annotations: { 'dbpool.dev/force-logon': 'true' } } } } },
    });
    const answered = job(refused, 1000, { requestedAt: 'now' });
    expect(did({ profile: asking, probes: [answered] })).toEqual([]);
  });

  test('are sent where a person asks while the Job before waits for its image', () => {
    const asking = profile({ spec: { kind: 'valid', spec: wanted }, probeRequestedAt: 'now' });
    const waits = running(16_000);
    const pods = waits.pods.map((pod) => ({ ...pod, waiting: { reason: 'ImagePullBackOff', message: '' } }));
    const { step } = look({ profile: asking, probes: [{ ...waits, pods }] });
    expect(step.actions.at(-1)).toMatchObject({
      object: { spec: { template: { metadata: { annotations: { 'dbpool.dev/force-logon': 'true' } } } } },
    });
  });

  const asks = { spec: { kind: 'valid', spec: wanted }, probeRequestedAt: 'now' } as const;
  const otherProof = {
    ...configMap({ proof: { probeHash: 'ffffffffff', at: NOW, requestedAt: 'now' } }),
    name: 'other',
  };
  test.for<[string, Partial<Observed>]>([
    ['a Job of other numbers', { probes: [job(refused, 1000, { probeHash: 'ffffffffff', requestedAt: 'now' })] }],
    ['the proof of other numbers', { configMaps: [proven(NOW - 1000), otherProof] }],
    ['the status', { profile: profile({ ...asks, status: { handledRequests: { probe: 'now' } } }) }],
  ])('are not sent once more for a word that %s has heard', ([, changes]) => {
    expect(did({ profile: profile(asks), configMaps: [proven(NOW - 1000)], ...changes })).toEqual([]);
    expect(did({ ...changes, configMaps: [proven(NOW - 1000)], probes: [], profile: profile(asks) })).toHaveLength(1);
  });

  test('are not looked at again without a fingerprint', () => {
    const { fingerprint: _, ...nameless } = refused;
    expect(look({ probes: [job(nameless, HOUR)] }).step).toMatchObject({ actions: [], progress: 'Stalled' });
  });

  test('keep their reason in the condition while they are looked at again', () => {
    const { step } = look({ probes: [job(refused, 40_000), running(1000)] });
    expect(step).toMatchObject({ condition: { status: 'False', reason: 'AuthenticationFailed' }, progress: 'Stalled' });
  });
});

describe('a Job whose end is seen before that of its pod', () => {
  const ending = (agoMs: number): ObservedProbe => {
    const probe = job(refused, agoMs);
    return { ...probe, pods: probe.pods.map((pod) => ({ ...pod, terminated: undefined })) };
  };

  test('says nothing yet, and still runs', () => {
    const { step, status } = look({ probes: [ending(9000)] });
    expect(step).toMatchObject({ condition: { status: 'Unknown', reason: 'Probing' }, blocks: true, actions: [] });
    expect(status).toBeUndefined();
  });

  test('whose pod was not seen at all runs still, too, unless its verdict is known', () => {
    const probe = { ...job(refused, 9000), pods: [] };
    expect(look({ probes: [probe] }).step).toMatchObject({
      condition: { reason: 'Probing' },
      blocks: true,
      actions: [],
    });
    const { version: _, ...said } = refused;
    const status = { probe: { ...said, job: probe.job, probeHash, attempt: 1, finishedAt: '2026-01-01T00:00:00Z' } };
    expect(look({ probes: [probe], profile: profile({ status }) }).status).toMatchObject({ reason: refused.reason });
  });

  test('is waited for by changed numbers', () => {
    expect(did({ probes: [{ ...ending(9000), probeHash: 'ffffffffff' }] })).toEqual([]);
    expect(did({ probes: [{ ...ending(10_000), probeHash: 'ffffffffff' }] })).toEqual([ATTEMPT(1)]);
  });

  test('is given up where the pod’s end is not seen within 10 s', () => {
    expect(look({ probes: [ending(10_000)] }).status).toMatchObject({ reason: 'ProbeDidNotRun' });
  });
});

test('a Job of a former profile of this name keeps its number', () => {
  const orphan = { ...job(verdict(), 60_000), ownerUid: 'a former profile', attempt: 3 };
  expect(did({ probes: [orphan] })).toEqual([ATTEMPT(4)]);
});

test('a Job that ended by waiting is followed by the next at once, with no failure more', () => {
  const probe = job(unclear, 1000, { failures: 2 });
  const waiting = { reason: 'CreateContainerConfigError', message: 'secret "db" not found' };
  const failure = { reason: 'DeadlineExceeded', message: '' };
  const pods = probe.pods.map((pod) => ({ ...pod, terminated: undefined, waiting, failure }));
  const { step } = look({ probes: [{ ...probe, pods }] });
  expect(step.condition?.reason).toBe('SecretNotFound');
  expect(step.actions.at(-1)?.object.metadata['annotations']).toMatchObject({ 'dbpool.dev/failures': '2' });
});

test('a Job that gets no pod says so after 10 s, and is looked at ever more rarely', () => {
  const without = (agoMs: number) => look({ probes: [running(agoMs, { pods: [] })] }).step;
  expect(without(2000)).toMatchObject({ condition: { reason: 'Probing' }, requeueAfterMs: 3000 });
  expect(without(60_000)).toMatchObject({ condition: { reason: 'PodNotCreated' }, requeueAfterMs: 60_000 });
  expect(without(HOUR).requeueAfterMs).toBe(300_000);
});

describe('a probe that is due', () => {
  test('takes the turn of one that has not started for a while, whose Job is deleted first', () => {
    const preemptible = { job: 'waits', uid: 'u', resourceVersion: '7' };
    const idle = { credentialsKey: turn, holdsSlot: false };
    expect(did({ shared: shared({ running: [runningProbe({ ...idle, preemptible })] }) })).toEqual([
      'deleteProbe waits',
      ATTEMPT(1),
    ]);
    expect(did({ shared: shared({ running: [runningProbe(idle)] }) })).toEqual([]);
  });

  test('waits while one of its Secret and connect string runs, and says so', () => {
    const { step } = look({ shared: shared({ running: [runningProbe({ credentialsKey: turn })] }) });
    expect(step).toMatchObject({
      condition: { status: 'Unknown', reason: 'ProbeQueued' },
      blocks: true,
      actions: [],
      waitingFor: 'ProbeSlot',
    });
    // It is woken.
    expect(step.requeueAfterMs).toBeUndefined();
  });

  test('says that it waits, whatever was proven or failed before', () => {
    const others = shared({ running: [runningProbe({ credentialsKey: turn })] });
    const failedBefore = look({ shared: others, probes: [job(silent, HOUR)] });
    expect(failedBefore.step).toMatchObject({ condition: { status: 'False' }, waitingFor: 'ProbeSlot' });
    expect(failedBefore.step.requeueAfterMs).toBeUndefined();
    const renewal = look({ shared: others, configMaps: [proven(NOW - 1.5 * HOUR)] });
    expect(renewal.step).toMatchObject({ condition: { status: 'True' }, waitingFor: 'ProbeSlot' });
  });

  test('of changed numbers waits for the one before, if that logs on with the same credentials', () => {
    const before = look({ probes: [running(1000, { probeHash: 'ffffffffff' })] }).step;
    expect(before).toMatchObject({ actions: [], waitingFor: 'ProbeSlot', requeueAfterMs: 3000 });
    expect(did({ probes: [running(1000, { probeHash: 'ffffffffff', credentialsKey: 'other' })] })).toEqual([
      ATTEMPT(1),
    ]);
  });

  test('makes the salt first where the namespace has none', () => {
    expect(did({ shared: shared({ salt: 'missing' }) })).toEqual([
      'createSalt dbpool-fingerprint-salt',
      'recordLogonResults dbpool-logon-results',
      ATTEMPT(1),
    ]);
    const another = runningProbe({ credentialsKey: 'other' });
    expect(did({ shared: shared({ salt: 'missing', running: [another] }) })).toEqual([]);
  });

  test('is refused where its labels would make it one of the backend', () => {
    const labelled = spec({ probe: { podLabels: { app: 'search-api' } } });
    const { step } = look({}, labelled);
    expect(step).toMatchObject({ condition: { reason: 'PodLabelsMatchBackend' }, progress: 'Stalled', actions: [] });
    expect(step.condition?.message).toContain('Deployment search-api');
    const others = [{ kind: 'Service', name: 'web', selector: { labels: { role: 'probe' }, expressions: [] } }];
    const asked = spec({ probe: { podLabels: { role: 'probe' } } });
    expect(look({ podSelectors: others }, asked).step.condition?.message).toContain('Service web');
    expect(look({}, asked).step.actions).toHaveLength(1);
  });

  test('takes the place of one that waits for an image for longer than a new one would', () => {
    const waits = running(16_000);
    const pods = waits.pods.map((pod) => ({
      ...pod,
      waiting: { reason: 'ImagePullBackOff', message: 'no such image' },
    }));
    expect(did({ probes: [{ ...waits, pods }] })).toEqual(['deleteProbe search-probe-running', ATTEMPT(2)]);
    expect(look({ probes: [{ ...waits, pods }] }).step.condition?.reason).toBe('ImagePullFailed');
    expect(did({ probes: [{ ...waits, pods, createdAt: NOW - 14_000 }] })).toEqual([]);
    const behind = shared({ running: [runningProbe({ credentialsKey: turn })] });
    expect(look({ shared: behind, probes: [{ ...waits, pods }] }).step).toMatchObject({
      condition: { reason: 'ImagePullFailed' },
      actions: [],
      waitingFor: 'ProbeSlot',
    });
  });
});

test('its pod goes where the backend’s go, and carries what the settings say', () => {
  const placement = { nodeSelector: { disk: 'ssd' }, dnsPolicy: 'None' };
  const settings = { ...SETTINGS, imagePullSecret: 'registry' };
  const { step } = look({ deployment: deployment({ placement }), settings });
  const job = step.actions[0]?.object['spec'] as { template: { spec: object } } | undefined;
  const pod = job?.template.spec;
  expect(pod).toMatchObject({
    ...placement,
    imagePullSecrets: [{ name: 'registry' }],
    readinessGates: [{ conditionType: 'dbpool.dev/never-ready' }],
  });
  expect(pod).not.toHaveProperty('priorityClassName');
});

test('an advisory probe holds nothing up', () => {
  const advisory = spec({ probe: { policy: 'Advisory', intervalSeconds: 3600 } });
  expect(look({ probes: [job(silent, 1000)] }, advisory).step).toMatchObject({
    condition: { status: 'False', reason: 'ConnectionRefused' },
    progress: 'Done',
    blocks: false,
  });
});
