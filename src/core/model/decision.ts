/** What each guard and step of the chain returns, and the decision that is built from all results. Plain data. */
import type {
  ConditionType,
  EventReason,
  ProfileStatus,
  ReasonOf,
  StepConditionType,
  WaitingFor,
} from '../../api/v1alpha1.ts';
import type { Action } from './action.ts';
import type { ConfigState } from './config-state.ts';
import type { OwnerReference } from './naming.ts';

/** A condition without the time of its last transition, which status/build-decision.ts adds. */
export type ConditionDraft<T extends ConditionType = ConditionType> = T extends ConditionType
  ? {
      readonly type: T;
      readonly status: 'True' | 'False' | 'Unknown';
      readonly reason: ReasonOf<T>;
      readonly message: string;
    }
  : never;

/** A Kubernetes event about the profile, which outlives the profile. */
export type Event = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  /** At most MAX_EVENT_MESSAGE characters. */
  readonly message: string;
  /** Part of the event's name, so that one occurrence is written once; absent for a reason that a profile has once. */
  readonly occurrence?: string;
};

/** The API server's limit. */
export const MAX_EVENT_MESSAGE = 1024;

/** A change to the ConfigMap of a configuration. All changes of a decision to one ConfigMap become one write. */
export type ConfigChange = {
  /** Name of the ConfigMap. */
  readonly name: string;
  /** For a ConfigMap that does not exist yet. */
  readonly data?: Readonly<Record<string, string>>;
  /** The complete new list of owners; absent where it is unchanged. */
  readonly owners?: readonly OwnerReference[];
  /** Entries to set. An entry of undefined is removed; an absent entry is unchanged. */
  readonly state?: ConfigState;
};

/** How far the rollout is, for code that would otherwise have to read it back from a reason. */
export type RolloutStage =
  /** Pods are being replaced, or are about to be. */
  | 'rolling'
  /** All pods run the desired configuration, and are observed for `observeSeconds`. */
  | 'observing'
  | 'complete'
  /** A user took the rollout back. */
  | 'undone';

/** What a guard or a step found, and the actions that it asks for. */
export type StepResult = {
  /** Absent where the step has nothing to report. */
  readonly condition?: ConditionDraft<StepConditionType>;
  /** `Progressing`: the operator continues by itself. `Stalled`: a person has to act. */
  readonly progress: 'Done' | 'Progressing' | 'Stalled';
  /** Ends the chain: no later step runs. */
  readonly blocks: boolean;
  readonly actions: readonly Action[];
  readonly configChanges?: readonly ConfigChange[];
  readonly events?: readonly Event[];
  /** Conditions that exist only while they are true. */
  readonly transientConditions?: readonly ConditionDraft[];
  readonly stage?: RolloutStage;
  readonly waitingFor?: WaitingFor;
  /** Milliseconds until time alone may change the result. */
  readonly requeueAfterMs?: number;
};

/** Fields of the status; one that is undefined will be absent. */
export type StatusFields = { readonly [K in keyof ProfileStatus]?: ProfileStatus[K] | undefined };

export type Decision = {
  /** Written before the actions, the last of which may delete the profile. An event that cannot be written stops nothing. */
  readonly events: readonly Event[];
  /** In the order of execution. An action that fails stops those after it. */
  readonly actions: readonly Action[];
  /** What was observed, not what is desired. */
  readonly status: ProfileStatus;
  /** Milliseconds until time alone may change the decision; undefined where only an event can. */
  readonly requeueAfterMs: number | undefined;
};

/** The result of a step that has nothing to report. */
export const PASSED: StepResult = { progress: 'Done', blocks: false, actions: [] };

export const done = (
  condition: ConditionDraft<StepConditionType>,
  configChanges: readonly ConfigChange[] = [],
): StepResult => ({ ...PASSED, condition, configChanges });

/** The chain ends here until a person acts. */
export const stalled = (condition: ConditionDraft<StepConditionType>): StepResult => ({
  condition,
  progress: 'Stalled',
  blocks: true,
  actions: [],
});

/** The chain ends here for now, and the operator continues by itself. */
export const waiting = (condition: ConditionDraft<StepConditionType>, requeueAfterMs?: number): StepResult => ({
  condition,
  progress: 'Progressing',
  blocks: true,
  actions: [],
  ...(requeueAfterMs !== undefined && { requeueAfterMs }),
});
