/** `suspend: true`: everything is reported and nothing is done. What would be done is said. */
import type { Answer } from './status.ts';
import type { Step } from '../model/decision.ts';

export function suspended(answer: Answer): Answer {
  const steps = answer.steps.map(withoutActions);
  const whenReady = `${answer.whenReady ?? ''} The profile is suspended: nothing is probed, rolled or repaired.`;
  return { ...answer, steps, whenReady };
}

/** A step that would go on waits for a person instead. */
function withoutActions({ lookAgainAfterMs: _, ...step }: Step): Step {
  if (step.progress === 'Done' && step.actions.length === 0) return step;
  const { finding } = step;
  const message = `spec.suspend is true: nothing is done. ${finding.message}`;
  return {
    finding: {
      ...finding,
      status: finding.status === 'True' ? 'Unknown' : finding.status,
      reason: 'Suspended',
      message,
    },
    progress: 'Stalled',
    holds: true,
    actions: [],
  };
}
