/** Whether a container crashes, by facts of the kubelet's clock alone. */
import type { ObservedPod, ObservedPodContainer } from '../model/observed.ts';

/** Restarts of a container, before all pods were ready, that count as a failure. One may belong to a start that is retried. */
export const MAX_RESTARTS = 2;

export const containerOf = (pod: ObservedPod, name: string): ObservedPodContainer | undefined =>
  pod.containers.find((one) => one.name === name);

/** Whether it waits after a crash, or has crashed and not been ready since. */
export const hasCrashedUnready = (pod: ObservedPod, { isReady, crash, startedAt, waiting }: ObservedPodContainer) =>
  waiting?.reason === 'CrashLoopBackOff' ||
  (!isReady && crash !== undefined && (startedAt ?? pod.readyChangedAt) >= pod.readyChangedAt);
