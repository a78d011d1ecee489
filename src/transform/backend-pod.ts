/** From a pod of a backend to what a decision looks at: which configuration it runs, and how it fares with it. */
import { LABEL } from '../core/model/naming.ts';
import type { ObservedPod, ObservedPodContainer } from '../core/model/observed.ts';
import type { KubeObject, Pod } from '../kube/types.ts';
import { configMapsOf, controllerUid, type Labelled, maxByHandOf, milliseconds } from './transform.ts';

export function projectPod(object: KubeObject): Labelled<ObservedPod> {
  const { metadata, spec, status } = object as Pod;
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const ready = condition('Ready');
  const scheduled = condition('PodScheduled');
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.profile] ?? '',
    name: metadata?.name ?? '',
    ownerUid: controllerUid(metadata),
    config: metadata?.labels?.[LABEL.config],
    configMaps: configMapsOf(spec),
    maxByHand: maxByHandOf(spec),
    isTerminating: metadata?.deletionTimestamp !== undefined,
    deletedAt: metadata?.deletionTimestamp === undefined ? undefined : milliseconds(metadata.deletionTimestamp),
    isReady: ready?.status === 'True',
    readyChangedAt: milliseconds(ready?.lastTransitionTime),
    unschedulable:
      scheduled?.reason === 'Unschedulable' ? (scheduled.message ?? 'no node was found for it') : undefined,
    containers: (status?.containerStatuses ?? []).map(projectContainer),
  };
}

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function projectContainer({ name, ready, restartCount, state, lastState }: ContainerStatus): ObservedPodContainer {
  const ended = state?.terminated ?? lastState?.terminated;
  const { waiting, running } = state ?? {};
  return {
    name,
    isReady: ready,
    restarts: restartCount,
    startedAt: running?.startedAt === undefined ? undefined : milliseconds(running.startedAt),
    waiting: waiting === undefined ? undefined : { reason: waiting.reason ?? '', message: waiting.message ?? '' },
    crash:
      ended === undefined || ended.exitCode === 0
        ? undefined
        : { exitCode: ended.exitCode, reason: ended.reason ?? 'Error', at: milliseconds(ended.finishedAt) },
  };
}
