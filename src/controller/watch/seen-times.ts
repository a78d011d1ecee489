/**
 * When the operator saw an event, beside the time that another machine gave it. A wait that is counted from the end of a Job would be void, or
 * last for an hour, where the two clocks differ by that. So an event that this process has seen counts from that moment. Of an event from
 * before its start nothing is known but the time in the object. The times in the objects stay: they tell the order of events.
 */
import type { ObservedPod, ObservedProbe, ObservedProbePod, ObservedProfile } from '../../core/model/observed.ts';
import type { Seen } from '../../kube/cache.ts';

/** Clocks that differ by less are taken for equal, so that a time stays the same when the operator is started again. */
const TOLERATED_MS = 10_000;

/** A time of an object, and when the operator saw it, if that differs. */
type Event = { readonly at: number; readonly seenAt?: number | undefined };

type Read<T> = (value: T) => Event | undefined;

/** The moment at which the operator saw an event; undefined where the time in the object is as good. */
function seenAt<T>(
  value: T,
  { before, isListed }: Seen<T>,
  { read, now }: { readonly read: Read<T>; readonly now: number },
) {
  const event = read(value);
  const known = before && read(before);
  if (event === undefined) return undefined;
  if (known?.at === event.at) return known.seenAt;
  // A list has events of any age.
  return Math.abs(now - event.at) <= TOLERATED_MS || (isListed && before === undefined) ? undefined : now;
}

/** `withSeen` of the caches. `now`: milliseconds since the epoch. */
export const withSeenTimes = (now: () => number) => ({
  profile: (value: ObservedProfile, seen: Seen<ObservedProfile>): ObservedProfile => {
    const read = (one: ObservedProfile) => ({ at: one.specChangedAt, seenAt: one.specChangeSeenAt });
    const at = seenAt(value, seen, { read, now: now() });
    return at === undefined ? value : { ...value, specChangeSeenAt: at };
  },
  job: <T extends Pick<ObservedProbe, 'createdAt' | 'createdSeenAt' | 'end'>>(value: T, seen: Seen<T>): T => {
    const created = seenAt(value, seen, {
      read: (one) => ({ at: one.createdAt, seenAt: one.createdSeenAt }),
      now: now(),
    });
    // A Job that arrives with its end may have come back from a backup.
    const ended = seenAt(value, { ...seen, isListed: true }, { read: (one) => one.end, now: now() });
    return {
      ...value,
      ...(created !== undefined && { createdSeenAt: created }),
      ...(ended !== undefined && { end: value.end && { ...value.end, seenAt: ended } }),
    };
  },
  probePod: <T extends Pick<ObservedProbePod, 'terminated'>>(value: T, seen: Seen<T>): T => {
    const at = seenAt(value, seen, { read: (one) => one.terminated, now: now() });
    return at === undefined ? value : { ...value, terminated: value.terminated && { ...value.terminated, seenAt: at } };
  },
  backendPod: <T extends Pick<ObservedPod, 'deletionRequestedAt' | 'deletionSeenAt'>>(value: T, seen: Seen<T>): T => {
    const read = ({ deletionRequestedAt: requestedAt, deletionSeenAt }: T) =>
      requestedAt === undefined ? undefined : { at: requestedAt, seenAt: deletionSeenAt };
    const at = seenAt(value, seen, { read, now: now() });
    return at === undefined ? value : { ...value, deletionSeenAt: at };
  },
});
