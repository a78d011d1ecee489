/** What each step of the chain returns, and the plain data that a decision is made of. */
import type { Action } from './action.ts';
import type { ConditionType, ProfileStatus } from '../../api/v1alpha1.ts';

/** What a condition should say; when it last changed is worked out at the end. */
export type Finding = {
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

export type Step = {
  readonly finding: Finding;
  /** `Done`; `Progressing`: it goes on by itself; `Stalled`: somebody has to do something. */
  readonly progress: 'Done' | 'Progressing' | 'Stalled';
  /** No step after this one may act. */
  readonly holds: boolean;
  readonly actions: readonly Action[];
  readonly events?: readonly Event[];
  /** Milliseconds until time alone may change the answer. */
  readonly lookAgainAfterMs?: number;
};

export type Decision = {
  /** Written before the actions, since the last of those may end the profile; one that fails stops nothing. */
  readonly events: readonly Event[];
  /** In the order in which they must be carried out; one that fails stops those after it. */
  readonly actions: readonly Action[];
  /** A report on what was observed, not on what is wished. */
  readonly status: ProfileStatus;
  readonly lookAgainAfterMs: number | undefined;
};

export const done = (finding: Finding, actions: readonly Action[] = []): Step => ({
  finding,
  progress: 'Done',
  holds: false,
  actions,
});

export const stalled = (finding: Finding): Step => ({ finding, progress: 'Stalled', holds: true, actions: [] });
