/** What each step of the chain returns, and the plain data that a decision is made of. */
import type { ConditionType, ProfileStatus } from '../../api/v1alpha1.ts';

/** An object as it is sent to the API server: only the fields that are ours. */
export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly [key: string]: unknown;
  };
  readonly [key: string]: unknown;
};

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'test'; readonly path: string; readonly value: string }
  | { readonly op: 'remove'; readonly path: string };

/** Connections that a pool may open by what a backend is rolled to; undefined where nobody knows. */
type Max = number | undefined;

export type Action =
  /** Created under its deterministic name; never changed where it is already there. */
  | { readonly kind: 'create'; readonly object: KubeObject }
  /**
   * Server-side apply, fenced by metadata.uid and metadata.resourceVersion of what was looked at. Forced only for what is
   * ours already, or is taken over because the profile says so.
   */
  | { readonly kind: 'apply'; readonly object: KubeObject; readonly force?: boolean; readonly max?: Max }
  /** Strategic merge patch, fenced in the same way: takes fields away whoever else has them. */
  | { readonly kind: 'merge'; readonly object: KubeObject; readonly max?: Max }
  /** JSON patch of an object that is there. */
  | { readonly kind: 'patch'; readonly object: KubeObject; readonly operations: readonly PatchOperation[] }
  /** Fenced in the same way: what was marked since, because it is wanted again, stays. */
  | { readonly kind: 'delete'; readonly object: KubeObject };

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
