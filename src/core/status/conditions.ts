/** From findings to conditions. `Ready` is summarised here and set nowhere else. */
import type { Condition, ConditionType, ProfileStatus } from '../../api/v1alpha1.ts';
import type { ConditionDraft, StepResult } from '../model/decision.ts';
import { toRfc3339 } from '../model/time.ts';

/** What a condition that no step has reached says. */
const notReached = (type: ConditionType, heldBy: StepResult): ConditionDraft => ({
  type,
  status: 'Unknown',
  reason: 'PreviousStepNotReady',
  message: heldBy.condition.message,
});

const REPORTED = ['ConfigRendered', 'ProbeSucceeded', 'RolledOut'] as const satisfies readonly ConditionType[];

/**
 * The conditions of a chain of steps. Where two steps speak of one type, the first that isn't done is heard, else the last.
 * `Ready` takes reason and message of the first step that isn't done; `Reconciling` and `Stalled` (kstatus), and those that
 * are `standing`, are there only while true.
 */
export function conditionsOf(
  steps: readonly StepResult[],
  whenReady: string,
  standing: readonly ConditionDraft[],
  generation: number,
  before: ProfileStatus,
  now: number,
): Condition[] {
  const unmet = steps.find(({ progress }) => progress !== 'Done');
  const reported = REPORTED.map((type) => {
    const speaking = steps.filter(({ condition }) => condition.type === type);
    const heard = speaking.find(({ progress }) => progress !== 'Done') ?? speaking.at(-1);
    if (heard !== undefined) return heard.condition;
    if (unmet === undefined) throw new Error(`no step speaks of ${type}, and none is unmet`);
    return notReached(type, unmet);
  });
  return [readyFinding(unmet, whenReady), ...reported, ...kstatus(unmet), ...standing].map((condition) =>
    withTransitionTime(condition, generation, before, now),
  );
}

function readyFinding(unmet: StepResult | undefined, whenReady: string): ConditionDraft {
  if (unmet === undefined) return { type: 'Ready', status: 'True', reason: 'Ready', message: whenReady };
  return { type: 'Ready', status: 'False', reason: unmet.condition.reason, message: unmet.condition.message };
}

function kstatus(unmet: StepResult | undefined): ConditionDraft[] {
  if (unmet === undefined) return [];
  const { reason, message } = unmet.condition;
  return [{ type: unmet.progress === 'Stalled' ? 'Stalled' : 'Reconciling', status: 'True', reason, message }];
}

/** `lastTransitionTime` moves only when the condition's status changes. */
export function withTransitionTime(
  condition: ConditionDraft,
  observedGeneration: number,
  before: ProfileStatus,
  now: number,
): Condition {
  const previous = before.conditions?.find(({ type }) => type === condition.type);
  const lastTransitionTime = previous?.status === condition.status ? previous.lastTransitionTime : toRfc3339(now);
  return { ...condition, observedGeneration, lastTransitionTime };
}
