/**
 * The Jobs of a profile as they may be believed. Jobs and pods are watched apart, so a Job's end may be seen before that
 * of its pod: such a Job still runs, until its pod has said what came of it.
 */
import type { Observed, ObservedProbe } from '../model/observed.ts';

/** Milliseconds that the end of a pod may be seen later than that of its Job. */
const POD_ENDS_WITHIN_MS = 10_000;

/** Jobs that this profile made, and not one of its name before it. */
export const ownProbes = ({ probes, profile, now }: Observed): readonly ObservedProbe[] =>
  probes
    .filter(({ ownerUid }) => ownerUid === profile.uid)
    .map((probe) =>
      isEnding(probe, now) && probe.job !== profile.status.probe?.job
        ? { ...probe, end: undefined, isEnding: true }
        : probe,
    );

/** Its pod was not seen to end, or was not seen at all. */
const isEnding = ({ end, pods, uid }: ObservedProbe, now: number): boolean =>
  end !== undefined &&
  now - end.at < POD_ENDS_WITHIN_MS &&
  pods
    .filter(({ ownerUid }) => ownerUid === uid)
    .every(({ terminated, failure }) => terminated === undefined && failure === undefined);
