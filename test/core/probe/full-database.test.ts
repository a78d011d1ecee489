import { describe, expect, test } from 'vitest';
import type { Observed } from '../../../src/core/model/observed.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { databaseIsFull } from '../../../src/core/probe/full-database.ts';
import { proofKeyOf } from '../../../src/core/probe/proof-key.ts';
import { toRfc3339 } from '../../../src/core/model/time.ts';
import { authenticationFailed, NOW, observed, profile, verdict } from '../builders.ts';
import { configMapWith, finishedJob, probedSpec, proofKey, runningJob } from './builders.ts';

const full = verdict({ outcome: 'InsufficientCapacity', reason: 'SessionLimitReached' });
const larger = { ...probedSpec.pool, max: 60 };
const { name, data } = poolConfig('search', larger);
const ofLarger = { proofKey: proofKeyOf({ ...probedSpec, pool: larger }) };
const configMaps = [configMapWith(), { ...configMapWith(), name, data }];

const reported = (changes: object = {}) => {
  const { version: _, ...said } = full;
  const probe = { ...said, job: 'gone', proofKey, attempt: 1, finishedAt: toRfc3339(NOW - 7_200_000), ...changes };
  return profile({ status: { probe } });
};

describe('the newest verdict by a connection', () => {
  test.for<[string, boolean, Partial<Observed>]>([
    ['of a probe of the settings', true, { probes: [finishedJob(full, 20_000)] }],
    ['of a probe of other settings', true, { probes: [finishedJob(full, 20_000, ofLarger)] }],
    ['of settings whose ConfigMap is gone', false, { configMaps: [], probes: [finishedJob(full, 20_000, ofLarger)] }],
    ['of another connection', false, { probes: [finishedJob(full, 20_000, { proofKey: 'ffffffffff' })] }],
    ['of another profile of the name', false, { probes: [finishedJob(full, 20_000, { ownerUid: 'other' })] }],
    [
      'while another probe runs',
      true,
      { probes: [finishedJob(full, 20_000), runningJob(500, { job: 'new', attempt: 2 })] },
    ],
    [
      'before a refusal',
      false,
      { probes: [finishedJob(full, 60_000, ofLarger), finishedJob(authenticationFailed, 20_000, { job: 'later' })] },
    ],
    [
      'in the second of a success',
      false,
      { probes: [finishedJob(full, 20_000, ofLarger), finishedJob(verdict(), 20_000, { job: 'other' })] },
    ],
    [
      'after a refusal',
      true,
      { probes: [finishedJob(full, 20_000, ofLarger), finishedJob(authenticationFailed, 60_000, { job: 'before' })] },
    ],
    ['in the status, of a Job that is gone', true, { profile: reported() }],
    ['in the status, of another connection', false, { profile: reported({ proofKey: 'ffffffffff' }) }],
    ['in the status, before that of a Job', false, { profile: reported(), probes: [finishedJob(verdict(), 20_000)] }],
    ['of nobody', false, {}],
  ])('tells that the database is full, or not: %s', ([, isFull, changes]) => {
    expect(databaseIsFull(observed({ configMaps, ...changes }), probedSpec)).toBe(isFull);
  });
});
