/** Step: the sessions of the rollout fit beside those of the other backends of the database, and no other rollout is before it. */
import type { DatabaseStatus, ProfileSpec, WaitingFor } from '../../api/v1alpha1.ts';
import { notRolledOut, type Target } from '../backend/target.ts';
import type { Hold } from '../budget/schedule.ts';
import { type Desired, isBudgeted } from '../config/desired.ts';
import { PASSED, type StepResult, stalled, waiting } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';
import { type BudgetAssessment, holdRequeueAfterMs, isGroupKnown } from './assess-budget.ts';

type Reads = {
  readonly observed: Observed;
  readonly spec: ProfileSpec;
  readonly target: Target;
  readonly desired: Desired;
  readonly template: { readonly isDesired: boolean };
  readonly databaseFacts: DatabaseStatus | undefined;
  readonly budget: BudgetAssessment | undefined;
};

const WAITING_FOR = {
  BudgetExceeded: 'SessionRoom',
  PodsTerminating: 'PodTermination',
  RolloutQueued: 'RolloutSlot',
} as const satisfies Record<Hold['kind'], WaitingFor>;

export function fitsSessionBudget({ template, desired, ...reads }: Reads): StepResult {
  if (template.isDesired || !isBudgeted(desired)) return PASSED;
  const { observed, spec, target, databaseFacts, budget } = reads;
  const name = `Deployment ${target.deployment.name}`;
  // The status of this pass lets the next one find the other backends.
  if (!isGroupKnown(observed, spec, databaseFacts)) {
    const message = `${name} is unchanged until the status has the name of its database`;
    return waiting(notRolledOut('PreviousStepNotReady', message));
  }
  const hold = budget?.report.hold;
  if (hold === undefined) return PASSED;
  const condition = notRolledOut(hold.reason, `${name} is unchanged. ${hold.message}`);
  // Rollouts and old pods end by themselves; what does not fit after them needs a person.
  const held = hold.reason === 'BudgetExceeded' ? stalled(condition) : waiting(condition);
  const requeueAfterMs = holdRequeueAfterMs(observed);
  return { ...held, waitingFor: WAITING_FOR[hold.reason], ...(requeueAfterMs !== undefined && { requeueAfterMs }) };
}
