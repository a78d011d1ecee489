/** Advice about settings that work but are known to cause trouble under load. It never holds anything. */
import type { AdviceReason } from '../../api/v1alpha1.ts';
import type { BackendUsage, PoolUsage } from '../model/usage.ts';
import { peakReplicas } from './peak.ts';
import { allowanceOf } from '../model/strategy.ts';
import { count } from '../model/count.ts';

export type Advice = { readonly reason: AdviceReason; readonly message: string };

export type AdviceFacts = {
  readonly pools: PoolUsage;
  readonly pool: { readonly min: number; readonly max: number; readonly recycleSeconds: number };
  /** The container that opens the pool. */
  readonly container: { readonly name: string; readonly hasReadinessProbe: boolean };
  /** Sessions of all backends of the database while no rollout is in progress. */
  readonly idleSessions: number;
  /** `cpu_count` of the database; undefined where no probe could read it. */
  readonly databaseCpus: number | undefined;
  /** Oracle's IDLE_TIME for the user, after which the database ends an idle session; undefined where it is not known. */
  readonly idleLimitSeconds: number | undefined;
  /** The sessions of a pod, where it was found again to hold more than it should; undefined else. */
  readonly excessivePod: { readonly sessions: number; readonly expected: number } | undefined;
};

/** The part of `AdviceFacts` that probes have found out about the database. */
export function databaseAdviceFacts({
  database,
}: BackendUsage): Pick<AdviceFacts, 'databaseCpus' | 'idleLimitSeconds'> {
  const { cpus, idleTime } = database.facts?.limits ?? {};
  return {
    databaseCpus: cpus,
    idleLimitSeconds: /^\s*\d{1,7}\s*$/.test(idleTime ?? '') ? Number(idleTime) * 60 : undefined,
  };
}

/** Rule of thumb: with more connections per CPU, sessions mostly wait for each other. */
const CONNECTIONS_PER_CPU = 10;

/** The advice that applies, in a fixed order. */
export function adviceFor(facts: AdviceFacts): readonly Advice[] {
  return [staticPool, connectionsPerCpu, readinessProbe, onlyReplica, idleLimit, largerPool].flatMap((advise) => {
    const advice = advise(facts);
    return advice === undefined ? [] : [advice];
  });
}

function staticPool({ pool: { min, max } }: AdviceFacts): Advice | undefined {
  if (min === max) return undefined;
  const message = `spec.pool.min ${min} differs from spec.pool.max ${max}. Oracle recommends pools of a fixed size, because a growing pool logs on when the database is busiest`;
  return { reason: 'PoolNotStatic', message };
}

function connectionsPerCpu({ idleSessions, databaseCpus }: AdviceFacts): Advice | undefined {
  if (databaseCpus === undefined || idleSessions <= databaseCpus * CONNECTIONS_PER_CPU) return undefined;
  const message = `All pools of the database together may open more than ${CONNECTIONS_PER_CPU} connections per CPU (${count(databaseCpus, 'CPU')}). Above that, sessions wait for each other`;
  return { reason: 'TooManyConnectionsPerCpu', message };
}

function readinessProbe({ container: { name, hasReadinessProbe } }: AdviceFacts): Advice | undefined {
  if (hasReadinessProbe) return undefined;
  const message = `Container ${name} has no readinessProbe, so a rollout continues even if new pods cannot open their pools. Add one that succeeds only with an open pool`;
  return { reason: 'NoReadinessProbe', message };
}

function onlyReplica({ pools }: AdviceFacts): Advice | undefined {
  if (pools.strategy.kind === 'Recreate' || pools.replicas !== 1 || peakReplicas(pools) !== 1) return undefined;
  const { unavailable } = allowanceOf(pools.strategy, pools.replicas);
  if (unavailable === 0) return undefined;
  const message = `The Deployment has 1 replica and maxUnavailable allows ${count(unavailable, 'unavailable pod')}, so a rollout may leave none. Set maxUnavailable 0 and maxSurge 1`;
  return { reason: 'UnavailableDuringRollout', message };
}

function idleLimit({ pool: { recycleSeconds }, idleLimitSeconds }: AdviceFacts): Advice | undefined {
  if (idleLimitSeconds === undefined || (recycleSeconds > 0 && recycleSeconds <= idleLimitSeconds)) return undefined;
  const recycle = recycleSeconds === 0 ? '0 (never)' : String(recycleSeconds);
  const message = `spec.pool.recycleSeconds is ${recycle}, but the database ends idle sessions after ${idleLimitSeconds} s (IDLE_TIME), so callers may get a closed connection. Set it to ${idleLimitSeconds} or less`;
  return { reason: 'RecycleAboveIdleLimit', message };
}

function largerPool({ excessivePod, pools: { poolsPerPod } }: AdviceFacts): Advice | undefined {
  if (excessivePod === undefined) return undefined;
  const { sessions, expected } = excessivePod;
  const message = `A pod holds ${sessions} sessions, as the database counts them. With its max and spec.pool.poolsPerPod ${poolsPerPod}, it should hold ${expected} at most. Two probes in a row found more, without a rollout between. Make the backend read DB_POOL_MAX; if it opens several pools in a pod, set spec.pool.poolsPerPod to their number`;
  return { reason: 'PoolLargerThanProfile', message };
}
