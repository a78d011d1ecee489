/**
 * Without a readiness probe, the kubelet calls a container ready whenever it runs, also between two ends. One that ends again and again would
 * make the profile `Failed` and `Current` by turns. So such a pod is not ready until a run has lasted. One rule for all readers of pods.
 */
import type { Observed, ObservedPod, ObservedPodContainer } from '../model/observed.ts';
import { MAX_RESTARTS } from './crash.ts';

/** After a run of this length the kubelet, too, starts a container again without a delay. */
const LASTING_MS = 600_000;

/** Milliseconds until the present run has lasted; undefined where it need not, or already has. `now`: milliseconds since the epoch. */
function shortRunLeft(
  { isUnprobed, restarts, lastRunMs, startedAt }: ObservedPodContainer,
  now: number,
): number | undefined {
  if (isUnprobed !== true || restarts < MAX_RESTARTS || startedAt === undefined) return undefined;
  const leftMs = startedAt + LASTING_MS - now;
  return lastRunMs !== undefined && lastRunMs < LASTING_MS && leftMs > 0 ? leftMs : undefined;
}

/** `observed`, in which pods are not ready while a container that keeps ending has a short run. */
export function withoutShortRuns(observed: Observed): Observed {
  const { now, pods, unlabelledPods } = observed;
  const judged = (pod: ObservedPod) => withoutShortRun(pod, now);
  return { ...observed, pods: pods.map(judged), unlabelledPods: unlabelledPods?.map(judged) };
}

function withoutShortRun(pod: ObservedPod, now: number): ObservedPod {
  const isShort = (one: ObservedPodContainer) => shortRunLeft(one, now) !== undefined;
  const startedAt = pod.containers.flatMap((one) => (isShort(one) ? (one.startedAt ?? []) : []));
  if (!pod.isReady || startedAt.length === 0) return pod;
  return {
    ...pod,
    isReady: false,
    // It has not been ready in this run.
    readyChangedAt: Math.min(...startedAt),
    containers: pod.containers.map((one) => (isShort(one) ? { ...one, isReady: false } : one)),
  };
}

/** Milliseconds until time alone may make a pod ready, by withoutShortRuns; undefined where no pod has a short run. */
export function nextShortRunEndInMs({ pods, now }: Pick<Observed, 'pods' | 'now'>): number | undefined {
  const left = pods.flatMap(({ containers }) => containers.flatMap((one) => shortRunLeft(one, now) ?? []));
  return left.length === 0 ? undefined : Math.min(...left);
}
