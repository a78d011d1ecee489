/** How far the rollout of a Deployment is, by its own counts. All steps and the budget use this one definition. */
import { count, countOf } from '../model/count.ts';
import type { ConditionDraft } from '../model/decision.ts';
import type { ObservedDeployment, ObservedPod } from '../model/observed.ts';

export type RolloutState = {
  /** The first that applies, in the order in which `kubectl rollout status` asks. */
  readonly phase:
    /** The Deployment controller has not observed the newest template: all counts are of the one before. */
    | 'unobserved'
    | 'deadlineExceeded'
    /** `spec.paused`, with pods left to replace. */
    | 'paused'
    /** Pods of another template are left, or pods of the newest are missing. */
    | 'replacing'
    /** Only the newest template has pods, and some are not available. */
    | 'starting'
    | 'complete';
  /** Pods of another template that do not terminate. While unobserved, all. */
  readonly old: number;
  /** Pods of the newest template. While unobserved, 0. */
  readonly updated: number;
  /** Whether pods are left to replace, whatever the phase. */
  readonly isReplacing: boolean;
};

/** Whether the Deployment controller has observed the present template. */
export const isObservedByController = ({ status, generation }: ObservedDeployment): boolean =>
  status.observedGeneration >= generation;

export function rolloutState(deployment: ObservedDeployment): RolloutState {
  const { replicas: all, updatedReplicas } = deployment.status;
  if (!isObservedByController(deployment)) return { phase: 'unobserved', old: all, updated: 0, isReplacing: true };
  const old = Math.max(0, all - updatedReplicas);
  const isReplacing = updatedReplicas < deployment.replicas || old > 0;
  return { phase: observedPhase(deployment, isReplacing), old, updated: updatedReplicas, isReplacing };
}

function observedPhase({ status, paused, replicas }: ObservedDeployment, isReplacing: boolean): RolloutState['phase'] {
  if (status.deadlineExceeded !== undefined) return 'deadlineExceeded';
  if (paused && status.updatedReplicas < replicas) return 'paused';
  if (isReplacing) return 'replacing';
  return status.availableReplicas < status.updatedReplicas ? 'starting' : 'complete';
}

/** Why a rollout is not complete. */
export type Progress = Pick<ConditionDraft<'RolledOut'>, 'reason' | 'message'> & {
  /** A person has to act. */
  readonly isStalled?: boolean;
  /** Pods are being replaced. */
  readonly isRolling?: boolean;
};

/** Why the Deployment's rollout is not complete, whatever has changed; undefined once it is. */
export function deploymentProgress(deployment: ObservedDeployment): Progress | undefined {
  const { replicas, generation, status } = deployment;
  const { phase, old, updated } = rolloutState(deployment);
  const rolling = (message: string): Progress => ({ reason: 'RollingOut', message, isRolling: true });
  switch (phase) {
    case 'unobserved':
      return rolling(`waiting for the Deployment controller to observe generation ${generation}`);
    case 'deadlineExceeded':
      return {
        reason: 'ProgressDeadlineExceeded',
        message: `the rollout makes no progress: ${status.deadlineExceeded ?? ''}`,
        isStalled: true,
      };
    case 'paused': {
      const message = 'the Deployment is paused (spec.paused), so its pods are not replaced. Resume it';
      return { reason: 'DeploymentPaused', message, isStalled: true };
    }
    case 'replacing':
      return updated < replicas
        ? rolling(`${countOf(updated, replicas, 'pod')} updated`)
        : rolling(`${count(old, 'old pod')} ${old === 1 ? 'is' : 'are'} still there`);
    case 'starting':
      return rolling(`${countOf(status.availableReplicas, updated, 'updated pod')} available`);
    case 'complete':
      return undefined;
  }
}

/** Why not all pods run a configuration and are ready; undefined once they do. `pods` are those with the configuration. */
export function configProgress(deployment: ObservedDeployment, pods: readonly ObservedPod[]): Progress | undefined {
  const progress = deploymentProgress(deployment);
  if (progress !== undefined) return progress;
  const ready = readyPods(pods).length;
  return ready >= deployment.replicas
    ? undefined
    : { reason: 'RollingOut', isRolling: true, message: `${countOf(ready, deployment.replicas, 'updated pod')} ready` };
}

export const readyPods = (pods: readonly ObservedPod[]): readonly ObservedPod[] =>
  pods.filter(({ isReady, isTerminating }) => isReady && !isTerminating);
