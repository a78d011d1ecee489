/** How far a rollout is, by the Deployment's own count and by the pods themselves. */
import type { ObservedDeployment, ObservedPod } from '../model/observed.ts';
import { isObservedByController } from './target.ts';

export type Progress = { readonly reason: string; readonly message: string; readonly isStalled?: boolean };

/** How far a rollout is, whatever it brings; undefined once it is done. The same questions in the same order as `kubectl rollout status`. */
export function progressOfDeployment(deployment: ObservedDeployment): Progress | undefined {
  const { replicas, status } = deployment;
  const rolling = (message: string) => ({ reason: 'RollingOut', message });
  if (!isObservedByController(deployment)) return rolling('the rollout begins');
  if (status.deadlineExceeded !== undefined)
    return { reason: 'ProgressDeadlineExceeded', message: status.deadlineExceeded, isStalled: true };
  if (status.updatedReplicas < replicas) {
    const message = 'it is paused (spec.paused), so its pods are not replaced';
    return deployment.paused
      ? { reason: 'DeploymentPaused', message, isStalled: true }
      : rolling(`${status.updatedReplicas} of ${replicas} pods are new`);
  }
  if (status.replicas > status.updatedReplicas)
    return rolling(`${status.replicas - status.updatedReplicas} old pods are still there`);
  if (status.availableReplicas < status.updatedReplicas)
    return rolling(`${status.availableReplicas} of ${status.updatedReplicas} new pods are available`);
  return undefined;
}

/** By the Deployment's own count, and by the pods that run the configuration. */
export function progressOf(deployment: ObservedDeployment, pods: readonly ObservedPod[]): Progress | undefined {
  const progress = progressOfDeployment(deployment);
  if (progress !== undefined) return progress;
  const ready = readyOf(pods).length;
  return ready >= deployment.replicas
    ? undefined
    : { reason: 'RollingOut', message: `${ready} of ${deployment.replicas} pods are ready with it` };
}

export const readyOf = (pods: readonly ObservedPod[]) =>
  pods.filter(({ isReady, isTerminating }) => isReady && !isTerminating);
