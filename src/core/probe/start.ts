/** Starts a probe: whether its Job may be created now, and what must be created or deleted before it. */
import type { ProfileSpec, ReasonOf } from '../../api/v1alpha1.ts';
import { LABEL, MANAGED_BY } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';
import { namespaceObjects } from './logon-results.ts';
import { deleteProbe, isLoggingOnWith } from './job-retention.ts';
import { type Attempt, type ProbeInput, probeJob, probeLabels } from './job.ts';
import { credentialsKeyOf } from './pod.ts';
import { ownProbes } from './own-jobs.ts';
import { hasSlot, jobsToPreempt } from './concurrency.ts';
import type { WaitingProbe } from '../model/probe-queue.ts';
import { newlySelectedBy } from '../model/label-selector.ts';
import type { Action } from '../model/action.ts';

/**
 * Milliseconds between two checks whether an earlier Job of the same profile may still log on. Without a pod, or with a sidecar
 * that keeps the pod running, the Job stops counting after some time, and no event says so. A profile that waits for Jobs of
 * other profiles does not poll: controller/observe/probe-slots.ts enqueues it.
 */
const OWN_JOB_CHECK_MS = 3000;

/** Milliseconds until Services and PodDisruptionBudgets are listed again, if one selects the probe's pod. They are not watched. */
const SELECTOR_RETRY_MS = 30_000;

/** A profile that asks for a slot, as the queue has it. */
export const probeRequest = (
  { profile, probes }: Pick<Observed, 'profile' | 'probes'>,
  spec: ProfileSpec,
): WaitingProbe => ({
  namespace: profile.namespace,
  profile: profile.name,
  uid: profile.uid,
  credentialsKey: spec.database === undefined ? undefined : credentialsKeyOf(spec.database),
  servedAt: Math.max(0, ...probes.map(({ end }) => end?.at ?? 0)),
});

export type StartResult =
  | { readonly kind: 'go'; readonly actions: readonly Action[] }
  /** For the end of another probe. */
  | { readonly kind: 'wait'; readonly requeueAfterMs: number | undefined }
  /** A person has to act. */
  | {
      readonly kind: 'refuse';
      readonly reason: ReasonOf<'ProbeSucceeded'>;
      readonly message: string;
      readonly requeueAfterMs: number;
    };

export function tryStart(input: ProbeInput & { readonly observed: Observed }, attempt: Attempt): StartResult {
  const { observed, spec } = input;
  const { profile, settings, shared } = observed;
  const owner = selectorMatchingProbe(observed, spec);
  if (owner !== undefined) {
    const message = `With spec.probe.podLabels the probe's pod would be one of the backend: the selector of ${owner.kind} ${owner.name} matches it. Use other labels.`;
    return { kind: 'refuse', reason: 'PodLabelsMatchBackend', message, requeueAfterMs: SELECTOR_RETRY_MS };
  }
  const request = probeRequest(observed, spec);
  // Of other settings, or by another version of the operator: the attempt before has ended, or its pod cannot start.
  const isLoggingOn = ownProbes(observed).some((probe) => isLoggingOnWith(probe, request.credentialsKey, observed.now));
  if (isLoggingOn) return { kind: 'wait', requeueAfterMs: OWN_JOB_CHECK_MS };
  const isSaltBeingCreated =
    shared.salt === 'missing' &&
    shared.running.some(
      ({ namespace, ownerUid, holdsSlot }) => namespace === profile.namespace && ownerUid !== profile.uid && holdsSlot,
    );
  if (isSaltBeingCreated || !hasSlot(request, shared, settings.maxConcurrentProbes))
    return { kind: 'wait', requeueAfterMs: undefined };
  const preempted = jobsToPreempt(request, shared);
  const preemptions = preempted.map((probe) => deleteProbe(profile, probe));
  // What keeps the preempted pods from starting is likely to keep this one.
  const failures = Math.max(attempt.failures, ...preempted.map((probe) => probe.failures + 1));
  const object = probeJob(input, { ...attempt, failures });
  return {
    kind: 'go',
    actions: [
      ...preemptions,
      ...namespaceObjects(profile.namespace, shared),
      { kind: 'startProbe', object, credentialsKey: request.credentialsKey },
    ],
  };
}

/** The object whose selector would match the probe's pod because of `podLabels`; undefined where there is none. */
function selectorMatchingProbe(
  { profile, deployment, podSelectors = [] }: Observed,
  { probe, targetRef }: ProfileSpec,
) {
  if (Object.keys(probe.podLabels).length === 0) return undefined;
  const owners = [
    ...(deployment === undefined ? [] : [{ kind: 'Deployment', name: targetRef.name, selector: deployment.selector }]),
    ...podSelectors,
  ];
  return newlySelectedBy(owners, probeLabels(profile.name, probe.podLabels), {
    ...MANAGED_BY,
    [LABEL.probe]: profile.name,
  });
}
