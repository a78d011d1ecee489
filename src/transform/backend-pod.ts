/** Turns pods of backends into ObservedPod and ReplicaSets into ObservedReplicaSet: their configuration, and how the pods fare. */
import { MAX_VARIABLE, parseMax, VARIABLES } from '../core/model/variables.ts';
import { LABEL } from '../core/model/naming.ts';
import type { ObservedPod, ObservedPodContainer, ObservedReplicaSet } from '../core/model/observed.ts';
import type { KubeObject, Pod, ReplicaSet } from '../kube/types.ts';
import { changedInPlaceAt } from './managed-fields.ts';
import { controllerUid, type Labelled, milliseconds, REVISION, wholeNumber } from './metadata.ts';
import { terminationMessage } from './termination-message.ts';

export function transformBackendPod(object: KubeObject): Labelled<ObservedPod> {
  const { metadata, spec, status } = object as Pod;
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const ready = condition('Ready');
  const scheduled = condition('PodScheduled');
  const isResizing = RESIZES.some((type) => condition(type) !== undefined);
  const change = { isResizing, at: changedInPlaceAt(metadata) };
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
    containers: (status?.containerStatuses ?? []).map((one) => ({
      ...transformContainer(one, change),
      ...(isUnprobed(spec, one.name) && { isUnprobed: true }),
    })),
  };
}

const isUnprobed = (spec: PodSpec | undefined, container: string): boolean =>
  spec?.containers.find(({ name }) => name === container)?.readinessProbe === undefined;

/** Conditions of a pod that is being resized in place. */
const RESIZES = ['PodResizePending', 'PodResizeInProgress'];

/** A change of the spec of a running pod. */
type Change = {
  readonly isResizing: boolean;
  /** When it was last made, by the API server's clock; undefined where nobody knows. */
  readonly at: number | undefined;
};

type ContainerStatus = NonNullable<NonNullable<Pod['status']>['containerStatuses']>[number];

function transformContainer(
  { name, ready, restartCount, state, lastState }: ContainerStatus,
  change: Change,
): ObservedPodContainer {
  const last = state?.terminated ?? lastState?.terminated;
  const hasNotStarted = START_FAILURES.includes(last?.reason ?? '');
  const isInterrupted = last !== undefined && (hasNotStarted || wasInterrupted(last, change));
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
 * Whether something else ended the container: its node rebooted, the kubelet lost sight of it, or it was restarted for a resize. A
 * container that ran out of memory has another reason than `Error`.
 */
function wasInterrupted(end: End, change: Change): boolean {
  const { exitCode, reason } = end;
  if (reason === 'ContainerStatusUnknown' || (reason === 'Unknown' && exitCode === 255)) return true;
  const wasStopped = exitCode === 0 || (SIGNALS.includes(exitCode) && (reason ?? 'Error') === 'Error');
  return wasStopped && isExplainedBy(change, end);
}

/** The change ended the container that ran when it was made. One that started later was ended by something else, such as its liveness probe. */
function isExplainedBy({ isResizing, at }: Change, { startedAt, finishedAt }: End): boolean {
  if (isResizing) return true;
  return at !== undefined && milliseconds(startedAt) <= at && at <= milliseconds(finishedAt) + CLOCK_TOLERANCE_MS;
}

/** How far the clocks of a node and of the API server may differ. */
const CLOCK_TOLERANCE_MS = 5000;

export function transformReplicaSet(object: KubeObject): Labelled<ObservedReplicaSet> {
  const { metadata, spec } = object as ReplicaSet;
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
