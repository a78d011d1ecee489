/** How a backend is before a rollout, recorded with its start: the settings are blamed only for what changes after it. */
import { newestRollout } from '../backend/managed-variables.ts';
import { deadlineMsOf, isObservedByController, rolloutState } from '../backend/rollout-state.ts';
import type { Target } from '../backend/target.ts';
import { type Baseline, hasSucceeded, type StateOf } from '../model/config-state.ts';
import type { Observed, ObservedPod } from '../model/observed.ts';
import type { ConfigRollout } from './context.ts';
import { isTemplateChanged } from './template-change.ts';
import { judgedPods } from './judged-pods.ts';
import { containerOf, crashInterval, hasCrashedUnready, isRecentCrash, isWithin } from './crash.ts';

type Reads = Pick<ConfigRollout, 'observed' | 'target' | 'configMap'>;

/** Pods whose restarts are recorded at most, so that the annotation stays small. */
const MAX_PODS = 64;

/** How a backend fails. */
type Failing = Pick<Baseline, 'failure' | 'crashIntervalMs'>;

/**
 * The baseline of a rollout that starts now; undefined where nothing fails and no container has restarted. Settings that failed on a deleted
 * Deployment are no better for a backend that fails already: their rollback stays on.
 */
export function baselineAtStart(rollout: Reads): Baseline | undefined {
  const isNewTry = rollout.configMap.state.failed?.isElsewhere === true;
  return baselineWith(isNewTry ? {} : failingBefore(rollout), rollout);
}

/** The baseline of a rollout once all pods are ready: what failed before may fail again, but each restart counts from now on. */
export function baselineAtEnd(rollout: Reads): Baseline | undefined {
  const { restarts: _, ...failing } = rollout.configMap.state.rollout?.baseline ?? {};
  return baselineWith(failing, rollout);
}

function baselineWith(failing: Failing, { observed, target, configMap }: Reads): Baseline | undefined {
  // Only pods with this configuration can be pods of the rollout: their ReplicaSet is scaled up again.
  const restarts = restartsOf(
    observed.pods.filter(({ configMaps }) => configMaps.includes(configMap.name)),
    target,
  );
  const baseline = { ...failing, ...(restarts !== undefined && { restarts }) };
  return Object.keys(baseline).length === 0 ? undefined : baseline;
}

function restartsOf(pods: readonly ObservedPod[], { container }: Target): Baseline['restarts'] {
  const restarted = pods.flatMap((pod) => {
    const { restarts = 0 } = containerOf(pod, container.name) ?? {};
    return restarts > 0 ? [[pod.name, restarts] as const] : [];
  });
  return restarted.length === 0 ? undefined : recordOf(restarted);
}

const recordOf = (restarts: readonly (readonly [pod: string, restarts: number])[]): Baseline['restarts'] =>
  restarts.length > MAX_PODS ? 'uncounted' : Object.fromEntries(restarts.toSorted(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The rollout, with a baseline that has the restarts of containers which something else ended, such as the reboot of a node, and which run
 * again: only crashes after that count. The next end overwrites what ended the container before, so it is recorded. The very same rollout
 * where there is nothing to record.
 */
export function withoutInterruptions(rollout: ConfigRollout, started: StateOf<'rollout'>): StateOf<'rollout'> {
  const { observed, target } = rollout;
  const { restarts: before = {} } = started.baseline ?? {};
  if (before === 'uncounted' || hasSucceeded(rollout.configMap.state)) return started;
  const interrupted = judgedPods(rollout).flatMap((pod) => {
    const { restarts = 0, startedAt, wasInterrupted } = containerOf(pod, target.container.name) ?? {};
    const isRecorded = restarts <= (before[pod.name] ?? 0);
    return wasInterrupted === true && startedAt !== undefined && !isRecorded ? [[pod.name, restarts] as const] : [];
  });
  if (interrupted.length === 0) return started;
  const names = new Set(observed.pods.map(({ name }) => name));
  const kept = Object.entries(before).filter(([name]) => names.has(name));
  const restarts = recordOf([...new Map([...kept, ...interrupted])]);
  return { ...started, baseline: { ...started.baseline, restarts } };
}

/** From the worst on. */
const FAILURES = ['crashing', 'notReady', undefined] as const;

/**
 * How it fails now. Settings of the profile that run and have not succeeded yet may be the cause, unless the template was changed with them:
 * then only as it failed before their own rollout, too.
 */
function failingBefore({ observed, target }: Reads): Failing {
  const now = presentFailing(observed, target);
  const last = newestRollout(observed.configMaps);
  if (last === undefined || hasSucceeded(last.state) || !isInUse(last.name, observed, target)) return now;
  if (isTemplateChanged(last.state.rollout, target.deployment)) return now;
  const former = last.state.rollout?.baseline ?? {};
  const failure = FAILURES.findLast((one) => one === now.failure || one === former.failure);
  return failingOf(failure, former.crashIntervalMs);
}

const failingOf = (failure: Failing['failure'], crashIntervalMs: number | undefined): Failing => ({
  ...(failure !== undefined && { failure }),
  ...(crashIntervalMs !== undefined && { crashIntervalMs }),
});

const isInUse = (configMap: string, { pods }: Observed, { container }: Target): boolean =>
  container.env.some(({ source }) => source.kind === 'configMap' && source.name === configMap) ||
  pods.some(({ configMaps, isTerminating }) => !isTerminating && configMaps.includes(configMap));

function presentFailing(observed: Observed, target: Target): Failing {
  const { pods, unlabelledPods = pods } = observed;
  const present = unlabelledPods.filter(
    ({ isTerminating, isDisrupted, hasEnded }) => !isTerminating && !isDisrupted && !hasEnded,
  );
  const containers = present.flatMap((pod) => {
    const container = containerOf(pod, target.container.name);
    return container === undefined ? [] : [{ pod, container }];
  });
  const isCrashing = containers.some(
    ({ pod, container }) => hasCrashedUnready(pod, container) || isRecentCrash(container, observed),
  );
  const intervals = containers.flatMap(({ pod, container }) => crashInterval(pod, container, observed) ?? []);
  const failure = isCrashing ? 'crashing' : readinessFailure(present, observed, target);
  return failingOf(failure, intervals.length === 0 ? undefined : Math.min(...intervals));
}

function readinessFailure(present: readonly ObservedPod[], observed: Observed, target: Target): Failing['failure'] {
  const { deployment } = target;
  const { phase } = rolloutState(deployment, observed.now);
  const { replicas, status } = deployment;
  // Pods of a rollout that makes progress, as of a new Deployment, are about to be ready: they have not failed.
  // The same holds for the pods that take the places of drained ones.
  const starting = present.filter((pod) => isStarting(pod, target, observed)).length;
  const isIll =
    phase === 'starting' && status.progressedAt === undefined && status.availableReplicas + starting < replicas;
  // A controller that observes nothing says nothing about the pods.
  const isLate = phase === 'deadlineExceeded' && isObservedByController(deployment);
  return isLate || isIll ? 'notReady' : undefined;
}

/** A start may take as long as the progress deadline. A pod that was ready and no longer is does not start. */
function isStarting(pod: ObservedPod, { deployment, container }: Target, observed: Observed): boolean {
  const { startedAt } = containerOf(pod, container.name) ?? {};
  const hasLostReadiness = startedAt !== undefined && pod.readyChangedAt > startedAt;
  return !pod.isReady && !hasLostReadiness && isWithin(deadlineMsOf(deployment), startedAt ?? pod.createdAt, observed);
}
