/** What is said of a rollback, in place of what would be said of a rollout: the wanted numbers do not run. */
import { formatSettings } from '../config/pool-config.ts';
import type { Desired } from '../config/desired.ts';
import type { ConditionDraft, StepResult } from '../model/decision.ts';
import { notRolled } from '../backend/target.ts';

export type Back = Extract<Desired, { kind: 'lastGood' | 'originals' }>;

/** A rollback that is done is not what was asked for: somebody has to do something. */
export function asRollback(step: StepResult, effective: Back): StepResult {
  const { reason, message } = rolledBack(effective);
  if (step.progress === 'Done') return { ...step, condition: notRolled(reason, message), progress: 'Stalled' };
  if (step.condition.reason === 'Observing')
    return { ...step, condition: notRolled(reason, `${message} ${step.condition.message}`) };
  if (step.condition.reason !== 'RollingOut') return step;
  return { ...step, condition: notRolled('RollingBack', `${message} ${step.condition.message}`) };
}

export function rolledBack(effective: Back): ConditionDraft {
  const to = effective.kind === 'originals' ? 'what stood there before' : formatSettings(effective.config.settings);
  const { reason, message } = effective.failed;
  return {
    type: 'RolledBack',
    status: 'True',
    reason: 'RolledBack',
    message: `Rolled back to ${to}. ${message} (${reason}). The wanted numbers are not tried again until the numbers or the credentials change, or you annotate the profile with dbpool.dev/retry-requested-at.`,
  };
}
