/** What is reported of a rollback in place of a rollout: what the spec asks for does not run. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import { notRolledOut } from '../backend/target.ts';
import { type Desired, isRollback, type Rollback } from '../config/desired.ts';
import { formatSettings } from '../config/pool-config.ts';
import type { ConditionDraft, StepResult } from '../model/decision.ts';

/** The results of the rollout steps, as a rollback where it is one. */
export function reportRollback(desired: Desired, results: readonly StepResult[]): readonly StepResult[] {
  if (!isRollback(desired)) return results;
  const condition = rolledBack(desired);
  return [
    ...results.map((result) => (result.condition?.type === 'RolledOut' ? asRollback(result, condition) : result)),
    { progress: 'Done', blocks: false, actions: [], transientConditions: [condition] },
  ];
}

/** A rollback that is complete is not what the spec asks for: a person has to do something. */
function asRollback(result: StepResult, { message: why }: ConditionDraft): StepResult {
  const message = `${why} ${result.condition?.message ?? ''}`;
  const as = (reason: ReasonOf<'RolledOut'>, text: string) => ({ ...result, condition: notRolledOut(reason, text) });
  if (result.stage === 'complete') return { ...as('RolledBack', why), progress: 'Stalled' };
  if (result.stage === 'observing') return as('RolledBack', message);
  return result.stage === 'rolling' ? as('RollingBack', message) : result;
}

function rolledBack(rollback: Rollback): ConditionDraft<'RolledBack'> {
  const to =
    rollback.kind === 'preProfile' ? 'the variables from before the profile' : formatSettings(rollback.config.settings);
  const { reason, message } = rollback.failed;
  return {
    type: 'RolledBack',
    status: 'True',
    reason: 'RolledBack',
    message: `Rolled back to ${to}. ${message} (${reason}). The settings of the spec are not tried again until the spec or the credentials change, or you annotate the profile with dbpool.dev/retry-requested-at.`,
  };
}
