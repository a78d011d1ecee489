/** What each guard and step of the chain returns, and the decision that comes of all of them. Plain data. */
import type { ConditionType, ProfileStatus, ReasonOf, StepConditionType, WaitingFor } from '../../api/v1alpha1.ts';
import type { Action } from './action.ts';
import type { ConfigState } from './config-state.ts';
import type { OwnerReference } from './naming.ts';

/** A condition without the time of its last transition, which buildDecision works out. */
export type ConditionDraft<T extends ConditionType = ConditionType> = T extends ConditionType
  ? {
      readonly type: T;
      readonly status: 'True' | 'False' | 'Unknown';
      readonly reason: ReasonOf<T>;
      readonly message: string;
    }
  : never;

/** An event on the profile, which outlives it: `kubectl get events` shows it. Each reason is written once for a profile. */
export type Event = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
};

/** A change to the ConfigMap of a configuration. buildDecision makes one write for each ConfigMap out of all changes to it. */
export type ConfigChange = {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** For a ConfigMap that is not there yet. */
  readonly data?: Readonly<Record<string, string>>;
  /** All owners, in place of those that are there. */
  readonly owners?: readonly OwnerReference[];
  /** Entries to set; undefined takes an entry away, what is not named stays. */
  readonly state?: ConfigState;
};

/** Where the rollout stands: what later code goes by, in place of reading a reason back. */
export type RolloutStage =
  /** Pods are being replaced, or are about to be. */
  | 'rolling'
  /** All pods run the desired configuration, and are observed for a while. */
  | 'observing'
  | 'complete'
  /** A user took the rollout back. */
  | 'undone';

/** What a step found, and what it wants done. */
export type StepResult = {
  /** Absent where the step has nothing to add. */
  readonly condition?: ConditionDraft<StepConditionType>;
  /** `Done`; `Progressing`: it goes on by itself; `Stalled`: a person has to do something. */
  readonly progress: 'Done' | 'Progressing' | 'Stalled';
  /** Ends the chain: no later step runs. */
  readonly blocks: boolean;
  readonly actions: readonly Action[];
  readonly configChanges?: readonly ConfigChange[];
  readonly events?: readonly Event[];
  /** Conditions that are there only while true. */
  readonly transientConditions?: readonly ConditionDraft[];
  readonly stage?: RolloutStage;
  readonly waitingFor?: WaitingFor;
  /** Milliseconds until time alone may change the result. */
  readonly requeueAfterMs?: number;
};

export type Decision = {
  /** Written before the actions, since the last of those may end the profile; one that fails stops nothing. */
  readonly events: readonly Event[];
  /** In the order in which they must be carried out; one that fails stops those after it. */
  readonly actions: readonly Action[];
  /** A report on what was observed, not on what is wished. */
  readonly status: ProfileStatus;
  readonly requeueAfterMs: number | undefined;
};

/** The step has nothing to add. */
export const PASSED: StepResult = { progress: 'Done', blocks: false, actions: [] };

export const done = (
  condition: ConditionDraft<StepConditionType>,
  configChanges: readonly ConfigChange[] = [],
): StepResult => ({ ...PASSED, condition, configChanges });

/** The chain ends here until a person does something. */
export const stalled = (condition: ConditionDraft<StepConditionType>): StepResult => ({
  condition,
  progress: 'Stalled',
  blocks: true,
  actions: [],
});

/** The chain ends here for now, and goes on by itself. */
export const waiting = (condition: ConditionDraft<StepConditionType>, requeueAfterMs?: number): StepResult => ({
  condition,
  progress: 'Progressing',
  blocks: true,
  actions: [],
  ...(requeueAfterMs !== undefined && { requeueAfterMs }),
});
