/** `spec.suspend`: everything is reported, what would be done included, and nothing is done. */
import type { StepResult } from '../model/decision.ts';

export const suspended = (results: readonly StepResult[]): readonly StepResult[] => results.map(withoutEffect);

/** A result with anything left to do becomes Stalled, without actions. */
function withoutEffect({ requeueAfterMs: _, waitingFor: __, ...result }: StepResult): StepResult {
  const { condition, progress, actions, configChanges = [], transientConditions = [] } = result;
  if (progress === 'Done' && actions.length === 0 && configChanges.length === 0) return result;
  const stalled: StepResult = { progress: 'Stalled', blocks: true, actions: [], transientConditions };
  if (condition === undefined) return { ...stalled, progress: 'Done' };
  const status = condition.status === 'True' ? 'Unknown' : condition.status;
  const message = `spec.suspend is true: nothing is probed, rolled out or repaired. ${condition.message}`;
  return { ...stalled, condition: { ...condition, status, reason: 'Suspended', message } };
}
