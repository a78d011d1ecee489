/**
 * How close a rollout has been to its end, and since when, by the operator's clock. To the Deployment controller each rise of ready pods is
 * progress, so pods that become ready and lose it again, or an autoscaler that scales up and down, put off its deadline for ever.
 */
import type { ProfileStatus } from '../../api/v1alpha1.ts';
import type { ObservedBackend, ObservedDeployment } from '../model/observed.ts';
import { recordedTime, toRfc3339 } from '../model/time.ts';
import { isObservedByController, podsLeft } from './rollout-state.ts';

type RolloutProgress = NonNullable<ObservedDeployment['rolloutProgress']>;

export function withRolloutProgress<T extends Pick<ObservedBackend, 'now' | 'profile' | 'deployment'>>(backend: T): T {
  const { now, profile, deployment } = backend;
  if (deployment === undefined) return backend;
  const rolloutProgress = progressOf(deployment, recorded(deployment, profile.status, now), now);
  return rolloutProgress === undefined ? backend : { ...backend, deployment: { ...deployment, rolloutProgress } };
}

/** Only a new best counts, or more replicas than ever in this rollout: so it cannot go on for ever. */
function progressOf(
  deployment: ObservedDeployment,
  before: RolloutProgress | undefined,
  now: number,
): RolloutProgress | undefined {
  // An autoscaler's change is no end of the rollout, and the counts are from before it.
  if (!isObservedByController(deployment)) return before;
  const left = podsLeft(deployment);
  if (left === undefined) return undefined;
  const { replicas } = deployment;
  if (before === undefined || replicas > before.replicas || left < before.podsLeft)
    return { replicas: Math.max(replicas, before?.replicas ?? 0), podsLeft: left, since: now };
  return before;
}

/** A new ReplicaSet is another rollout. */
function recorded(
  { uid, revision }: ObservedDeployment,
  { rolloutProgress }: ProfileStatus,
  now: number,
): RolloutProgress | undefined {
  if (rolloutProgress?.uid !== uid || rolloutProgress.revision !== revision) return undefined;
  const { replicas, podsLeft: left, since } = rolloutProgress;
  return { replicas, podsLeft: left, since: recordedTime(since, now) };
}

/** `status.rolloutProgress`; undefined where no rollout is in progress. */
export const rolloutProgressStatus = (deployment: ObservedDeployment | undefined): ProfileStatus['rolloutProgress'] =>
  deployment?.rolloutProgress && {
    uid: deployment.uid,
    revision: deployment.revision,
    ...deployment.rolloutProgress,
    since: toRfc3339(deployment.rolloutProgress.since),
  };
