/** Drift is told whatever the profile waits for, and a contest for the variables also while they are set. */
import { isDrift } from '../backend/managed-variables.ts';
import type { Target } from '../backend/target.ts';
import { type ConditionDraft, PASSED, type StepResult } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';
import { toRfc3339 } from '../model/time.ts';
import { describeRepairs, forgottenAt, rememberedRepairs, STALLED_FROM } from './contest.ts';
import { driftRepair } from './drift.ts';

type Reads = { readonly observed: Observed; readonly target: Target };

/** The results; if something else holds the repair, the first that is not done tells the drift, too. */
export function tellDrift(reads: Reads, results: readonly StepResult[]): readonly StepResult[] {
  const repair = driftRepair(reads, false);
  const unmet = results.find(isUnmet);
  if (repair === undefined || unmet === undefined || unmet.condition?.reason === 'DriftDetected') return results;
  const told = (condition: ConditionDraft) => `${sentence(condition)} Drift: ${repair.message}`;
  return results.map((result) =>
    result === unmet ? { ...unmet, condition: { ...unmet.condition, message: told(unmet.condition) } } : result,
  );
}

type Unmet = StepResult & { readonly condition: NonNullable<StepResult['condition']> };

const isUnmet = (result: StepResult): result is Unmet => result.progress !== 'Done' && result.condition !== undefined;

const sentence = ({ message }: ConditionDraft): string => `${message.replace(/\.$/, '')}.`;

/**
 * What is reported of contested variables, while the operator has nothing else to do, or goes on by itself: a person stays called until
 * the repairs are forgotten. Where `results` have another reason to call one, that is reported.
 */
export function withContest(
  { observed, target }: Reads,
  results: readonly StepResult[],
): { readonly results: readonly StepResult[]; readonly summary?: readonly ConditionDraft[] } {
  const repairs = rememberedRepairs(observed, target);
  const unmet = results.find(isUnmet);
  if (repairs === undefined || unmet?.progress === 'Stalled') return { results };
  const isPending = isDrift(observed, target);
  // The edit that is not repaired yet counts, too.
  const edits = isPending ? { ...repairs, count: repairs.count + 1 } : repairs;
  if (edits.count < STALLED_FROM) return { results };
  const endsAt = forgottenAt(repairs);
  const next = unmet === undefined ? '' : ` ${sentence(unmet.condition)}`;
  const state = isPending ? '' : ' They are set now.';
  const end = isPending ? '' : `. Ready is True again at ${toRfc3339(endsAt)}, if nobody edits or removes them before`;
  const message = `Deployment ${target.deployment.name}, container ${target.container.name}: ${describeRepairs(edits)}.${state}${next} Make that writer leave them alone${end}`;
  const reason = 'DriftDetected';
  return {
    results: [...results, { ...PASSED, requeueAfterMs: endsAt - observed.now }],
    summary: [
      { type: 'Ready', status: 'False', reason, message },
      { type: 'Stalled', status: 'True', reason, message },
    ],
  };
}
