/** `status.database`: what probes have found out about the database, carried over from one probe to the next. */
import type { DatabaseStatus, ProbeStatus, ProfileSpec } from '../../api/v1alpha1.ts';
import type { Observed } from '../model/observed.ts';
import { heldSessions } from '../budget/peak.ts';
import { type BackendUsage, idOf } from '../model/usage.ts';
import type { Target } from '../backend/target.ts';
import { logonResultsKeyOf } from '../probe/pod.ts';
import type { ProbeAssessment } from '../probe/probe-succeeded.ts';
import { proofKeyOf } from '../probe/proof-key.ts';
import { isGroupKnown } from './assess-budget.ts';
import { backendUsage } from './backend-usage.ts';
import { podSessions, withPoolsPerPod } from './pod-sessions.ts';

type Probed = { readonly observed: Observed; readonly spec: ProfileSpec; readonly target: Target };

type Reported = Pick<ProbeAssessment, 'status' | 'sessionCount'>;

/**
 * The facts from the last probe that reported any, if it was a probe of this spec; else those in the status. Undefined where no
 * probe with this connect string has reported any.
 */
export function databaseFacts(probed: Probed, reported: Reported): DatabaseStatus | undefined {
  const { spec } = probed;
  if (spec.database === undefined) return undefined;
  const connectStringHash = logonResultsKeyOf(spec.database);
  const before = formerFacts(probed, connectStringHash);
  const { status: probe, sessionCount } = reported;
  if (probe?.proofKey !== proofKeyOf(spec) || probe.limits === undefined) return before;
  const facts = mergeFacts(before, probe, connectStringHash);
  const measured = isMeasuredBy(before, probe) ? before?.measured : measurement(probed, facts, probe.finishedAt);
  const held = podSessions(probed, { ...probe, sessionCount }, before?.podSessions);
  return {
    ...facts,
    ...(measured !== undefined && { measured }),
    ...(held !== undefined && { podSessions: held }),
  };
}

/** The facts in the status, if they were found with this connect string. */
function formerFacts({ observed, spec }: Probed, connectStringHash: string): DatabaseStatus | undefined {
  const { database } = observed.profile.status;
  if (database?.connectStringHash !== connectStringHash) return undefined;
  const { podSessions: held, ...facts } = database;
  return held === undefined ? facts : { ...facts, podSessions: withPoolsPerPod(held, spec) };
}

function mergeFacts(before: DatabaseStatus | undefined, probe: ProbeStatus, connectStringHash: string): DatabaseStatus {
  const identity = mergeIdentity(before, probe);
  const stillValid = limitsStillValid(before, identity?.user, probe.limits?.unreadableViews);
  return { connectStringHash, limits: { ...stillValid, ...probe.limits }, ...(identity !== undefined && { identity }) };
}

/** Whether `before` has the measurement of this probe, or the probe has read no use of the instance. */
const isMeasuredBy = (before: DatabaseStatus | undefined, { finishedAt, limits }: ProbeStatus): boolean =>
  before?.measured?.at === finishedAt || (limits?.sessions ?? limits?.processes) === undefined;

/**
 * How many sessions the backends of the database can hold in the first pass that reads the limits: later, other pods may run, with other
 * settings. Undefined until it is known who shares the database.
 */
function measurement(
  { observed, spec }: Probed,
  facts: DatabaseStatus,
  at: string | undefined,
): DatabaseStatus['measured'] {
  if (at === undefined || !isGroupKnown(observed, spec, facts)) return undefined;
  const { profile, shared } = observed;
  const isOther = (usage: BackendUsage) => idOf(usage) !== idOf(profile);
  const own = backendUsage(observed, { facts, isDue: false });
  const backends = [...shared.budget.members.filter(isOther), ...(own === undefined ? [] : [own])];
  return { at, ownSessions: backends.reduce((sum, { pools }) => sum + heldSessions(pools), 0) };
}

function mergeIdentity(before: DatabaseStatus | undefined, { database }: ProbeStatus): DatabaseStatus['identity'] {
  if (database === undefined) return before?.identity;
  const user = database.user ?? before?.identity?.user;
  return { ...database, ...(user !== undefined && { user }) };
}

/** Fields of the limits, by the view that the probe reads them from. */
const LIMITS_BY_VIEW = {
  V$RESOURCE_LIMIT: ['sessions', 'processes'],
  V$PARAMETER: ['cpus'],
  USER_RESOURCE_LIMITS: ['sessionsPerUser', 'idleTime'],
} as const;

/**
 * Former limits that hold until a probe reads them again. A query that failed once leaves them valid. They are dropped where the
 * user may not read the view any more, and limits of the user where the user has changed.
 */
function limitsStillValid(
  before: DatabaseStatus | undefined,
  user: string | undefined,
  unreadableViews: readonly string[] = [],
): DatabaseStatus['limits'] {
  const isOtherUser = before?.identity?.user !== user;
  const views = Object.entries(LIMITS_BY_VIEW).filter(
    ([view]) => !unreadableViews.includes(view) && !(isOtherUser && view === 'USER_RESOURCE_LIMITS'),
  );
  const limits = before?.limits ?? {};
  return Object.fromEntries(
    views.flatMap(([, names]) => names.flatMap((name) => (limits[name] === undefined ? [] : [[name, limits[name]]]))),
  );
}
