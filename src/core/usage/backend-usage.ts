/** From what is observed of a profile and its Deployment to what the session budget counts. */
import { type DatabaseStatus, isStuckRollout, type ProfileSpec } from '../../api/v1alpha1.ts';
import { poolConfig, hasSameData, type PoolConfig } from '../config/pool-config.ts';
import { configHashFromName } from '../model/naming.ts';
import { isOver, type Wait } from '../model/time.ts';
import type { ObservedBackend, ObservedDeployment, ObservedPod, ObservedProfile } from '../model/observed.ts';
import { wasRolledOutTo } from '../backend/claim.ts';
import { rolloutState } from '../backend/rollout-state.ts';
import { findTarget } from '../backend/find-target.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import type { BackendUsage, RolloutPhase } from '../model/usage.ts';
import { backendDatabase, sessionSettings } from './database.ts';
import {
  maxOfData,
  oldMaxOf,
  remainingMaxOf,
  rollbackMaxOf,
  type RolloutGoal,
  templatePool,
  withFormer,
} from './pool-sizes.ts';
import { terminatingPods } from '../backend/pods.ts';
import { currentSessions, whileRollingTo } from '../budget/peak.ts';

/** Milliseconds after its grace period from which a terminating pod is not waited for any more: its node may be gone. */
export const OVERDUE_MS = 60_000;

/** How long a terminating pod is waited for; undefined where it is not being deleted. */
export function waitForEnd({ deletedAt, deletionRequestedAt, deletionSeenAt }: ObservedPod): Wait | undefined {
  if (deletedAt === undefined) return undefined;
  const requestedAt = deletionRequestedAt ?? 0;
  const since = deletionSeenAt ?? requestedAt;
  return { since, until: since + (deletedAt - requestedAt) + OVERDUE_MS };
}

/** What only the reconcile of the profile itself knows: it is newer than the status. */
export type UsageHints = {
  /** The next `status.database`. */
  readonly facts: DatabaseStatus | undefined;
  /** Whether nothing but the budget keeps the rollout from starting now. */
  readonly isDue: boolean;
  /** What the rollout puts back; undefined where it brings the settings of the spec. */
  readonly meanwhile?: PoolConfig | undefined;
};

/** Without `hints`, the status says both. Undefined where the profile has no Deployment, or another profile claims it. */
export function backendUsage(observed: ObservedBackend, hints?: UsageHints): BackendUsage | undefined {
  const { profile, now } = observed;
  const { facts, isDue, meanwhile } = hints ?? { facts: profile.status.database, isDue: false };
  const backend = ownBackend(observed);
  if (backend === undefined) return undefined;
  const { spec, target } = backend;
  const whole = withFormer(observed);
  const terminating = terminatingPods(whole);
  const { old, updated } = rolloutState(target.deployment, now);
  const { replicas, strategy, status } = target.deployment;
  const observedPhase = phaseOf(backend);
  // All profiles of the group count a stuck rollout alike: otherwise two of them may wait for each other.
  const stuck =
    isDue && observedPhase === 'Stuck' ? backendUsage(observed, { facts, isDue: false, meanwhile }) : undefined;
  const phase = isDue ? 'Due' : observedPhase;
  const next = meanwhile ?? poolConfig(profile.name, spec.pool);
  const goal = rolloutGoal({ observed: whole, target, next }, phase);
  return {
    namespace: profile.namespace,
    name: profile.name,
    createdAt: profile.createdAt,
    wasRolledBefore: observed.configMaps.some((one) => wasRolledOutTo(target.deployment, one)),
    hasRolloutSlot: observedPhase === 'Rolling',
    stuckSessions: stuck && currentSessions(stuck.pools).sessions,
    policy: sessionSettings(spec.database).policy,
    awaitedPods: terminating.all.filter((pod) => isOfEarlierRollout(pod, whole) && !isOverdue(pod, now)).length,
    pools: {
      phase,
      newMax: goal.max,
      oldMax: oldMaxOf(whole, target, goal),
      remainingMax: remainingMaxOf(whole, target, goal),
      rollbackMax: rollbackMaxOf(observed, spec, target),
      poolsPerPod: spec.pool.poolsPerPod,
      // Right after a scale-down there are still more pods than replicas.
      replicas: Math.max(replicas, status.updatedReplicas),
      maxReplicas: observed.maxReplicas,
      strategy,
      pods: {
        old,
        updated,
        terminating: countTerminating(terminating, status),
      },
    },
    database: backendDatabase(spec.database, facts),
  };
}

type OwnBackend = { readonly observed: ObservedBackend; readonly spec: ProfileSpec; readonly target: Target };

function ownBackend(observed: ObservedBackend): OwnBackend | undefined {
  const { profile, deployment, claimedBy } = observed;
  if (profile.spec.kind === 'invalid') return undefined;
  const { spec } = profile.spec;
  const target = findTarget(observed, spec, deployment);
  if ('progress' in target || claimedBy !== undefined) return undefined;
  return { observed, spec, target };
}

/** The Deployment's own count, where the cluster has one, includes pods without the profile's label. */
const countTerminating = (
  { all, counted }: ReturnType<typeof terminatingPods>,
  { terminatingReplicas = 0 }: ObservedDeployment['status'],
): number => all.length - counted.length + Math.max(counted.length, terminatingReplicas);

/**
 * Whether the pod is not of the newest template. Terminating pods of that one were removed by an autoscaler, a drain or a person, and
 * no rollout waits for them.
 */
function isOfEarlierRollout({ ownerUid }: ObservedPod, { deployment, replicaSets }: ObservedBackend): boolean {
  const owner = replicaSets.find(({ uid }) => uid === ownerUid);
  return owner === undefined || owner.revision !== deployment?.revision;
}

const isOverdue = (pod: ObservedPod, now: number): boolean => {
  const wait = waitForEnd(pod);
  return wait !== undefined && isOver(wait, now);
};

/** The usage right after the rollout to `max` has started; to `newMax` where `max` is not known. */
export const usageWhileRollingTo = (backend: BackendUsage, max: number | undefined): BackendUsage => ({
  ...backend,
  pools: whileRollingTo(backend.pools, max ?? backend.pools.newMax),
});

function phaseOf({ observed: { profile, configMaps, now }, spec, target }: OwnBackend): RolloutPhase {
  const { deployment, container } = target;
  // A rollout that somebody else started counts, too. For the budget it ends with the last old pod, even if new pods are not ready.
  const { isReplacing, phase } = rolloutState(deployment, now);
  if (isReplacing) return phase === 'deadlineExceeded' || isStuck(deployment, profile) ? 'Stuck' : 'Rolling';
  const inUse = configMaps.find(({ name }) => name === configMapInUse(container));
  if (inUse !== undefined && hasSameData(inUse, poolConfig(profile.name, spec.pool).data)) return 'UpToDate';
  return reportsHold(profile, spec) ? 'Due' : 'NotDue';
}

/** Before the deadline has passed, too. */
const isStuck = ({ status, paused }: ObservedDeployment, profile: ObservedProfile): boolean =>
  paused || status.replicaFailure !== undefined || reportsStuckRollout(profile);

/**
 * Whether the last reconcile of the profile found that its pods cannot start, or fail. A profile may be stalled for a reason that has
 * nothing to do with a rollout: it is suspended, or a password has expired.
 */
function reportsStuckRollout({ status: { conditions = [] } }: ObservedProfile): boolean {
  const reasonOf = (condition: string) => conditions.find(({ type }) => type === condition)?.reason;
  const reason = reasonOf('Stalled');
  return reason !== undefined && reason === reasonOf('RolledOut') && isStuckRollout(reason);
}

/** Whether the last reconcile of the profile found that only the budget held its rollout. */
function reportsHold({ status, isDeleting }: ObservedProfile, { suspend }: ProfileSpec): boolean {
  const isHeld = status.waitingFor?.some((one) => one !== 'ProbeSlot') ?? false;
  return isHeld && !isDeleting && !suspend;
}

type NextRollout = Pick<OwnBackend, 'observed' | 'target'> & { readonly next: PoolConfig };

function rolloutGoal({ observed, target, next }: NextRollout, phase: RolloutPhase): RolloutGoal {
  const { configMaps } = observed;
  const found = configMaps.find(({ name }) => name === configMapInUse(target.container));
  const isInUse = found !== undefined && hasSameData(found, next.data);
  if (isInUse) return { hash: configHashFromName(found.name), max: next.settings.max };
  if (phase !== 'Rolling' && phase !== 'Stuck') return { hash: next.hash, max: next.settings.max };
  const { hash, max } = templatePool(target, observed);
  return { hash, max: (found && maxOfData(found)) ?? max ?? next.settings.max };
}
