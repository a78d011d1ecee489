/**
 * Since when the Deployment controller has not observed a Deployment, by the operator's clock. It is kept in the status, because the times
 * in the Deployment are of other machines: with a clock ahead of theirs, each change would be stuck at once.
 */
import type { ProfileStatus } from '../../api/v1alpha1.ts';
import type { ObservedBackend, ObservedDeployment } from '../model/observed.ts';
import { recordedTime, toRfc3339 } from '../model/time.ts';
import { isObservedByController } from './rollout-state.ts';

export function withUnobservedSince<T extends Pick<ObservedBackend, 'now' | 'profile' | 'deployment'>>(backend: T): T {
  const { now, profile, deployment } = backend;
  if (deployment === undefined || isObservedByController(deployment)) return backend;
  return { ...backend, deployment: { ...deployment, unobservedSince: since(deployment, profile.status, now) } };
}

/** The controller that observes one generation after the other makes progress: only that it stands still counts. */
function since({ uid, status }: ObservedDeployment, { unobserved }: ProfileStatus, now: number): number {
  const isSame = unobserved?.uid === uid && unobserved.observedGeneration === status.observedGeneration;
  return isSame ? recordedTime(unobserved.since, now) : now;
}

/** `status.unobserved`; undefined where the Deployment controller has observed the newest generation. */
export const unobservedStatus = (deployment: ObservedDeployment | undefined): ProfileStatus['unobserved'] =>
  deployment?.unobservedSince === undefined
    ? undefined
    : {
        uid: deployment.uid,
        observedGeneration: deployment.status.observedGeneration,
        since: toRfc3339(deployment.unobservedSince),
      };
