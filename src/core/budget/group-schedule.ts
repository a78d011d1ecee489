/** The schedule of a group as one of its backends sees it, computed once for all of them between two changes of the group. */
import { isDeepEqualJson } from '../model/json.ts';
import { type BackendUsage, idOf } from '../model/usage.ts';
import { settledSessions } from './peak.ts';
import { schedule, type ScheduleEntry, type ScheduleLimits } from './schedule.ts';

export type OwnSchedule = {
  readonly entry: ScheduleEntry;
  /** Backends of the group, this one included. */
  readonly backends: number;
  /** Sessions of all backends of the group while no rollout is in progress. */
  readonly idleSessions: number;
};

/**
 * The entry of `own` in its group. `own` may be newer than the usage that `members` has for it, or missing there; only then is the
 * whole schedule computed for it alone. Otherwise it is computed once for each array of `members`.
 */
export function ownSchedule(own: BackendUsage, members: readonly BackendUsage[], limits: ScheduleLimits): OwnSchedule {
  const isOwn = ({ namespace, name }: BackendUsage) => namespace === own.namespace && name === own.name;
  const { entries, idleSessions } = isDeepEqualJson(members.find(isOwn), own)
    ? groupSchedule(members, limits)
    : computeSchedule([own, ...members.filter((member) => !isOwn(member))], limits);
  const entry = entries.get(idOf(own));
  if (entry === undefined) throw new Error('the schedule has an entry for each backend of the group');
  return { entry, backends: entries.size, idleSessions };
}

type GroupSchedule = {
  readonly limits: ScheduleLimits;
  /** By `idOf`. */
  readonly entries: ReadonlyMap<string, ScheduleEntry>;
  readonly idleSessions: number;
};

/** By the identity of the array: a group that has changed has another one. */
const schedules = new WeakMap<readonly BackendUsage[], GroupSchedule>();

function groupSchedule(members: readonly BackendUsage[], limits: ScheduleLimits): GroupSchedule {
  const computed = schedules.get(members);
  if (computed !== undefined && isDeepEqualJson(computed.limits, limits)) return computed;
  const fresh = computeSchedule(members, limits);
  schedules.set(members, fresh);
  return fresh;
}

const computeSchedule = (backends: readonly BackendUsage[], limits: ScheduleLimits): GroupSchedule => ({
  limits,
  entries: new Map(schedule(backends, limits).map((entry) => [idOf(entry.backend), entry])),
  idleSessions: backends.reduce((sum, { pools }) => sum + settledSessions(pools).sessions, 0),
});
