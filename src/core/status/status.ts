/** From what was found out about a profile to a decision: its actions, and its status. */
import type {
  BudgetStatus,
  CurrentSettings,
  LearntFacts,
  PodCounts,
  PoolNumbers,
  ProbeStatus,
  ProfileStatus,
  RolloutRecord,
} from '../../api/v1alpha1.ts';
import type { Advice } from '../budget/advice.ts';
import { conditionsOf } from './conditions.ts';
import { markedAtBirth } from '../config/config-map.ts';
import type { Observed } from '../model/observed.ts';
import { isWordHeard } from '../probe/evidence.ts';
import type { Action } from '../model/action.ts';
import type { Decision, ConditionDraft, StepResult } from '../model/decision.ts';

/** What is found out about a profile, before it is written down as a decision. */
export type Assessment = {
  readonly steps: readonly StepResult[];
  readonly whenReady?: string;
  /** Conditions that stand only while true. */
  readonly conditions?: readonly ConditionDraft[] | undefined;
  readonly facts?: StatusFields;
};

export type StatusFields = {
  readonly desired?: PoolNumbers;
  readonly current?: CurrentSettings | undefined;
  readonly pods?: PodCounts;
  readonly probe?: ProbeStatus | undefined;
  readonly lastGood?: PoolNumbers | undefined;
  readonly lastFailed?: ProfileStatus['lastFailed'];
  readonly history?: RolloutRecord[] | undefined;
  readonly database?: LearntFacts | undefined;
  readonly budget?: BudgetStatus | undefined;
  readonly advice?: Advice[] | undefined;
};

/** What was never reached this time is carried on from the status as it stands. `standing` is done whatever the steps say. */
export function buildDecision(
  observed: Observed,
  {
    steps,
    whenReady = '',
    conditions = [],
    facts = {},
    standing = [],
  }: Assessment & { readonly standing?: readonly Action[] },
): Decision {
  const { profile, now } = observed;
  const before = profile.status;
  const { current, probe, lastGood, lastFailed, history, database } = before;
  const known = {
    desired: undefined,
    current,
    pods: undefined,
    probe,
    lastGood,
    lastFailed,
    history,
    database,
    handledRequests: handledRequests(observed),
    ...facts,
  };
  const status: ProfileStatus = {
    observedGeneration: profile.generation,
    conditions: conditionsOf(steps, whenReady, conditions, profile.generation, before, now),
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
  const waits = steps.flatMap(({ requeueAfterMs }) => requeueAfterMs ?? []);
  return {
    events: steps.flatMap(({ events = [] }) => events),
    actions: markedAtBirth([...standing, ...steps.flatMap(({ actions }) => actions)]),
    status,
    requeueAfterMs: waits.length === 0 ? undefined : Math.min(...waits),
  };
}

/** The words of a person, as they were read; the one that asks for a probe once a probe has it, since it may have to wait. */
function handledRequests(observed: Observed) {
  const { probeRequestedAt, retryRequestedAt, rollbackRequestedAt, status } = observed.profile;
  const probe = isWordHeard(observed) ? probeRequestedAt : status.handledRequests?.probe;
  const words = { probe, retry: retryRequestedAt, rollback: rollbackRequestedAt };
  const handled = Object.entries(words).filter(([, value]) => value !== undefined);
  return handled.length === 0 ? undefined : Object.fromEntries(handled);
}
