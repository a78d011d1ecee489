/** What each step of the chain returns, and the plain data that a decision is made of. */
import type { Action } from './action.ts';
import type { ConditionType, ProfileStatus } from '../../api/v1alpha1.ts';

/** What a condition should say; when it last changed is worked out at the end. */
export type ConditionDraft = {
  readonly type: ConditionType;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
};

/** A word on the profile that outlives it: `kubectl get events` shows it. One of each reason is written for a profile. */
export type Event = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
};

export type StepResult = {
  readonly condition: ConditionDraft;
  /** `Done`; `Progressing`: it goes on by itself; `Stalled`: somebody has to do something. */
  readonly progress: 'Done' | 'Progressing' | 'Stalled';
  /** No step after this one may act. */
  readonly blocks: boolean;
  readonly actions: readonly Action[];
  readonly events?: readonly Event[];
  /** Milliseconds until time alone may change the answer. */
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

export const done = (condition: ConditionDraft, actions: readonly Action[] = []): StepResult => ({
  condition,
  progress: 'Done',
  blocks: false,
  actions,
});

export const stalled = (condition: ConditionDraft): StepResult => ({
  condition,
  progress: 'Stalled',
  blocks: true,
  actions: [],
});
