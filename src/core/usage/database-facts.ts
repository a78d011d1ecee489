/** `status.database`: what probes have found out about the database, carried over from one probe to the next. */
import type { DatabaseStatus, ProbeStatus, ProfileSpec } from '../../api/v1alpha1.ts';
import type { Observed } from '../model/observed.ts';
import { logonResultsKeyOf } from '../probe/pod.ts';
import { proofKeyOf } from '../probe/proof-key.ts';

type Probed = { readonly observed: Pick<Observed, 'profile'>; readonly spec: ProfileSpec };

/**
 * The facts from the last probe that reported any, if it was a probe of this spec; else those in the status. Undefined where no
 * probe with this connect string has reported any.
 */
export function databaseFacts(
  { observed: { profile }, spec }: Probed,
  probe: ProbeStatus | undefined,
): DatabaseStatus | undefined {
  if (spec.database === undefined) return undefined;
  const connectStringHash = logonResultsKeyOf(spec.database);
  const before = profile.status.database?.connectStringHash === connectStringHash ? profile.status.database : undefined;
  const isOfThisSpec = probe?.proofKey === proofKeyOf(spec);
  if (!isOfThisSpec || probe.limits === undefined) return before;
  const identity = mergeIdentity(before, probe);
  const limits = { ...limitsStillValid(before, identity?.user, probe.limits.unreadableViews), ...probe.limits };
  return { connectStringHash, limits, ...(identity !== undefined && { identity }) };
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
