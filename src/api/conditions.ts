/** Every condition, and every reason that it may have: a misspelt reason does not compile. docs/reference/spec.md explains each. */

/** Why the pod of a probe cannot start, or does not end. */
const PROBE_POD = [
  'SecretNotFound',
  'SecretKeyNotFound',
  'ConfigMapNotFound',
  'ConfigMapKeyNotFound',
  'ImagePullFailed',
  'Unschedulable',
  'PodCreationFailed',
  'PodNotCreated',
  'ContainerNotStarted',
  'SidecarStillRunning',
] as const;

/** Why a probe has no verdict, or none that is trusted. */
const NO_VERDICT = ['ProbeDidNotRun', 'ProbeDisrupted', 'VerdictMissing', 'VerdictUntrusted'] as const;

/** Why the budget holds a rollout. */
export const BUDGET_HOLDS = ['BudgetExceeded', 'PodsTerminating', 'RolloutQueued'] as const;

/** Why the pods of a rollout cannot start, or do not become ready. The kubelet has more of these reasons. */
const STUCK_ROLLOUT = [
  'DeploymentPaused',
  'ProgressDeadlineExceeded',
  'ReplicaFailure',
  'Unschedulable',
  'CrashLoopBackOff',
  'NotReady',
  'ReadinessLost',
  'FailedBefore',
  'SessionsExhausted',
  'TemplateChanged',
] as const;

/** On any condition that a step reports. */
const ANY_STEP = ['PreviousStepNotReady', 'Suspended', 'WriteRejected', 'WriteConflict'] as const;

/** The reasons of each condition that a step reports. */
export const STEP_REASONS = {
  ConfigRendered: ['Rendered', 'SpecInvalid', 'ConfigMapConflict', ...ANY_STEP],
  ProbeSucceeded: [
    'ProbeDisabled',
    'PoolOpened',
    'Probing',
    'ProbeQueued',
    'PodLabelsMatchBackend',
    ...PROBE_POD,
    ...NO_VERDICT,
    ...ANY_STEP,
  ],
  RolledOut: [
    'RolledOut',
    'DeploymentNotFound',
    'ContainerNotFound',
    'ContainerChanged',
    'TargetClaimed',
    'VariableConflict',
    'DuplicateVariable',
    'UndoneByUser',
    'Debouncing',
    'WaitingForWindow',
    'WindowNeverOpens',
    'OtherRolloutInProgress',
    'Probing',
    ...BUDGET_HOLDS,
    'DriftDetected',
    'RollingOut',
    'PodsUnavailable',
    ...STUCK_ROLLOUT,
    'RollbackRequested',
    'RolloutFailed',
    'RollingBack',
    'RolledBack',
    'Observing',
    'Restoring',
    'Restored',
    ...ANY_STEP,
  ],
} as const;

/** The reasons of conditions that no step reports. */
const OTHER_REASONS = {
  WithinSessionBudget: ['WithinBudget', 'BudgetExceeded', 'LimitUnknown', 'BudgetIgnored'],
  PendingRollout: ['OutsideWindow', 'WindowNeverOpens'],
  RolledBack: ['RolledBack'],
  Suspended: ['Suspended'],
} as const;

export const REASONS = { Ready: ['Ready'], ...STEP_REASONS, ...OTHER_REASONS } as const;

/** Reasons of `status.advice`, which holds nothing. */
export const ADVICE_REASONS = [
  'PoolNotStatic',
  'TooManyConnectionsPerCpu',
  'NoReadinessProbe',
  'UnavailableDuringRollout',
  'RecycleAboveIdleLimit',
  'PoolLargerThanProfile',
] as const;

/** Reasons of events. */
export const EVENT_REASONS = ['VariablesAdopted', 'RolloutFailed', 'Restored'] as const;

/**
 * Types of conditions, in the order in which a change passes them. `WithinSessionBudget` exists once the backend is found;
 * those from `Reconciling` on exist only while true.
 */
export const CONDITION_TYPES = [
  'Ready',
  'ConfigRendered',
  'ProbeSucceeded',
  'RolledOut',
  'WithinSessionBudget',
  'Reconciling',
  'Stalled',
  'PendingRollout',
  'RolledBack',
  'Suspended',
] as const;

/** Conditions that steps report. */
export type StepConditionType = keyof typeof STEP_REASONS;

export type ConditionType = (typeof CONDITION_TYPES)[number];
export type EventReason = (typeof EVENT_REASONS)[number];
export type AdviceReason = (typeof ADVICE_REASONS)[number];

declare const reported: unique symbol;

/** A reason that another program gave: the kubelet, the scheduler, or the probe (docs/reference/verdicts.md). */
export type ReportedReason = string & { readonly [reported]: true };

/** Marks a text from another program as a reason. Not for the operator's own reasons, which the compiler checks. */
export const reportedReason = (reason: string): ReportedReason => reason as ReportedReason;

/** Whether a reason of `RolledOut` is about the pods of a rollout that makes no progress: the operator's, or the kubelet's. */
export function isStuckRollout(reason: string): boolean {
  const isOfOperator = STEP_REASONS.RolledOut.some((known) => known === reason);
  return !isOfOperator || STUCK_ROLLOUT.some((known) => known === reason);
}

/** A reason of a condition that a step reports. */
export type StepReason = (typeof STEP_REASONS)[keyof typeof STEP_REASONS][number] | ReportedReason;

/** `Ready`, `Reconciling` and `Stalled` take theirs from the first step that is not done. */
type Summary = 'Ready' | 'Reconciling' | 'Stalled';

export type ReasonOf<T extends ConditionType> = T extends Summary
  ? 'Ready' | StepReason
  : T extends 'ProbeSucceeded' | 'RolledOut'
    ? (typeof REASONS)[T][number] | ReportedReason
    : T extends keyof typeof REASONS
      ? (typeof REASONS)[T][number]
      : never;
