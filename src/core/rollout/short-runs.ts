/**
 * Without a readiness probe, the kubelet calls a container ready whenever it runs, also between two ends. One that ends again and again would
 * make the profile `Failed` and `Current` by turns. So such a pod is not ready until a run has lasted. One rule for all readers of pods.
 */
import type { Target } from '../backend/target.ts';
import { PASSED, type StepResult } from '../model/decision.ts';
import type { Observed, ObservedPod, ObservedPodContainer } from '../model/observed.ts';
import { containerOf, MAX_RESTARTS } from './crash.ts';

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

type Found = { readonly observed: Observed; readonly target: Target };

/** What the guards found, with pods that are not ready while the container of the profile, which keeps ending, has a short run. */
export function withoutShortRuns<T extends Found>(found: T): T {
  const { observed, target } = found;
  const { now, pods, unlabelledPods } = observed;
  const judged = (pod: ObservedPod) => withoutShortRun(pod, target, now);
  return { ...found, observed: { ...observed, pods: pods.map(judged), unlabelledPods: unlabelledPods?.map(judged) } };
}

function withoutShortRun(pod: ObservedPod, { container: { name } }: Target, now: number): ObservedPod {
  const found = containerOf(pod, name);
  if (found?.startedAt === undefined || !pod.isReady || shortRunLeft(found, now) === undefined) return pod;
  return {
    ...pod,
    isReady: false,
    // It has not been ready in this run.
    readyChangedAt: found.startedAt,
    containers: pod.containers.map((one) => (one === found ? { ...one, isReady: false } : one)),
  };
}

/** A pass at the time at which a short run has lasted, since that alone makes the pod ready. */
export function shortRunEnds({ observed: { pods, now }, target: { container } }: Found): readonly StepResult[] {
  return pods.flatMap((pod) => {
    const found = containerOf(pod, container.name);
    const requeueAfterMs = found && shortRunLeft(found, now);
    return requeueAfterMs === undefined ? [] : [{ ...PASSED, requeueAfterMs }];
  });
}
