/** Turns pods of backends into ObservedPod and ReplicaSets into ObservedReplicaSet: their configuration, and how the pods fare. */
import { MAX_VARIABLE, parseMax, VARIABLES } from '../core/model/variables.ts';
import { LABEL } from '../core/model/naming.ts';
import type { ObservedPod, ObservedPodContainer, ObservedReplicaSet } from '../core/model/observed.ts';
import type { KubeObject, Pod } from '../kube/types.ts';
import { asPod, asReplicaSet } from './kinds.ts';
import { changedInPlaceAt } from './managed-fields.ts';
import { controllerUid, type Labelled, milliseconds, REVISION, wholeNumber } from './metadata.ts';
import { terminationMessage } from './termination-message.ts';

export function transformBackendPod(object: KubeObject): Labelled<ObservedPod> {
  const { metadata, spec, status } = asPod(object);
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const ready = condition('Ready');
  const scheduled = condition('PodScheduled');
  // The kubelet may begin with a resize long after it was requested.
  const resizedAt = condition('PodResizeInProgress')?.lastTransitionTime;
  const changedAt = [changedInPlaceAt(metadata) ?? [], resizedAt === undefined ? [] : milliseconds(resizedAt)]
    .flat()
    .filter((at) => at !== undefined);
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.profile] ?? '',
    name: metadata?.name ?? '',
    ownerUid: controllerUid(metadata),
    config: metadata?.labels?.[LABEL.configHash],
    configMaps: configMapsOf(spec),
    literalMax: literalMaxOf(spec),
    createdAt: milliseconds(metadata?.creationTimestamp),
    isTerminating: metadata?.deletionTimestamp !== undefined,
    deletedAt: metadata?.deletionTimestamp === undefined ? undefined : milliseconds(metadata.deletionTimestamp),
    deletionRequestedAt:
      metadata?.deletionTimestamp === undefined
        ? undefined
        : milliseconds(metadata.deletionTimestamp) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000,
    isReady: ready?.status === 'True',
    readyChangedAt: milliseconds(ready?.lastTransitionTime),
    unschedulable:
      scheduled?.reason === 'Unschedulable' ? (scheduled.message ?? 'no node was found for it') : undefined,
    hasEnded: status?.phase === 'Failed' || status?.phase === 'Succeeded',
    isDisrupted: condition('DisruptionTarget')?.status === 'True',
    containers: [
      ...(status?.initContainerStatuses ?? []).map((one) => ({
        ...transformContainer(one, changedAt),
        isInit: true as const,
      })),
      ...(status?.containerStatuses ?? []).map((one) => ({
        ...transformContainer(one, changedAt),
        ...(isUnprobed(spec, one.name) && { isUnprobed: true as const }),
      })),
    ],
  };
}

const isUnprobed = (spec: PodSpec | undefined, container: string): boolean =>
  spec?.containers.find(({ name }) => name === container)?.readinessProbe === undefined;

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function transformContainer(
  { name, ready, restartCount, state, lastState }: ContainerStatus,
  changedAt: readonly number[],
): ObservedPodContainer {
  const last = state?.terminated ?? lastState?.terminated;
  const hasNotStarted = START_FAILURES.includes(last?.reason ?? '');
  const isInterrupted = last !== undefined && (hasNotStarted || wasInterrupted(last, changedAt));
  const end = isInterrupted ? undefined : last;
  const { running } = state ?? {};
  const waiting = hasNotStarted ? waitAfterStartFailure(state, last) : state?.waiting;
  return {
    name,
    isReady: ready,
    restarts: restartCount,
    startedAt: running?.startedAt === undefined ? undefined : milliseconds(running.startedAt),
    waiting: waiting === undefined ? undefined : { reason: waiting.reason ?? '', message: waiting.message ?? '' },
    crash:
      end === undefined || end.exitCode === 0
        ? undefined
        : {
            exitCode: end.exitCode,
            reason: end.reason ?? 'Error',
            at: milliseconds(end.finishedAt),
            terminationMessage: terminationMessage(end.message),
          },
    ...(end?.exitCode === 0 && { hasExited: true }),
    ...(end?.startedAt !== undefined && { lastRunMs: milliseconds(end.finishedAt) - milliseconds(end.startedAt) }),
    ...(isInterrupted && { wasInterrupted: true }),
  };
}

type State = ContainerStatus['state'];
type End = NonNullable<NonNullable<State>['terminated']>;

/** Reasons of an end without a run: the container runtime could not start the process of the image. The kubelet counts it as a restart. */
const START_FAILURES = ['StartError', 'ContainerCannotRun'];

/** The kubelet says CrashLoopBackOff while it delays the next attempt. Nothing has crashed, so the container waits for what the runtime says. */
function waitAfterStartFailure(
  state: State,
  { reason = '', message }: Partial<End> = {},
): NonNullable<State>['waiting'] {
  const { waiting, running } = state ?? {};
  if (running !== undefined || (waiting !== undefined && waiting.reason !== 'CrashLoopBackOff')) return waiting;
  return { reason, message: terminationMessage(message) ?? '' };
}

/** Exit codes of a container that the kubelet stops, besides 0: SIGKILL and SIGTERM. */
const SIGNALS = [137, 143];

/**
 * Whether something else ended the container: its node rebooted, the kubelet lost sight of it, or the spec of its running pod was changed, as by
 * a resize. `changedAt`: when that was, by the clocks of the cluster.
 */
function wasInterrupted(end: End, changedAt: readonly number[]): boolean {
  const { exitCode, reason } = end;
  if (reason === 'ContainerStatusUnknown' || (reason === 'Unknown' && exitCode === 255)) return true;
  return changedAt.some((at) => isEndedByChange(end, at));
}

/**
 * A change ends the container that ran when it was made. The exit code says little: a program may end with 1 or 130 when it is asked to stop,
 * and one whose memory is reduced is out of memory. So soon after the change each end counts, and later on what the kubelet stops:
 * the change may have waited for room on the node.
 */
function isEndedByChange({ exitCode, reason = 'Error', startedAt, finishedAt }: End, at: number): boolean {
  const afterMs = milliseconds(finishedAt) - at;
  if (milliseconds(startedAt) > at || afterMs < -CLOCK_TOLERANCE_MS) return false;
  return afterMs <= CHANGE_MS || exitCode === 0 || (SIGNALS.includes(exitCode) && reason === 'Error');
}

/** How long a container may take to end after a change: longer than almost all grace periods. */
const CHANGE_MS = 300_000;

/** How far the clocks of a node and of the API server may differ. */
const CLOCK_TOLERANCE_MS = 5000;

export function transformReplicaSet(object: KubeObject): Labelled<ObservedReplicaSet> {
  const { metadata, spec } = asReplicaSet(object);
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.profile] ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ownerUid: controllerUid(metadata),
    config: metadata?.labels?.[LABEL.configHash],
    configMaps: configMapsOf(spec?.template?.spec),
    literalMax: literalMaxOf(spec?.template?.spec),
    revision: wholeNumber(metadata?.annotations?.[REVISION]),
    replicas: spec?.replicas ?? 0,
  };
}

/** Names of the ConfigMaps from which the pool variables of any container come. */
function configMapsOf(spec: PodSpec | undefined): readonly string[] {
  const entries = (spec?.containers ?? []).flatMap(({ env }) => env ?? []);
  const names = entries
    .filter(({ name }) => (VARIABLES as readonly string[]).includes(name))
    .flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? []);
  return [...new Set(names)];
}

/** Values of DB_POOL_MAX that are literals, by container; undefined where there are none. */
function literalMaxOf(spec: PodSpec | undefined): Readonly<Record<string, number>> | undefined {
  const found = (spec?.containers ?? []).flatMap(({ name, env = [] }) => {
    const max = parseMax(env.findLast((entry) => entry.name === MAX_VARIABLE)?.value);
    return max === undefined ? [] : [[name, max] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

type PodSpec = Pick<NonNullable<Pod['spec']>, 'containers'>;
