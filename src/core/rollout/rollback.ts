/** How a rollback is reported: the conditions say that the settings of the spec do not run. */
import type { ReasonOf } from '../../api/v1alpha1.ts';
import { notRolledOut } from '../backend/target.ts';
import { type Desired, isRollback, type Rollback } from '../config/desired.ts';
import { formatSettings } from '../config/pool-config.ts';
import type { ConditionDraft, StepResult } from '../model/decision.ts';

/** When failed settings are tried again, for messages. */
export const NO_RETRY =
  'The settings of the spec are not tried again until spec.pool or the credentials change, or you annotate the profile with dbpool.dev/retry-requested-at.';

/** The results of the chain; where the operator rolls back, those of rollout steps report the rollback. */
export function reportRollback(desired: Desired, results: readonly StepResult[]): readonly StepResult[] {
  if (!isRollback(desired)) return results;
  const condition = rolledBack(desired);
  return [
    ...results.map((result) => (result.condition?.type === 'RolledOut' ? asRollback(result, condition) : result)),
    { progress: 'Done', blocks: false, actions: [], transientConditions: [condition] },
  ];
}

/** A complete rollback is `Stalled`, because the settings of the spec do not run: a person has to act. */
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
    message: `Rolled back to ${to}. ${message} (${reason}). ${NO_RETRY}`,
  };
}
