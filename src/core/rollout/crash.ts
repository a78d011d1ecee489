/** Whether a container crashes, or has crashed, by the times of the kubelet. */
import type { Baseline, StateOf } from '../model/config-state.ts';
import type { Observed, ObservedPod, ObservedPodContainer } from '../model/observed.ts';

/** Restarts of a container that show a failure: one may belong to a start that is retried. */
export const MAX_RESTARTS = 2;

/**
 * Whether the pod was there when all pods of the rollout were ready, by the clocks of the cluster. Pods come later, too: from an autoscaler, or
 * in the place of evicted ones.
 */
const wasReadyWithAll = (
  { createdAt }: ObservedPod,
  { completedAt, podsReadyAt = Number.POSITIVE_INFINITY }: StateOf<'rollout'>,
): boolean => completedAt !== undefined && createdAt <= podsReadyAt;

/**
 * Whether one crash of the pod is no failure: it may belong to the start of a pod that came later, and pods that crashed now and then
 * before the rollout go on to do so.
 */
export const isOneCrashAllowed = (pod: ObservedPod, started: StateOf<'rollout'>): boolean =>
  !wasReadyWithAll(pod, started) || started.baseline?.crashIntervalMs !== undefined;

/** The number of restarts with which the container of a pod has failed; undefined where restarts do not count. */
export function failingRestarts(pod: ObservedPod, started: StateOf<'rollout'>): number | undefined {
  const before = started.baseline?.restarts ?? {};
  if (before === 'uncounted') return undefined;
  return (before[pod.name] ?? 0) + (isOneCrashAllowed(pod, started) ? MAX_RESTARTS : 1);
}

export const containerOf = (pod: ObservedPod, name: string): ObservedPodContainer | undefined =>
  pod.containers.find((one) => one.name === name);

/** In the words of a message. */
export const describeContainer = ({ name, isInit }: ObservedPodContainer): string =>
  `${isInit === true ? 'init container' : 'container'} ${name}`;

/** Whether the container of a pod has run since before this time, and is not ready: the settings may be to blame for that. */
export function runsUnready(pod: ObservedPod, name: string, before = Number.POSITIVE_INFINITY): boolean {
  const { isReady, startedAt } = containerOf(pod, name) ?? {};
  return isReady === false && startedAt !== undefined && startedAt < before;
}

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

/**
 * How often a container crashes that crashes now and then: milliseconds from one crash to the next, on average. Undefined where it crashed less
 * than twice, or has run on for twice as long since.
 */
export function crashInterval(
  { createdAt }: ObservedPod,
  { crash, restarts }: ObservedPodContainer,
  clocks: Clocks,
): number | undefined {
  if (crash === undefined || restarts < MAX_RESTARTS) return undefined;
  const interval = Math.round((crash.at - createdAt) / restarts);
  return interval > 0 && isWithin(2 * interval, crash.at, clocks) ? interval : undefined;
}

/** Part of the time between two crashes after which one more is no worse than before: crashes seldom come at regular intervals. */
const AS_OFTEN = 1 / 4;

/** Whether a crash after a run of so many milliseconds is not markedly worse than those before the rollout. */
export const isAsBefore = (ranMs: number | undefined, baseline: Baseline | undefined): boolean =>
  ranMs !== undefined && baseline?.crashIntervalMs !== undefined && ranMs >= AS_OFTEN * baseline.crashIntervalMs;

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
