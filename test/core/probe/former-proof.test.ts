import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../../src/contract/verdict.ts';
import type { Observed, ObservedProbe } from '../../../src/core/model/observed.ts';
import { gatherEvidence } from '../../../src/core/probe/evidence.ts';
import { lacksSessions, wasProven } from '../../../src/core/probe/former-proof.ts';
import { connectionKeyOf } from '../../../src/core/probe/proof-key.ts';
import { authenticationFailed, connectionRefused, NOW, observed, proofState, verdict } from '../builders.ts';
import { config, configMapWith, finishedJob, podDigest, probedSpec, proofKey, runningJob } from './builders.ts';

const proof = proofState({
  proofKey,
  podDigest,
  connectionKey: connectionKeyOf(probedSpec),
  fingerprint: 'a1b2',
  at: NOW - 60_000,
});
const ofOtherSettings = { ...configMapWith({ proof: { ...proof, proofKey: 'ffffffffff' } }), name: 'other' };
const full = verdict({ outcome: 'InsufficientCapacity', reason: 'SessionLimitReached', fingerprint: 'a1b2' });
const { fingerprint: _, ...withoutFingerprint } = full;
const ended = (said: Verdict, changes: Partial<ObservedProbe> = {}) =>
  finishedJob(said, 1000, { attempt: 2, ...changes });

const evidence = (changes: Partial<Observed>) =>
  gatherEvidence(observed({ configMaps: [configMapWith(), ofOtherSettings], ...changes }), probedSpec, config);

describe('a database without a free session', () => {
  test.for<[string, boolean, Partial<Observed>]>([
    ['the credentials opened a pool with other settings', true, { probes: [ended(full)] }],
    ['other credentials', false, { probes: [ended({ ...full, fingerprint: 'ffff' })] }],
    ['no fingerprint', false, { probes: [ended(withoutFingerprint)] }],
    [
      'a proof with another connection',
      false,
      {
        probes: [ended(full)],
        configMaps: [configMapWith({ proof: { ...proof, connectionKey: 'ffffffffff' } })],
      },
    ],
    ['no proof', false, { probes: [ended(full)], configMaps: [configMapWith()] }],
    ['a verdict about something else', false, { probes: [ended(connectionRefused)] }],
    ['another attempt runs', false, { probes: [ended(full), runningJob(500, { attempt: 3 })] }],
    [
      'a probe of other settings was rejected later',
      false,
      { probes: [ended(full), finishedJob(authenticationFailed, 0, { job: 'later', proofKey: 'ffffffffff' })] },
    ],
    [
      'a probe of other settings succeeded in the same second',
      false,
      { probes: [ended(full), finishedJob(verdict(), 1000, { job: 'other', proofKey: 'ffffffffff' })] },
    ],
    [
      'a probe of other settings was rejected before',
      true,
      { probes: [ended(full), finishedJob(authenticationFailed, 5000, { job: 'before', proofKey: 'ffffffffff' })] },
    ],
  ])('a verdict counts as a lack of sessions, or not: %s', ([, lacks, changes]) => {
    expect(lacksSessions(evidence(changes))).toBe(lacks);
  });
});

describe('settings that were proven', () => {
  const configMaps = [configMapWith({ proof })];
  const waiting = (reason: string, message: string) => {
    const job = runningJob(60_000, { attempt: 2 });
    return { ...job, pods: job.pods.map((pod) => ({ ...pod, waiting: { reason, message } })) };
  };

  test.for<[string, boolean, Partial<Observed>]>([
    ['and no probe since', true, {}],
    ['and a database that is full since', true, { probes: [ended(full)] }],
    ['and a database that is gone since', true, { probes: [ended(connectionRefused)] }],
    ['and a rejected logon since', false, { probes: [ended(authenticationFailed)] }],
    ['and other credentials since', false, { probes: [ended({ ...full, fingerprint: 'ffff' })] }],
    [
      'and a missing Secret since',
      false,
      { probes: [waiting('CreateContainerConfigError', 'secret "search-api-db" not found')] },
    ],
    [
      'and a missing key since',
      false,
      { probes: [waiting('CreateContainerConfigError', "couldn't find key DB_USER in Secret shop/search-api-db")] },
    ],
    ['and no node for the probe since', true, { probes: [waiting('Unschedulable', 'no node')] }],
    ['as other settings', false, { configMaps: [ofOtherSettings] }],
  ])('settings with a proof %s still count as proven, or not', ([, isProven, changes]) => {
    expect(wasProven(evidence({ configMaps, ...changes }))).toBe(isProven);
  });
});
