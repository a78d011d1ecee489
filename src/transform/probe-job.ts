/** From the Job of a probe to ObservedProbe, and from its pod to ObservedProbePod. */
import { cutText } from '../api/v1alpha1.ts';
import { MAX_ATTEMPTS } from '../core/model/attempt.ts';
import { ANNOTATION, LABEL } from '../core/model/naming.ts';
import type { ObservedProbe, ObservedProbePod } from '../core/model/observed.ts';
import { podDigest, hostAliasesDigest, PROBE_CONTAINER, fieldDigests } from '../core/probe/pod-digest.ts';
import type { KubeObject } from '../kube/types.ts';
import { asJob, asPod } from './kinds.ts';
import { controllerUid, type Labelled, milliseconds, wholeNumber } from './metadata.ts';

export function transformProbeJob(object: KubeObject): Labelled<Omit<ObservedProbe, 'pods' | 'podCreationError'>> {
  const { metadata, spec, status } = asJob(object);
  const end = status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  const annotation = (name: keyof typeof ANNOTATION) => textOf(metadata?.annotations?.[ANNOTATION[name]]);
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.probe] ?? '',
    job: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    ownerUid: controllerUid(metadata),
    proofKey: annotation('proofKey') ?? '',
    podDigest: annotation('podDigest') ?? '',
    image: textOf(spec?.template.spec?.containers?.find(({ name }) => name === PROBE_CONTAINER)?.image) ?? '',
    attempt: Math.max(1, countIn(annotation('attempt'))),
    failures: countIn(annotation('failures')),
    attemptsWithoutVerdict: countIn(annotation('attemptsWithoutVerdict')),
    credentialsKey: annotation('credentialsKey'),
    logonResultsKey: /^[0-9a-f]{1,64}$/.exec(annotation('logonResultsKey') ?? '')?.[0],
    isForced: spec?.template.metadata?.annotations?.[ANNOTATION.forceLogon] !== undefined,
    hostAliasesDigest: hostAliasesDigest(spec?.template.spec?.hostAliases),
    fieldDigests: fieldDigests(spec?.template.spec ?? {}),
    requestedAt: annotation('probeRequestedAt'),
    createdAt: milliseconds(metadata?.creationTimestamp),
    end:
      end === undefined
        ? undefined
        : {
            succeeded: end.type === 'Complete',
            at: milliseconds(end.lastTransitionTime),
            reason: end.reason ?? '',
            message: end.message ?? '',
          },
  };
}

/** Characters of a termination message that are kept: the kubelet passes on half of them, and no verdict is longer. */
const MAX_MESSAGE = 8192;

/** Characters of an annotation that are kept: the value of a request has room. */
const MAX_TEXT = 256;

const textOf = (text: string | undefined): string | undefined => text && cutText(text, MAX_TEXT);

/** Somebody else may have written a higher number, and there is none above it. */
const countIn = (text: string | undefined): number => Math.min(MAX_ATTEMPTS, wholeNumber(text));

export function transformProbePod(object: KubeObject): Labelled<ObservedProbePod> {
  const { metadata, spec, status } = asPod(object);
  const state = status?.containerStatuses?.find(({ name }) => name === PROBE_CONTAINER)?.state;
  const unscheduled = status?.conditions?.find(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'Unschedulable',
  );
  const waiting = state?.waiting ?? unscheduled;
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.probe] ?? '',
    name: metadata?.name ?? '',
    ownerUid: controllerUid(metadata),
    waiting: waiting === undefined ? undefined : { reason: waiting.reason ?? '', message: waiting.message ?? '' },
    terminated:
      state?.terminated === undefined
        ? undefined
        : {
            exitCode: state.terminated.exitCode,
            message: (state.terminated.message ?? '').slice(0, MAX_MESSAGE),
            at: milliseconds(state.terminated.finishedAt),
          },
    digest: podDigest(spec ?? {}),
    hostAliasesDigest: hostAliasesDigest(spec?.hostAliases),
    fieldDigests: fieldDigests(spec ?? {}),
    failure:
      status?.phase === 'Failed' ? { reason: status.reason ?? 'Failed', message: status.message ?? '' } : undefined,
  };
}
