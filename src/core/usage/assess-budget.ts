/** The session budget of the profile that is reconciled: whether its rollout fits, and what the status reports of it. */
import type { BudgetStatus, DatabaseStatus, ProfileSpec } from '../../api/v1alpha1.ts';
import type { Target } from '../backend/target.ts';
import { adviceFor, databaseAdviceFacts } from '../budget/advice.ts';
import type { Fit } from '../budget/assess.ts';
import { databaseName } from '../budget/group.ts';
import { ownSchedule } from '../budget/group-schedule.ts';
import { type BudgetReport, budgetReport } from '../budget/report.ts';
import type { ConditionDraft, StatusFields } from '../model/decision.ts';
import type { Observed } from '../model/observed.ts';
import type { BackendUsage } from '../model/usage.ts';
import { backendUsage, waitForEnd, type UsageHints } from './backend-usage.ts';
import { backendDatabase } from './database.ts';
import { excessivePod } from './excessive-pod.ts';

export type BudgetAssessment = {
  readonly report: BudgetReport;
  /** WithinSessionBudget. */
  readonly condition: ConditionDraft;
  /** `status.budget`. */
  readonly status: BudgetStatus;
  readonly backend: BackendUsage;
  /** Sessions of all backends of the database while no rollout is in progress. */
  readonly idleSessions: number;
};

/** Undefined where the profile has no Deployment, or another profile claims it. */
export function assessBudget(observed: Observed, hints: UsageHints): BudgetAssessment | undefined {
  const { group, members, limit: groupLimit } = observed.shared.budget;
  const backend = backendUsage(observed, hints);
  if (backend === undefined) return undefined;
  const { maxConcurrentRollouts: maxRollouts } = observed.settings;
  const { entry, backends, idleSessions } = ownSchedule(backend, members, { maxRollouts, groupLimit });
  const report = budgetReport(entry);
  const { status, reason, message } = report;
  return {
    report,
    backend,
    idleSessions,
    condition: { type: 'WithinSessionBudget', status, reason, message },
    status: budgetFields(group, backends, { fit: entry.fit, report }),
  };
}

/** Nothing here changes with another backend of the group, unless the rollout does not fit or is held. */
function budgetFields(
  group: string,
  profiles: number,
  { fit, report: { summary, showsOthers } }: { readonly fit: Fit; readonly report: BudgetReport },
): BudgetStatus {
  const { sum, otherSessions, limit, smallestLimit, excess = 0 } = fit;
  const shown = showsOthers ? limit : smallestLimit;
  return {
    summary,
    peakSessions: sum.sessions,
    ...(shown !== undefined && { limit: shown.value }),
    database: group.slice(0, 256),
    ...(showsOthers && { otherSessions, profiles, ...(excess > 0 && { excess }) }),
  };
}

/**
 * Whether `observed.shared.budget` is the group of the database that `facts` name. The group is looked up by what the status says,
 * so a rollout has to wait until the status has the name that the probe of this reconcile reported.
 */
export function isGroupKnown(
  { profile }: Observed,
  { database }: ProfileSpec,
  facts: DatabaseStatus | undefined,
): boolean {
  return (
    databaseName(backendDatabase(database, profile.status.database)) === databaseName(backendDatabase(database, facts))
  );
}

/** Milliseconds after which a held rollout with maintenance windows is decided on again: its window may close. */
const WINDOW_CHECK_MS = 60_000;

/**
 * Milliseconds until time alone may end a hold: a terminating pod is overdue, or a window closes. Undefined where only an event
 * can; each change in the group of its database enqueues the profile.
 */
export function holdRequeueAfterMs({ pods, now, profile: { spec } }: Observed): number | undefined {
  const hasWindows = spec.kind === 'valid' && (spec.spec.rollout.windows ?? []).length > 0;
  const overdueInMs = pods.flatMap((pod) => {
    const wait = waitForEnd(pod);
    return wait === undefined ? [] : [wait.until - now];
  });
  const waits = [...(hasWindows ? [WINDOW_CHECK_MS] : []), ...overdueInMs.filter((ms) => ms > 0)];
  return waits.length === 0 ? undefined : Math.min(...waits);
}

type Assessed = {
  readonly spec: ProfileSpec;
  readonly target: Target;
  /** The next `status.database`. */
  readonly databaseFacts: DatabaseStatus | undefined;
};

/** `status.budget` and `status.advice`; neither where there is no assessment. */
export function budgetStatus(
  { spec, target, databaseFacts }: Assessed,
  assessment: BudgetAssessment | undefined,
): StatusFields {
  if (assessment === undefined) return {};
  const { backend, status, idleSessions } = assessment;
  const advice = adviceFor({
    pools: backend.pools,
    pool: spec.pool,
    container: target.container,
    idleSessions,
    excessivePod: excessivePod(databaseFacts?.podSessions, target.deployment),
    ...databaseAdviceFacts(backend),
  });
  return { budget: status, advice: advice.length === 0 ? undefined : [...advice] };
}
