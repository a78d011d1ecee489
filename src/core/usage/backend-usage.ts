/** A profile in the cluster with its backend, as the budget of its database sees it. */
import type { LearntFacts, ProfileSpec } from '../../api/v1alpha1.ts';
import { parseConfigMap, poolConfig, hasSameData } from '../config/pool-config.ts';
import { configHashFromName } from '../model/naming.ts';
import type { ObservedAlone, ObservedDeployment, ObservedPod, ObservedProfile } from '../model/observed.ts';
import { claimedByOther } from '../backend/claim.ts';
import { configMapInUse, findTarget, isObservedByController, type Target } from '../backend/target.ts';
import type { BackendUsage, RolloutPhase } from '../model/usage.ts';
import { backendDatabase, sessionSettings } from './database.ts';
import {
  rollbackMaxOf,
  type RolloutGoal,
  countOldPods,
  oldMaxOf,
  remainingMaxOf,
  templatePool,
  terminatingPods,
} from './pool-sizes.ts';
import { whileRollingTo } from '../budget/peak.ts';
import { HOLDS } from '../budget/schedule.ts';

/** Milliseconds after which a pod that should have ended is not waited for any more: its node may be gone. */
export const OVERDUE_MS = 60_000;

export type UsageHints = {
  /** What is known of the database. */
  readonly facts: LearntFacts | undefined;
  /** It would be rolled now. */
  readonly isDue: boolean;
};

/** Undefined where it has no backend of its own: there is none, or it is another profile's. */
export function backendUsage(observed: ObservedAlone, seen?: UsageHints): BackendUsage | undefined {
  const { profile, deployment, now } = observed;
  const { facts, isDue } = seen ?? { facts: profile.status.database, isDue: false };
  if (profile.spec.kind === 'invalid') return undefined;
  const { spec } = profile.spec;
  const target = findTarget(spec, deployment);
  if ('condition' in target || claimedByOther(profile, observed.competitors, target.deployment) !== undefined)
    return undefined;
  const terminating = terminatingPods(observed);
  const { replicas, strategy, status, labels } = target.deployment;
  const own = phaseOf(observed, spec, target);
  const phase = isDue ? 'Due' : own;
  const goal = rolloutGoal(observed, spec, target, phase);
  return {
    namespace: profile.namespace,
    name: profile.name,
    createdAt: profile.createdAt,
    wasRolledBefore: labels.profile === profile.name,
    hasRolloutSlot: own === 'Rolling',
    policy: sessionSettings(spec.database).policy,
    awaitedPods: terminating.all.filter((pod) => isOfEarlierRollout(pod, observed) && !isOverdue(pod, now)).length,
    pools: {
      phase,
      newMax: goal.max,
      oldMax: oldMaxOf(observed, target, goal),
      remainingMax: remainingMaxOf(observed, target, goal),
      rollbackMax: rollbackMaxOf(observed, spec, target),
      poolsPerPod: spec.pool.poolsPerPod,
      // Right after it was scaled down there are more than are wanted.
      replicas: Math.max(replicas, status.updatedReplicas),
      maxReplicas: observed.maxReplicas,
      strategy,
      pods: {
        old: countOldPods(target.deployment),
        updated: freshPodsOf(target.deployment),
        terminating: mostTerminating(terminating, status),
      },
    },
    database: backendDatabase(spec.database, facts),
  };
}

const freshPodsOf = (deployment: ObservedDeployment) =>
  isObservedByController(deployment) ? deployment.status.updatedReplicas : 0;

/** The Deployment counts those without our label, too. */
const mostTerminating = (
  { all, counted }: ReturnType<typeof terminatingPods>,
  { terminatingReplicas = 0 }: ObservedDeployment['status'],
): number => all.length - counted.length + Math.max(counted.length, terminatingReplicas);

/** An autoscaler, a drain or a person takes pods of the newest template, too: a rollout is not to wait for each of those. */
function isOfEarlierRollout({ ownerUid }: ObservedPod, { deployment, replicaSets }: ObservedAlone): boolean {
  const owner = replicaSets.find(({ uid }) => uid === ownerUid);
  return owner === undefined || owner.revision !== deployment?.revision;
}

const isOverdue = ({ deletedAt }: ObservedPod, now: number) => deletedAt !== undefined && now >= deletedAt + OVERDUE_MS;

/** The same, while it is being rolled; to what its spec asks for, where nobody knows to which max. */
export const usageWhileRollingTo = (backend: BackendUsage, max: number | undefined): BackendUsage => ({
  ...backend,
  pools: whileRollingTo(backend.pools, max ?? backend.pools.newMax),
});

function phaseOf(
  { profile, configMaps }: ObservedAlone,
  spec: ProfileSpec,
  { deployment, container }: Target,
): RolloutPhase {
  if (isBeingRolled(deployment)) return isStuck(deployment, profile) ? 'Stuck' : 'Rolling';
  const inUse = configMaps.find(({ name }) => name === configMapInUse(container));
  if (inUse !== undefined && hasSameData(inUse, poolConfig(profile.name, spec.pool).data)) return 'UpToDate';
  return reportsHold(profile, spec) ? 'Due' : 'NotDue';
}

/** Whoever rolls it. Once the old pods are gone, it is no matter of sessions whether the new ones are ready. */
function isBeingRolled(deployment: ObservedDeployment): boolean {
  const { replicas, updatedReplicas } = deployment.status;
  return !isObservedByController(deployment) || updatedReplicas < deployment.replicas || replicas > updatedReplicas;
}

function isStuck({ status, paused }: ObservedDeployment, profile: ObservedProfile): boolean {
  const isStalled = profile.status.conditions?.some(({ type }) => type === 'Stalled') ?? false;
  return paused || isStalled || status.deadlineExceeded !== undefined || status.replicaFailure !== undefined;
}

function reportsHold({ status, isDeleting }: ObservedProfile, { suspend }: ProfileSpec): boolean {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return HOLDS.some((reason) => reason === ready?.reason) && !isDeleting && !suspend;
}

function rolloutGoal(observed: ObservedAlone, spec: ProfileSpec, target: Target, phase: RolloutPhase): RolloutGoal {
  const { profile, configMaps } = observed;
  const wanted = poolConfig(profile.name, spec.pool);
  const found = configMaps.find(({ name }) => name === configMapInUse(target.container));
  const inUse = found && parseConfigMap(profile.name, found);
  const isThere = found !== undefined && hasSameData(found, wanted.data);
  if (isThere) return { hash: configHashFromName(found.name), max: wanted.settings.max };
  if (phase !== 'Rolling' && phase !== 'Stuck') return { hash: wanted.hash, max: wanted.settings.max };
  const { hash, max } = templatePool(target, observed);
  return { hash, max: inUse?.settings.max ?? max ?? wanted.settings.max };
}
