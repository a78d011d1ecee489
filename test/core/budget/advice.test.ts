import { expect, test } from 'vitest';
import { type AdviceFacts, adviceFor } from '../../../src/core/budget/advice.ts';
import { pools } from './builders.ts';

const facts = (changes: Partial<AdviceFacts> = {}): AdviceFacts => ({
  pools: pools(),
  pool: { min: 40, max: 40, recycleSeconds: 3600 },
  container: { name: 'app', hasReadinessProbe: true },
  idleSessions: 240,
  databaseCpus: undefined,
  idleLimitSeconds: undefined,
  excessivePod: undefined,
  ...changes,
});

const oneReplica = (maxSurge: number, maxUnavailable: number) =>
  pools({ replicas: 1, strategy: { kind: 'RollingUpdate', maxSurge, maxUnavailable } });

test.for<readonly [string, Partial<AdviceFacts>, readonly string[]]>([
  ['nothing', {}, []],
  ['a pool that grows', { pool: { min: 5, max: 40, recycleSeconds: 3600 } }, ['PoolNotStatic']],
  ['ten connections for each CPU are enough', { databaseCpus: 24 }, []],
  ['more than ten connections for each CPU', { databaseCpus: 23 }, ['TooManyConnectionsPerCpu']],
  ['no readiness probe', { container: { name: 'app', hasReadinessProbe: false } }, ['NoReadinessProbe']],
  ['one replica that may be unavailable', { pools: oneReplica(1, 1) }, ['UnavailableDuringRollout']],
  ['one replica that may not', { pools: oneReplica(1, 0) }, []],
  ['one replica without surge', { pools: oneReplica(0, 0) }, ['UnavailableDuringRollout']],
  ['a pod with too many sessions', { excessivePod: { sessions: 80, expected: 40 } }, ['PoolLargerThanProfile']],
  ['recycle at the idle limit', { idleLimitSeconds: 3600 }, []],
  ['recycle above the idle limit', { idleLimitSeconds: 3599 }, ['RecycleAboveIdleLimit']],
  [
    'no recycle under an idle limit',
    { pool: { min: 40, max: 40, recycleSeconds: 0 }, idleLimitSeconds: 900 },
    ['RecycleAboveIdleLimit'],
  ],
])('advice on %s', ([, changes, reasons]) => {
  expect(adviceFor(facts(changes)).map(({ reason }) => reason)).toEqual(reasons);
});

test.for<readonly [string, Partial<AdviceFacts>, string]>([
  ['the CPUs of the database', { databaseCpus: 1 }, 'more than 10 connections per CPU (1 CPU)'],
  ['the container', { container: { name: 'api', hasReadinessProbe: false } }, 'Container api has no readinessProbe'],
  ['the pods that may be missing', { pools: oneReplica(1, 1) }, 'maxUnavailable allows 1 unavailable pod'],
  [
    'the sessions of a pod, and what it should hold',
    { excessivePod: { sessions: 80, expected: 40 } },
    'A pod holds 80 sessions, as the database counts them. With its max and spec.pool.poolsPerPod 1, it should hold 40 at most',
  ],
  [
    'the field to set',
    { pool: { min: 40, max: 40, recycleSeconds: 0 }, idleLimitSeconds: 900 },
    'pool.recycleSeconds is 0 (never), but the database ends idle sessions after 900 s (IDLE_TIME)',
  ],
])('advice names %s', ([, changes, message]) => {
  expect(adviceFor(facts(changes))[0]?.message).toContain(message);
});
