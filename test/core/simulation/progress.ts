/** When a rollout last made progress, as the condition Progressing tells it. */
import type { ObservedDeployment } from '../../../src/core/model/observed.ts';

type Status = ObservedDeployment['status'];

const COUNTS = ['observedGeneration', 'replicas', 'updatedReplicas', 'availableReplicas'] as const;

type Step = { readonly before: Status; readonly isComplete: boolean; readonly now: number };

/** The Deployment after a step of its controllers; `before` is its status before the step. */
export function withProgress(deployment: ObservedDeployment, { before, isComplete, now }: Step): ObservedDeployment {
  const { status } = deployment;
  if (!isComplete && COUNTS.every((name) => before[name] === status[name])) return deployment;
  return { ...deployment, status: { ...status, progressedAt: isComplete ? undefined : now } };
}
