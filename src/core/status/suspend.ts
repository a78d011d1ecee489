/** `suspend: true`: everything is reported and nothing is done. What would be done is said. */
import type { Assessment } from './status.ts';
import type { StepResult } from '../model/decision.ts';

export function suspended(answer: Assessment): Assessment {
  const steps = answer.steps.map(withoutActions);
  const whenReady = `${answer.whenReady ?? ''} The profile is suspended: nothing is probed, rolled or repaired.`;
  return { ...answer, steps, whenReady };
}

/** A step that would go on waits for a person instead. */
function withoutActions({ requeueAfterMs: _, ...step }: StepResult): StepResult {
  if (step.progress === 'Done' && step.actions.length === 0) return step;
  const { condition } = step;
  const message = `spec.suspend is true: nothing is done. ${condition.message}`;
  return {
    condition: {
      ...condition,
      status: condition.status === 'True' ? 'Unknown' : condition.status,
      reason: 'Suspended',
      message,
    },
    progress: 'Stalled',
    blocks: true,
    actions: [],
  };
}
