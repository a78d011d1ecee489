/** From findings to conditions. `Ready` is summarised here and set nowhere else. */
import type { Condition, ConditionType, ProfileStatus } from '../../api/v1alpha1.ts';
import type { Finding, Step } from '../model/decision.ts';
import { instant } from '../model/time.ts';

/** What a condition that no step has reached says. */
const notReached = (type: ConditionType, heldBy: Step): Finding => ({
  type,
  status: 'Unknown',
  reason: 'PreviousStepNotReady',
  message: heldBy.finding.message,
});

const REPORTED = ['ConfigRendered', 'ProbeSucceeded', 'RolledOut'] as const satisfies readonly ConditionType[];

/**
 * The conditions of a chain of steps. Where two steps speak of one type, the first that isn't done is heard, else the last.
 * `Ready` takes reason and message of the first step that isn't done; `Reconciling` and `Stalled` (kstatus), and those that
 * are `standing`, are there only while true.
 */
export function conditionsOf(
  steps: readonly Step[],
  whenReady: string,
  standing: readonly Finding[],
  generation: number,
  before: ProfileStatus,
  now: number,
): Condition[] {
  const unmet = steps.find(({ progress }) => progress !== 'Done');
  const reported = REPORTED.map((type) => {
    const speaking = steps.filter(({ finding }) => finding.type === type);
    const heard = speaking.find(({ progress }) => progress !== 'Done') ?? speaking.at(-1);
    if (heard !== undefined) return heard.finding;
    if (unmet === undefined) throw new Error(`no step speaks of ${type}, and none is unmet`);
    return notReached(type, unmet);
  });
  return [readyFinding(unmet, whenReady), ...reported, ...kstatus(unmet), ...standing].map((finding) =>
    stamped(finding, generation, before, now),
  );
}

function readyFinding(unmet: Step | undefined, whenReady: string): Finding {
  if (unmet === undefined) return { type: 'Ready', status: 'True', reason: 'Ready', message: whenReady };
  return { type: 'Ready', status: 'False', reason: unmet.finding.reason, message: unmet.finding.message };
}

function kstatus(unmet: Step | undefined): Finding[] {
  if (unmet === undefined) return [];
  const { reason, message } = unmet.finding;
  return [{ type: unmet.progress === 'Stalled' ? 'Stalled' : 'Reconciling', status: 'True', reason, message }];
}

/** `lastTransitionTime` moves only when the condition's status changes. */
export function stamped(finding: Finding, observedGeneration: number, before: ProfileStatus, now: number): Condition {
  const previous = before.conditions?.find(({ type }) => type === finding.type);
  const lastTransitionTime = previous?.status === finding.status ? previous.lastTransitionTime : instant(now);
  return { ...finding, observedGeneration, lastTransitionTime };
}
