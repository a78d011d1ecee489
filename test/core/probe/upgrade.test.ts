/** Another version of the operator: its image, and with it the pod of each probe, is another one. The proof keys are the same. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed, ObservedProbe } from '../../../src/core/model/observed.ts';
import {
  authenticationFailed,
  container,
  deploymentUsing,
  NOW,
  observed,
  pods,
  profile,
  proofState,
  renderedConfigMap,
  replicaSet,
  runningProbe,
  SETTINGS,
  shared,
  succeededState,
  verdict,
} from '../builders.ts';
import {
  assessProfile,
  config,
  finishedJob,
  HOUR,
  podDigest,
  probeActions,
  probedSpec,
  proofKey,
  runningJob,
} from './builders.ts';

const proof = proofState({ proofKey, podDigest, at: NOW - 60_000, fingerprint: 'a1b2' });

/** Ready for an hour, and proven a minute ago. */
const settled = observed({
  profile: profile({ spec: { kind: 'valid', spec: probedSpec } }),
  configMaps: [renderedConfigMap(config, { state: { ...succeededState, proof } })],
  deployment: deploymentUsing(config.name),
  replicaSets: [replicaSet(config.hash, 2, 3)],
  pods: pods(config.hash),
});

const NEXT = { ...SETTINGS, probeImage: 'dbpool-operator:next', leadsSince: NOW - 1000 };
const upgraded: Observed = { ...settled, settings: NEXT };

/** The same profile once its renewal is due, and all probe slots are taken. */
const slots = Array.from({ length: 10 }, (_, n) => runningProbe({ namespace: `other-${n}` }));
const queued: Observed = { ...upgraded, now: NOW + HOUR, shared: shared({ running: slots }) };

const readyIn = (seen: Observed) => decide(seen).status.conditions?.find(({ type }) => type === 'Ready');
const actionsIn = (seen: Observed) => decide(seen).actions.map(({ kind }) => kind);

describe('an upgrade of the operator', () => {
  test('an upgrade leaves a profile Ready that was proven before', () => {
    expect(readyIn(settled)).toMatchObject({ status: 'True' });
    expect(actionsIn(settled)).toEqual([]);
    expect(readyIn(upgraded)).toMatchObject({ status: 'True' });
    expect(actionsIn(upgraded)).toEqual([]);
  });

  test('an upgrade makes a renewal of the proof due within an interval', () => {
    expect(decide(upgraded).requeueAfterMs).toBeLessThanOrEqual(HOUR);
    expect(actionsIn({ ...upgraded, now: NOW + HOUR })).toEqual(['startProbe']);
  });

  test('an upgrade leaves a profile Ready while its renewal waits for a probe slot', () => {
    expect(decide(queued).status.waitingFor).toEqual(['ProbeSlot']);
    expect(readyIn(queued)).toMatchObject({ status: 'True' });
  });

  test('an upgrade holds no repair of drift while the renewal waits for a probe slot', () => {
    const drifted = { ...queued, deployment: deploymentUsing(config.name, { containers: [container()] }) };
    expect(actionsIn(drifted)).toContain('rollOut');
  });
});

describe('a Job of the version before', () => {
  const after = { settings: NEXT };
  const older = { createdAt: NEXT.leadsSince - 1000 };

  test('a running Job of the version before is waited for', () => {
    expect(probeActions({ ...after, probes: [runningJob(1000, older)] })).toEqual([]);
  });

  test('a Job of the version before proves the settings by the digest that it carries', () => {
    const ended = finishedJob(verdict(), 500, older);
    const { step } = assessProfile({ ...after, probes: [ended] });
    expect(step).toMatchObject({ condition: { status: 'True' }, blocks: false });
    expect(step.actions.map(({ kind }) => kind)).toEqual(['recordState']);
  });

  test('a Job of the version before counts as a failed attempt', () => {
    const ended = finishedJob(authenticationFailed, 500, older);
    expect(assessProfile({ ...after, probes: [ended] }).step).toMatchObject({
      condition: { reason: 'AuthenticationFailed' },
      actions: [],
    });
  });
});

describe('a Job that nobody trusts', () => {
  const swapped = (job: ObservedProbe): ObservedProbe => ({
    ...job,
    pods: job.pods.map((pod) => ({ ...pod, digest: 'eeeeeeeeee' })),
  });

  test.for<[string, Observed['settings'], ObservedProbe]>([
    ['of this version', SETTINGS, swapped(finishedJob(verdict(), 500))],
    ['of the version before', NEXT, swapped(finishedJob(verdict(), 500, { createdAt: NEXT.leadsSince - 1000 }))],
  ])('a pod that is not as its Job says proves nothing: a Job %s', ([, settings, job]) => {
    const { step } = assessProfile({ settings, probes: [job] });
    expect(step).toMatchObject({ condition: { status: 'Unknown', reason: 'VerdictUntrusted' }, blocks: true });
  });

  test('a Job with a pod of its own making proves nothing, though its digest and its pod agree', () => {
    const forged = finishedJob(verdict(), 500, { podDigest: 'eeeeeeeeee' });
    expect(probeActions({ probes: [swapped(forged)] })).toEqual([`startProbe search-probe-${proofKey}-2`]);
  });
});
