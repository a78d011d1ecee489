/**
 * What a rollout waits for, as a sentence of its message: the first pod that is not ready, what it waits for and since when, and
 * when the rollout counts as failed, or is reported as stuck. All times are absolute, so that the message stays the same until something happens.
 */
import type { ObservedPod, ObservedPodContainer } from '../model/observed.ts';
import { toRfc3339 } from '../model/time.ts';
import { containerOf, describeContainer, runsUnready } from './crash.ts';

export type WaitLimits = {
  /** The container whose restarts count. */
  readonly container: string;
  /** The number of restarts with which the rollout fails; undefined where crashes are only told. */
  readonly failingRestarts: (pod: ObservedPod) => number | undefined;
  /** When the rollout has failed, or is stuck, if it makes no progress; undefined where no deadline runs. */
  readonly deadlineAt: number | undefined;
  /** When it is stuck if its progress brings it no closer to its end; undefined where no such deadline runs. */
  readonly advanceAt: number | undefined;
  /** Whether the deadline would be blamed on the settings. Otherwise it is only told. */
  readonly isDeadlineBlamed: boolean;
};

/** Undefined where all pods are ready. */
export function podWait(pods: readonly ObservedPod[], limits: WaitLimits): string | undefined {
  const unready = pods.filter(({ isReady, isTerminating }) => !isReady && !isTerminating);
  const [pod] = unready.toSorted((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1));
  // Where the container runs in no pod, something else keeps it from starting.
  const isDeadlineBlamed = limits.isDeadlineBlamed && unready.some((one) => runsUnready(one, limits.container));
  return pod && `Pod ${pod.name}${waitOf(pod)}${endOf(pod, { ...limits, isDeadlineBlamed })}`;
}

/** When the rollout counts as failed, and when it is stuck. */
function endOf(pod: ObservedPod, limits: WaitLimits): string {
  const { deadlineAt, advanceAt, isDeadlineBlamed } = limits;
  if (deadlineAt === undefined) return '';
  const isFirst = advanceAt !== undefined && advanceAt <= deadlineAt;
  const late = isFirst ? [] : [`without progress at ${toRfc3339(deadlineAt)}`];
  const noCloser =
    advanceAt !== undefined && (isFirst || pod.containers.some((one) => hasLostReadiness(one, pod)))
      ? [`at ${toRfc3339(advanceAt)} if it has come no closer to its end by then`]
      : [];
  const failures = [...restartLimit(pod, limits), ...(isDeadlineBlamed ? late : [])];
  const stuck = [...(isDeadlineBlamed ? [] : late), ...noCloser];
  const isStuck = sentence('The rollout is reported as stuck', stuck);
  return `${sentence('The rollout counts as failed', failures)}${isStuck}${isStuck && '; nothing is rolled back for this'}`;
}

const sentence = (start: string, limits: readonly string[]) =>
  limits.length === 0 ? '' : `. ${start} ${limits.join(', or ')}`;

/** To the Deployment controller, a pod that becomes ready again is progress. So its deadline is put off as long as that goes on. */
const hasLostReadiness = ({ startedAt }: ObservedPodContainer, { isReady, readyChangedAt }: ObservedPod) =>
  !isReady && startedAt !== undefined && readyChangedAt > startedAt;

function restartLimit(pod: ObservedPod, { container, failingRestarts }: WaitLimits): readonly string[] {
  const { startedAt, crash, restarts } = containerOf(pod, container) ?? {};
  const limit = failingRestarts(pod);
  const hasRun = startedAt !== undefined || crash !== undefined;
  return hasRun && limit !== undefined ? [`at restart ${limit} of container ${container} (${restarts} so far)`] : [];
}

function waitOf(pod: ObservedPod): string {
  const created = toRfc3339(pod.createdAt);
  if (pod.unschedulable !== undefined) return ` waits for a node since ${created}: ${pod.unschedulable}`;
  if (pod.containers.length === 0) return ` waits since ${created} to be started on a node`;
  const unready = pod.containers.find(({ isReady }) => !isReady);
  if (unready === undefined) return ` is not ready since ${toRfc3339(pod.readyChangedAt)}, though its containers are`;
  return `: ${describeContainer(unready)} ${containerWait(unready, pod)}`;
}

function containerWait(container: ObservedPodContainer, pod: ObservedPod): string {
  const { waiting, startedAt, crash } = container;
  if (hasLostReadiness(container, pod)) return `is not ready since ${toRfc3339(pod.readyChangedAt)}`;
  const ended = crash && `ended at ${toRfc3339(crash.at)} with exit code ${crash.exitCode} (${crash.reason})`;
  if (startedAt !== undefined)
    return `${ended === undefined ? '' : `${ended}, `}runs since ${toRfc3339(startedAt)} and is not ready yet`;
  if (ended !== undefined) return `${ended}, and is to be started again`;
  return `waits since ${toRfc3339(pod.createdAt)} ${causeOf(waiting)}`;
}

/** The kubelet gives no message while it pulls the image, mounts the volumes, or runs init containers. */
const causeOf = (waiting: ObservedPodContainer['waiting']): string =>
  waiting === undefined || waiting.message === ''
    ? 'for its image, its volumes or an init container'
    : `to be started: ${waiting.message.slice(0, 500)}`;
