/**
 * The Jobs of a profile. Jobs and pods are watched apart, so the end of a Job may be observed before that of its pod, which has
 * the verdict. Such a Job counts as running.
 */
import type { Observed, ObservedProbe } from '../model/observed.ts';
import { isOver, type Wait } from '../model/time.ts';

/** Milliseconds that the operator waits for the end of the pod, once it has observed that of the Job. */
const POD_ENDS_WITHIN_MS = 10_000;

/** Jobs that this profile made, and not a deleted profile of that name. */
export const ownProbes = ({ probes, profile, now }: Observed): readonly ObservedProbe[] =>
  probes
    .filter(({ ownerUid }) => ownerUid === profile.uid)
    .map((probe) =>
      isEnding(probe, now) && probe.job !== profile.status.probe?.job
        ? { ...probe, end: undefined, isEnding: true }
        : probe,
    );

/** A wait that is counted from the end of a Job. */
export function waitFrom({ at, seenAt }: NonNullable<ObservedProbe['end']>, ms: number): Wait {
  const since = seenAt ?? at;
  return { since, until: since + ms };
}

/** Whether the Job has ended just now, and no end of a pod of it is observed yet. */
const isEnding = ({ end, pods, uid }: ObservedProbe, now: number): boolean =>
  end !== undefined &&
  !isOver(waitFrom(end, POD_ENDS_WITHIN_MS), now) &&
  pods
    .filter(({ ownerUid }) => ownerUid === uid)
    .every(({ terminated, failure }) => terminated === undefined && failure === undefined);
