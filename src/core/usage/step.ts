/** Where the profile that is decided on stands in the budget of its database, and what of it goes into its status. */
import type { BudgetStatus, LearntFacts, ProbeStatus, ProfileSpec } from '../../api/v1alpha1.ts';
import type { PoolConfig } from '../config/pool-config.ts';
import type { Observed } from '../model/observed.ts';
import { answersKeyOf, probeHashOf } from '../probe/pod.ts';
import type { ConditionDraft } from '../model/decision.ts';
import type { Target } from '../backend/target.ts';
import { adviceFor, databaseAdviceFacts } from '../budget/advice.ts';
import { databaseName } from '../budget/group.ts';
import type { BackendUsage } from '../model/usage.ts';
import { backendDatabase } from './database.ts';
import { backendUsage, OVERDUE_MS, type UsageHints } from './backend-usage.ts';
import { settledSessions } from '../budget/peak.ts';
import { type BudgetReport, budgetReport } from '../budget/report.ts';
import { schedule } from '../budget/schedule.ts';

export type BudgetAssessment = {
  readonly report: BudgetReport;
  readonly condition: ConditionDraft;
  readonly status: BudgetStatus;
  readonly backend: BackendUsage;
};

/** Undefined where it has no backend of its own. */
export function assessBudget(observed: Observed, seen: UsageHints): BudgetAssessment | undefined {
  const { group, others } = observed.shared.budget;
  const backend = backendUsage(observed, seen);
  if (backend === undefined) return undefined;
  const all = [backend, ...others];
  const standing = schedule(all, observed.settings.maxConcurrentRollouts).find((one) => one.backend === backend);
  if (standing === undefined) throw new Error('each member of a group has a standing');
  const { sum, otherSessions: sessions, limit } = standing.fit;
  const report = budgetReport(standing);
  const { status, reason, message, peak: summary } = report;
  return {
    report,
    backend: backend,
    condition: { type: 'WithinSessionBudget', status, reason, message },
    status: {
      summary,
      peakSessions: sum.sessions,
      others: sessions,
      ...(limit !== undefined && { limit: limit.value }),
      database: group.slice(0, 256),
      profiles: all.length,
    },
  };
}

/** Whether the others are those of the database that is known by now: they are looked up by what the status says of it. */
export function isGroupKnown(
  { profile }: Observed,
  { database }: ProfileSpec,
  learnt: LearntFacts | undefined,
): boolean {
  return (
    databaseName(backendDatabase(database, profile.status.database)) === databaseName(backendDatabase(database, learnt))
  );
}

/** Milliseconds after which one that is held looks again whether it still would be rolled: its window may close, too. */
const LOOK_AGAIN_MS = 60_000;

/** Milliseconds until time alone may end a hold. */
export function holdRequeueAfterMs({ pods, now }: Observed): number {
  const ends = pods.flatMap(({ deletedAt }) => (deletedAt === undefined ? [] : [deletedAt + OVERDUE_MS - now]));
  return Math.min(LOOK_AGAIN_MS, ...ends.filter((ms) => ms > 0));
}

/** What the status says of it. */
export function budgetStatus(
  observed: Observed,
  spec: ProfileSpec,
  { container }: Target,
  standing: BudgetAssessment | undefined,
) {
  if (standing === undefined) return { findings: [], facts: {} };
  const { backend, status, condition } = standing;
  const { hasReadinessProbe } = container;
  const all = [backend, ...observed.shared.budget.others];
  const sessionsAtRest = all.reduce((sum, { pools }) => sum + settledSessions(pools).sessions, 0);
  const { pools } = backend;
  const advice = adviceFor({
    pools,
    pool: spec.pool,
    hasReadinessProbe,
    idleSessions: sessionsAtRest,
    ...databaseAdviceFacts(backend),
  });
  return { findings: [condition], facts: { budget: status, advice: advice.length === 0 ? undefined : [...advice] } };
}

/**
 * What is known of the database by the last verdict that says something of it, and was about this very one. Undefined where
 * there is none.
 */
export function databaseFacts(
  { profile, settings }: Observed,
  spec: ProfileSpec,
  config: PoolConfig,
  probe: ProbeStatus | undefined,
): LearntFacts | undefined {
  if (spec.database === undefined) return undefined;
  const connectStringHash = answersKeyOf(spec.database);
  const before = profile.status.database?.connectStringHash === connectStringHash ? profile.status.database : undefined;
  const isAboutIt = probe?.job.includes(`-probe-${probeHashOf(spec, config, settings)}-`) === true;
  if (!isAboutIt || probe.limits === undefined) return before;
  const identity = identityOf(before, probe);
  const limits = { ...limitsStillValid(before, identity?.user, probe.limits.unreadableViews), ...probe.limits };
  return { connectStringHash, limits, ...(identity !== undefined && { identity }) };
}

function identityOf(before: LearntFacts | undefined, { database }: ProbeStatus): LearntFacts['identity'] {
  if (database === undefined) return before?.identity;
  const user = database.user ?? before?.identity?.user;
  return { ...database, ...(user !== undefined && { user }) };
}

/** Limits by the view that tells them. */
const LIMITS_BY_VIEW = {
  V$RESOURCE_LIMIT: ['sessions', 'processes'],
  V$PARAMETER: ['cpus'],
  USER_RESOURCE_LIMITS: ['sessionsPerUser', 'idleTime'],
} as const;

/** A query that fails once takes nothing away. A right that is taken away does, and another user has other limits. */
function limitsStillValid(
  before: LearntFacts | undefined,
  user: string | undefined,
  unreadableViews: readonly string[] = [],
): LearntFacts['limits'] {
  const isOtherUser = before?.identity?.user !== user;
  const views = Object.entries(LIMITS_BY_VIEW).filter(
    ([view]) => !unreadableViews.includes(view) && !(isOtherUser && view === 'USER_RESOURCE_LIMITS'),
  );
  const limits = before?.limits ?? {};
  return Object.fromEntries(
    views.flatMap(([, names]) => names.flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]]))),
  );
}
