/** From the Job of a probe to ObservedProbe, and from its pod to ObservedProbePod. */
import { ANNOTATION, LABEL } from '../core/model/naming.ts';
import type { ObservedProbe, ObservedProbePod } from '../core/model/observed.ts';
import { podDigest, hostAliasesDigest, PROBE_CONTAINER, fieldDigests } from '../core/probe/pod-digest.ts';
import type { Job, KubeObject, Pod } from '../kube/types.ts';
import { controllerUid, type Labelled, milliseconds, wholeNumber } from './metadata.ts';

export function transformProbeJob(object: KubeObject): Labelled<Omit<ObservedProbe, 'pods' | 'podCreationError'>> {
  const { metadata, spec, status } = object as Job;
  const end = status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  const attempt = Number(metadata?.annotations?.[ANNOTATION.attempt]);
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.probe] ?? '',
    job: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    resourceVersion: metadata?.resourceVersion ?? '',
    ownerUid: controllerUid(metadata),
    proofKey: metadata?.annotations?.[ANNOTATION.proofKey] ?? '',
    podDigest: metadata?.annotations?.[ANNOTATION.podDigest] ?? '',
    image: spec?.template.spec?.containers?.find(({ name }) => name === PROBE_CONTAINER)?.image ?? '',
    attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1,
    failures: wholeNumber(metadata?.annotations?.[ANNOTATION.failures]),
    attemptsWithoutVerdict: wholeNumber(metadata?.annotations?.[ANNOTATION.attemptsWithoutVerdict]),
    credentialsKey: metadata?.annotations?.[ANNOTATION.credentialsKey],
    logonResultsKey: /^[0-9a-f]+$/.exec(metadata?.annotations?.[ANNOTATION.logonResultsKey] ?? '')?.[0],
    isForced: spec?.template.metadata?.annotations?.[ANNOTATION.forceLogon] !== undefined,
    hostAliasesDigest: hostAliasesDigest(spec?.template.spec?.hostAliases),
    fieldDigests: fieldDigests(spec?.template.spec ?? {}),
    requestedAt: metadata?.annotations?.[ANNOTATION.probeRequestedAt],
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

export function transformProbePod(object: KubeObject): Labelled<ObservedProbePod> {
  const { metadata, spec, status } = object as Pod;
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
            message: state.terminated.message ?? '',
            at: milliseconds(state.terminated.finishedAt),
          },
    digest: podDigest(spec ?? {}),
    hostAliasesDigest: hostAliasesDigest(spec?.hostAliases),
    fieldDigests: fieldDigests(spec ?? {}),
    failure:
      status?.phase === 'Failed' ? { reason: status.reason ?? 'Failed', message: status.message ?? '' } : undefined,
  };
}
