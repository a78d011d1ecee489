/** Whether a container crashes, or has crashed, by the times of the kubelet. */
import type { StateOf } from '../model/config-state.ts';
import type { Observed, ObservedPod, ObservedPodContainer } from '../model/observed.ts';

/** Restarts of a container that show a failure: one may belong to a start that is retried. */
export const MAX_RESTARTS = 2;

/**
 * Whether the pod was there when all pods of the rollout were ready, by the clocks of the cluster. Pods come later, too: from an autoscaler, or
 * in the place of evicted ones.
 */
export const wasReadyWithAll = (
  { createdAt }: ObservedPod,
  { completedAt, podsReadyAt = Number.POSITIVE_INFINITY }: StateOf<'rollout'>,
): boolean => completedAt !== undefined && createdAt <= podsReadyAt;

/** The number of restarts with which the container of a pod has failed; undefined where restarts do not count. */
export function failingRestarts(pod: ObservedPod, started: StateOf<'rollout'>): number | undefined {
  const before = started.baseline?.restarts ?? {};
  if (before === 'uncounted') return undefined;
  return (before[pod.name] ?? 0) + (wasReadyWithAll(pod, started) ? 1 : MAX_RESTARTS);
}

export const containerOf = (pod: ObservedPod, name: string): ObservedPodContainer | undefined =>
  pod.containers.find((one) => one.name === name);

/** Whether the kubelet delays its next start because it ended by itself. */
export const isInBackOff = ({ waiting, wasInterrupted }: ObservedPodContainer): boolean =>
  waiting?.reason === 'CrashLoopBackOff' && wasInterrupted !== true;

/** Whether it waits after it ended, or has ended and not been ready since. The exit code may be 0: a backend does not end by itself. */
export function hasCrashedUnready(pod: ObservedPod, container: ObservedPodContainer): boolean {
  const { isReady, crash, hasExited, startedAt } = container;
  if (isInBackOff(container)) return true;
  return (
    !isReady && (crash !== undefined || hasExited === true) && (startedAt ?? pod.readyChangedAt) >= pod.readyChangedAt
  );
}

/** A crash is recent for this long, whatever the pod has done since. */
const RECENT_MS = 600_000;

/** How far the operator's clock may be off. */
const CLOCK_TOLERANCE_MS = 3_600_000;

type Clocks = Pick<Observed, 'now' | 'profile' | 'pods' | 'unlabelledPods'>;

/**
 * Whether a container crashed recently. The kubelet dates the crash, so what happened since is read from the clocks of the cluster: the
 * edit of the profile, and what pods did. The operator's clock alone tells that nothing happened for long, as after an edit that waits for
 * its window.
 */
export const isRecentCrash = ({ crash }: ObservedPodContainer, clocks: Clocks): boolean =>
  crash !== undefined && isWithin(RECENT_MS, crash.at, clocks);

/** Whether so many milliseconds have not passed since a time that the API server or a kubelet has written. */
export const isWithin = (ms: number, since: number, clocks: Clocks): boolean =>
  latestTime(clocks) - since < ms && Math.abs(clocks.now - since) < ms + CLOCK_TOLERANCE_MS;

/** The latest time that the API server or a kubelet has written. */
const latestTime = ({ profile, pods, unlabelledPods = [] }: Clocks): number =>
  Math.max(profile.specChangedAt, ...[...pods, ...unlabelledPods].flatMap(timesOf));

const timesOf = ({ createdAt, readyChangedAt, containers }: ObservedPod): readonly number[] => [
  createdAt,
  readyChangedAt,
  ...containers.flatMap(({ startedAt, crash }) => [startedAt ?? [], crash?.at ?? []].flat()),
];
