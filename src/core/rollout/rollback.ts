/** What is said of a rollback, in place of what would be said of a rollout: the wanted numbers do not run. */
import { inWords } from '../config/pool-config.ts';
import type { Effective } from '../config/desired.ts';
import type { Finding, Step } from '../model/decision.ts';
import { notRolled } from '../backend/target.ts';

export type Back = Extract<Effective, { kind: 'lastGood' | 'originals' }>;

/** A rollback that is done is not what was asked for: somebody has to do something. */
export function asRollback(step: Step, effective: Back): Step {
  const { reason, message } = rolledBack(effective);
  if (step.progress === 'Done') return { ...step, finding: notRolled(reason, message), progress: 'Stalled' };
  if (step.finding.reason === 'Observing')
    return { ...step, finding: notRolled(reason, `${message} ${step.finding.message}`) };
  if (step.finding.reason !== 'RollingOut') return step;
  return { ...step, finding: notRolled('RollingBack', `${message} ${step.finding.message}`) };
}

export function rolledBack(effective: Back): Finding {
  const to = effective.kind === 'originals' ? 'what stood there before' : inWords(effective.config.numbers);
  const { reason, message } = effective.failed;
  return {
    type: 'RolledBack',
    status: 'True',
    reason: 'RolledBack',
    message: `Rolled back to ${to}. ${message} (${reason}). The wanted numbers are not tried again until the numbers or the credentials change, or you annotate the profile with dbpool.dev/retry-requested-at.`,
  };
}
