/**
 * Keeps which probes run and which profiles are in the queue for a probe slot. A queued profile does not poll: each change of the
 * Jobs or of the queue enqueues the profiles that may start now. These are hardly more than there are free slots.
 *
 * What may let a profile start                                                 reported by
 *
 *   - a Job ends, is deleted, or gets the label of another profile             the caches
 *   - the result of a Job is recorded in the status of its profile             the caches
 *   - a pod cannot start, and its Job is old enough to count as idle           the caches for the pod, a timer for the age
 *   - the result of an ended Job is not recorded in time                       a timer
 *   - the request that creates a Job fails                                     InFlight
 *   - a profile ahead leaves the queue: it is deleted or suspended, loses
 *     its claim, or needs no probe any more                                    the caches
 *
 * A profile that is enqueued and does not start waits for something else, and stays in the queue.
 */
import { isDeepEqualJson } from '../../core/model/json.ts';
import type { ObservedProbe, ObservedProfile, Settings } from '../../core/model/observed.ts';
import type { ProbeQueue, RunningProbe, WaitingProbe } from '../../core/model/probe-queue.ts';
import {
  countChangesAt,
  isUnrecorded,
  nextToStart,
  type QueuedJob,
  runningProbe,
} from '../../core/probe/concurrency.ts';
import { probeRequest } from '../../core/probe/start.ts';
import { startTimer } from '../../runtime/timers.ts';
import { type Caches, isListed, parseProfileKey, profileKey } from '../watch/caches.ts';
import { withPods } from './backend.ts';
import { DirtyKeys } from './dirty-keys.ts';
import type { InFlight } from './in-flight.ts';

export type ProbeSlotsOptions = {
  readonly caches: Caches;
  readonly settings: Pick<Settings, 'maxConcurrentProbes'>;
  readonly inFlight: InFlight;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called with the key of each profile that may start its probe now. */
  readonly enqueue: (key: string) => void;
};

/** What of one profile is in the queue. */
type Entry = { readonly waiting: WaitingProbe | undefined; readonly jobs: readonly QueuedJob[] };

/** The queue, without probes whose Job no cache has; when it was made, and when time alone changes it. Milliseconds since the epoch. */
type Listed = { readonly queue: ProbeQueue; readonly since: number; readonly until: number };

/** Keys are "namespace/name" of profiles. */
export class ProbeSlots {
  readonly #options: ProbeSlotsOptions;
  /** Of those profiles that have something in the queue. */
  readonly #entries = new Map<string, Entry>();
  /** Jobs that count and profiles that wait: one object for all passes, until an entry changes or time changes a count. */
  #listed: Listed | undefined;
  /** Profiles whose entry may be out of date. */
  readonly #dirty = new DirtyKeys(() => this.#catchUp());
  #isWakeScheduled = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProbeSlotsOptions) {
    this.#options = options;
    options.inFlight.onSettled(() => this.#scheduleWake());
  }

  /** Something around this profile has changed. */
  markDirty(key: string): void {
    this.#dirty.mark(key);
  }

  /** All that run and all that wait, at this moment. */
  get queue(): ProbeQueue {
    const { queue } = this.#list();
    const starting = this.#starting();
    return starting.length === 0 ? queue : { ...queue, running: [...queue.running, ...starting] };
  }

  #list(): Listed {
    this.#catchUp();
    const now = this.#options.now();
    const listed = this.#listed;
    // The clock may have been set back.
    const isValid = listed !== undefined && now >= listed.since && now < listed.until;
    this.#listed = isValid ? listed : this.#listAt(now);
    return this.#listed;
  }

  #listAt(now: number): Listed {
    const entries = [...this.#entries.values()];
    const jobs = entries.flatMap((entry) => entry.jobs);
    const changes = jobs.flatMap(({ probe }) => countChangesAt(probe)).filter((at) => at > now);
    const running = jobs.flatMap((job) => runningProbe(job, now) ?? []);
    const waiting = entries.flatMap((entry) => entry.waiting ?? []);
    return { queue: { running, waiting }, since: now, until: Math.min(Number.POSITIVE_INFINITY, ...changes) };
  }

  /** Probes whose Job is being created, and which no cache has yet. */
  #starting(): readonly RunningProbe[] {
    const { caches, inFlight } = this.#options;
    return inFlight.probeStarts.flatMap(([key, { object, credentialsKey }]) => {
      const { namespace, name } = parseProfileKey(key);
      if (caches.jobs.get(namespace, object.metadata.name) !== undefined) return [];
      const ownerUid = caches.profiles.get(namespace, name)?.uid;
      return { namespace, ownerUid, credentialsKey, holdsSlot: true, preemptible: undefined };
    });
  }

  #catchUp(): void {
    for (const key of this.#dirty.take()) {
      const entry = this.#entryOf(key);
      if (isDeepEqualJson(entry, this.#entries.get(key))) continue;
      if (entry === undefined) this.#entries.delete(key);
      else this.#entries.set(key, entry);
      this.#listed = undefined;
      this.#scheduleWake();
    }
  }

  #entryOf(key: string): Entry | undefined {
    const { caches, now } = this.#options;
    const { namespace, name } = parseProfileKey(key);
    const profile = caches.profiles.get(namespace, name);
    const probes = caches.jobs.byIndex('profile', key).map((job) => withPods(job, caches));
    const jobs = probes
      .map((probe) => ({ namespace, probe, isUnrecorded: isUnrecorded(probe, profile) }))
      .filter((job) => runningProbe(job, now()) !== undefined);
    const waiting = profile && isListed(caches, namespace) ? waitingProbe(profile, probes) : undefined;
    return jobs.length === 0 && waiting === undefined ? undefined : { waiting, jobs };
  }

  /** Once for all changes that the caches report at the same time. */
  #scheduleWake(): void {
    if (this.#isWakeScheduled) return;
    this.#isWakeScheduled = true;
    queueMicrotask(() => this.#wake());
  }

  #wake(): void {
    this.#isWakeScheduled = false;
    const { settings, enqueue } = this.#options;
    const next = nextToStart(this.queue, settings.maxConcurrentProbes);
    for (const { namespace, profile: name } of next) enqueue(profileKey({ namespace, name }));
    this.#wakeAgainInTime();
  }

  /** Sets the timer to when time alone may let a waiting profile start. */
  #wakeAgainInTime(): void {
    clearTimeout(this.#timer);
    const { queue, until } = this.#list();
    if (queue.waiting.length === 0 || until === Number.POSITIVE_INFINITY) return;
    this.#timer = startTimer(until - this.#options.now(), () => this.#wake());
    // It keeps no process alive that has nothing else to do.
    this.#timer.unref();
  }
}

/** What a profile waits for by its status; undefined where it does not wait for a slot, or may not probe. */
function waitingProbe(profile: ObservedProfile, probes: readonly ObservedProbe[]): WaitingProbe | undefined {
  const { status, spec, isDeleting } = profile;
  if (spec.kind === 'invalid' || spec.spec.suspend || isDeleting) return undefined;
  const isQueued = status.waitingFor?.includes('ProbeSlot') ?? false;
  return isQueued ? probeRequest({ profile, probes }, spec.spec) : undefined;
}
