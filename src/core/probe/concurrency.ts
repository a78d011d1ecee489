/**
 * Which probes may start:
 *
 *   - with the same credentials (Secret and connect string) one at a time in a namespace,
 *   - all together no more than the limit.
 *
 * The order is fair: first the namespaces with the fewest running probes, then the profile that was served longest ago. So
 * neither a large namespace nor a profile whose probes fail all the time keeps the others waiting.
 */
import type { ObservedProbe, ObservedProfile } from '../model/observed.ts';
import { isOver, parseRfc3339 } from '../model/time.ts';
import type { ProbeQueue, RunningProbe, WaitingProbe } from '../model/probe-queue.ts';
import { waitFrom } from './own-jobs.ts';
import { createdSince, startBlocker, IDLE_AFTER_MS, isIdle } from './pod-waiting.ts';
import { MAX_PAUSE_MS } from './retry.ts';

/** An ended Job keeps its credentials for no longer than this, if its profile does not record the result. */
const UNRECORDED_MS = 30_000;

/** A Job with where it runs and what its profile has recorded. */
export type QueuedJob = {
  readonly namespace: string;
  readonly probe: ObservedProbe;
  /** Whether the profile that made the Job exists and has not recorded its result. */
  readonly isUnrecorded: boolean;
};

/**
 * How a Job counts now. A Job that waits for its pod holds no slot after a while, and gives up its credentials too: later and
 * later, so that two profiles whose pods cannot start do not take turns all the time. It keeps them if the Secret itself
 * is missing, since the next probe would wait for it as well. An ended Job keeps its credentials until its
 * result is recorded, so that a rejected logon is recorded before the next one. Undefined for a Job that does not count.
 */
export function runningProbe({ namespace, probe, isUnrecorded }: QueuedJob, now: number): RunningProbe | undefined {
  const { job, uid, resourceVersion, ownerUid, credentialsKey, failures, end } = probe;
  const running = { namespace, ownerUid, credentialsKey, preemptible: undefined };
  if (end !== undefined)
    return isUnrecorded && !isOver(waitFrom(end, UNRECORDED_MS), now) ? { ...running, holdsSlot: false } : undefined;
  if (!isIdle(probe, now)) return { ...running, holdsSlot: true };
  const hasWaited = isOver({ since: createdSince(probe), until: preemptibleAt(probe) }, now);
  const isPreemptible = hasWaited && startBlocker(probe, now)?.blocksSameCredentials !== true;
  const preemptible = isPreemptible ? { job, uid, resourceVersion, failures } : undefined;
  return { ...running, holdsSlot: false, preemptible };
}

/** Whether the profile of a Job has not recorded its result: the verdict in the status is of none, or of one that ended earlier. */
export function isUnrecorded(
  { job, end }: ObservedProbe,
  profile: Pick<ObservedProfile, 'status'> | undefined,
): boolean {
  if (end === undefined || profile === undefined) return false;
  const { probe } = profile.status;
  const recordedUntil = parseRfc3339(probe?.finishedAt ?? '');
  return probe?.job !== job && !(end.at < recordedUntil);
}

const preemptibleAt = (probe: ObservedProbe): number =>
  createdSince(probe) + Math.min(MAX_PAUSE_MS, IDLE_AFTER_MS * 2 ** Math.min(probe.failures, 20));

/** When time alone may change how the Job counts, in milliseconds since the epoch; some may be in the past. */
export const countChangesAt = (probe: ObservedProbe): readonly number[] =>
  probe.end === undefined
    ? [createdSince(probe) + IDLE_AFTER_MS, preemptibleAt(probe)]
    : [waitFrom(probe.end, UNRECORDED_MS).until];

/** Whether a profile may start its probe now. It need not be in the queue yet, and its own Jobs do not count against it. */
export function hasSlot(me: WaitingProbe, { running, waiting }: ProbeQueue, limit: number): boolean {
  const taken = takenBy(running.filter(({ ownerUid }) => ownerUid !== me.uid));
  const free = limit - taken.slots;
  if (free <= 0 || isBlocked(me, taken)) return false;
  const ahead = waiting.filter((one) => one.uid !== me.uid && !isBlocked(one, taken) && compare(one, me, taken) < 0);
  return ahead.length < free;
}

/**
 * The queued profiles for which `hasSlot` is true: at most one for each free slot, and profiles whose own Job takes a slot or
 * blocks their credentials.
 */
export function nextToStart(queue: ProbeQueue, limit: number): readonly WaitingProbe[] {
  const { running, waiting } = queue;
  if (waiting.length === 0) return [];
  const taken = takenBy(running);
  const owners = new Set(running.filter(holdsUp).map(({ ownerUid }) => ownerUid));
  const free = Math.max(0, limit - taken.slots);
  const first =
    free === 0
      ? []
      : waiting
          .filter((one) => !isBlocked(one, taken))
          .toSorted((one, other) => compare(one, other, taken))
          .slice(0, free);
  return [
    ...first.filter(({ uid }) => !owners.has(uid)),
    // `hasSlot` leaves out the profile's own Jobs, so it is computed for each of these. There are few: most have no Job.
    ...waiting.filter((one) => owners.has(one.uid) && hasSlot(one, queue, limit)),
  ];
}

/**
 * The Jobs to delete before the probe starts. They have the same credentials and wait for a pod that does not start; if it did,
 * both probes would log on at once. Their profiles start a new probe later.
 */
export const jobsToPreempt = (me: WaitingProbe, { running }: Pick<ProbeQueue, 'running'>) =>
  running.flatMap(({ namespace, ownerUid, credentialsKey, preemptible }) => {
    const isSame = credentialsKey !== undefined && credentialsKey === me.credentialsKey && namespace === me.namespace;
    return isSame && ownerUid !== me.uid && preemptible !== undefined ? [preemptible] : [];
  });

const holdsUp = ({ holdsSlot, preemptible }: RunningProbe) => holdsSlot || preemptible === undefined;

type Taken = {
  readonly slots: number;
  readonly slotsIn: ReadonlyMap<string, number>;
  /** "namespace/credentialsKey" of the credentials that no other probe may use now. */
  readonly credentials: ReadonlySet<string>;
};

function takenBy(running: readonly RunningProbe[]): Taken {
  const slotsIn = new Map<string, number>();
  const credentials = new Set<string>();
  let slots = 0;
  for (const { namespace, credentialsKey, holdsSlot, preemptible } of running) {
    if (holdsSlot) {
      slots += 1;
      slotsIn.set(namespace, (slotsIn.get(namespace) ?? 0) + 1);
    }
    if (credentialsKey !== undefined && preemptible === undefined) credentials.add(`${namespace}/${credentialsKey}`);
  }
  return { slots, slotsIn, credentials };
}

const isBlocked = ({ namespace, credentialsKey }: WaitingProbe, { credentials }: Taken) =>
  credentialsKey !== undefined && credentials.has(`${namespace}/${credentialsKey}`);

/** Negative where `one` comes before `other`. */
function compare(one: WaitingProbe, other: WaitingProbe, { slotsIn }: Taken): number {
  const slots = (slotsIn.get(one.namespace) ?? 0) - (slotsIn.get(other.namespace) ?? 0);
  if (slots !== 0) return slots;
  if (one.servedAt !== other.servedAt) return one.servedAt - other.servedAt;
  return keyOf(one) < keyOf(other) ? -1 : 1;
}

const keyOf = ({ namespace, profile }: WaitingProbe) => `${namespace}/${profile}`;
