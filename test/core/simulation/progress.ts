/** How far a rollout is by the Deployment controller's clock, as the condition Progressing tells it. */
import type { ObservedDeployment } from '../../../src/core/model/observed.ts';

type Status = ObservedDeployment['status'];

/** `progressDeadlineSeconds` with which the controller has no deadline, and no condition. */
export const NO_DEADLINE = 2_147_483_647;

type Step = { readonly before: Status; readonly isComplete: boolean; readonly now: number };

/** The Deployment after a step of its controllers; `before` is its status before the step. */
export function withProgress(deployment: ObservedDeployment, { before, isComplete, now }: Step): ObservedDeployment {
  const { status } = deployment;
  if (isComplete) return progressed(deployment, undefined);
  if (hasMoved(deployment, before)) return progressed(deployment, now);
  return isLate(deployment, now)
    ? { ...deployment, status: { ...status, deadlineExceeded: TIMED_OUT, deadlineAt: now } }
    : deployment;
}

const TIMED_OUT = 'ReplicaSet has timed out progressing.';

/** `at`: undefined where the rollout is complete. */
export function progressed(deployment: ObservedDeployment, at: number | undefined): ObservedDeployment {
  const { deadlineAt: _, ...status } = deployment.status;
  return { ...deployment, status: { ...status, deadlineExceeded: undefined, progressedAt: at } };
}

const COUNTS = ['observedGeneration', 'replicas', 'updatedReplicas', 'availableReplicas'] as const;

/**
 * Progress is more new pods, fewer old ones, or more that are available. After a rollout, pods that are lost or come back are none.
 * Without a condition, each change of the status counts: nothing else is known.
 */
function hasMoved({ status, progressDeadlineSeconds }: ObservedDeployment, before: Status): boolean {
  if (before.progressedAt === undefined && status.replicas === status.updatedReplicas) return false;
  if (progressDeadlineSeconds === NO_DEADLINE) return COUNTS.some((name) => before[name] !== status[name]);
  const old = ({ replicas, updatedReplicas }: Status) => replicas - updatedReplicas;
  return (
    status.updatedReplicas > before.updatedReplicas ||
    old(status) < old(before) ||
    status.availableReplicas > before.availableReplicas ||
    // An undo to a ReplicaSet that is there: the status has changed since the rollout before.
    before.progressedAt === undefined
  );
}

const isLate = (deployment: ObservedDeployment, now: number) =>
  (deadlineOf(deployment) ?? Number.POSITIVE_INFINITY) <= now;

/** When the controller will say that there is no progress; undefined where no deadline runs. */
export function deadlineOf({ status, progressDeadlineSeconds }: ObservedDeployment): number | undefined {
  const { progressedAt, deadlineExceeded } = status;
  if (progressedAt === undefined || deadlineExceeded !== undefined || progressDeadlineSeconds === NO_DEADLINE)
    return undefined;
  return progressedAt + progressDeadlineSeconds * 1000;
}
