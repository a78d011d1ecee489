/** Conditions from the results of steps. `Ready` summarises them. */
import { type Condition, type ProfileStatus, STEP_REASONS, type StepConditionType } from '../../api/v1alpha1.ts';
import type { ConditionDraft, StepResult } from '../model/decision.ts';
import { toRfc3339 } from '../model/time.ts';

/** A result with a condition. */
type Reported = StepResult & { readonly condition: NonNullable<StepResult['condition']> };

const isReported = (result: StepResult): result is Reported => result.condition !== undefined;

const STEP_CONDITIONS = Object.keys(STEP_REASONS) as readonly StepConditionType[];

/**
 * If several results have a condition of one type, the first that is not done is used, else the last. `Ready` has the reason and the
 * message of the first result that is not done. `Reconciling`, `Stalled` (kstatus) and transient conditions exist only while true.
 * `given` stands in their place: a suspended profile with anything left to do is neither, and one with contested variables stays `Stalled`.
 */
export function conditionDrafts(
  results: readonly StepResult[],
  whenReady: string,
  given?: readonly ConditionDraft[],
): readonly ConditionDraft[] {
  const reported = results.filter(isReported);
  const unmet = reported.find(({ progress }) => progress !== 'Done');
  const ofSteps = STEP_CONDITIONS.map((type): ConditionDraft => {
    const ofType = reported.filter(({ condition }) => condition.type === type);
    const decisive = ofType.find(({ progress }) => progress !== 'Done') ?? ofType.at(-1);
    if (decisive !== undefined) return decisive.condition;
    if (unmet === undefined) throw new Error(`no step reports ${type}, and all are done`);
    return { type, status: 'Unknown', reason: 'PreviousStepNotReady', message: unmet.condition.message };
  });
  const transient = results.flatMap(({ transientConditions = [] }) => transientConditions);
  const [ready, ...state] = given ?? [...summary(unmet, whenReady), ...kstatus(unmet)];
  return [...(ready === undefined ? [] : [ready]), ...ofSteps, ...state, ...transient];
}

function summary(unmet: Reported | undefined, whenReady: string): readonly ConditionDraft[] {
  if (unmet === undefined) return [{ type: 'Ready', status: 'True', reason: 'Ready', message: whenReady }];
  const { reason, message } = unmet.condition;
  return [{ type: 'Ready', status: 'False', reason, message }];
}

function kstatus(unmet: Reported | undefined): readonly ConditionDraft[] {
  if (unmet === undefined) return [];
  const { reason, message } = unmet.condition;
  const status = 'True';
  return [
    unmet.progress === 'Stalled'
      ? { type: 'Stalled', status, reason, message }
      : { type: 'Reconciling', status, reason, message },
  ];
}

/** A condition that says nothing yet of its time. */
type TimelessCondition = Omit<Condition, 'observedGeneration' | 'lastTransitionTime'>;

/**
 * The conditions of a status: one of each type, the first, because the API server rejects a list with a type twice. The time of the last
 * transition changes only with the status of a condition; `profile.status` is the one in the cluster.
 */
export function conditionsOf(
  drafts: readonly TimelessCondition[],
  { generation, status: before }: { readonly generation: number; readonly status: ProfileStatus },
  now: number,
): Condition[] {
  return firstOfEachType(drafts).map((draft) => {
    const previous = before.conditions?.find(({ type }) => type === draft.type);
    const lastTransitionTime = previous?.status === draft.status ? previous.lastTransitionTime : toRfc3339(now);
    return { ...draft, observedGeneration: generation, lastTransitionTime };
  });
}

const firstOfEachType = (drafts: readonly TimelessCondition[]): readonly TimelessCondition[] =>
  drafts.filter(({ type }, index) => drafts.findIndex((other) => other.type === type) === index);
