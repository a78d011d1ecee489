/** A probe's Job from the object that the operator creates to the end of its pod. */
import { ANNOTATION } from '../../../src/core/model/naming.ts';
import type { ObservedProbe } from '../../../src/core/model/observed.ts';
import type { KubeObject } from '../../../src/core/model/action.ts';
import { EXIT_CODES, type Verdict } from '../../../src/contract/verdict.ts';
import type { Login } from './database.ts';

export type Job = ObservedProbe & { readonly login: Login };

export function jobOf(object: KubeObject, profileUid: string, version: string, now: number): Job {
  const { metadata } = object;
  const annotations = metadata['annotations'] as Record<string, string>;
  const request = annotations[ANNOTATION.probeRequestedAt];
  const login = loginOf(object, profileUid, request);
  return {
    job: metadata.name,
    uid: `uid of ${metadata.name} ${version}`,
    resourceVersion: version,
    ownerUid: profileUid,
    proofKey: annotations[ANNOTATION.proofKey] ?? '',
    podDigest: annotations[ANNOTATION.podDigest] ?? '',
    image: (object['spec'] as JobSpec).template.spec.containers[0]?.image ?? '',
    attempt: Number(annotations[ANNOTATION.attempt]),
    failures: Number(annotations[ANNOTATION.failures] ?? 0),
    attemptsWithoutVerdict: Number(annotations[ANNOTATION.attemptsWithoutVerdict] ?? 0),
    credentialsKey: annotations[ANNOTATION.credentialsKey],
    logonResultsKey: annotations[ANNOTATION.logonResultsKey],
    isForced: login.forcedBy !== undefined,
    hostAliasesDigest: '',
    fieldDigests: {},
    podCreationError: undefined,
    requestedAt: request,
    createdAt: now,
    end: undefined,
    pods: [],
    login,
  };
}

export function endedWith(said: Verdict, job: Job, version: string, now: number): Job {
  const pod = {
    name: `${job.job}-abcde`,
    ownerUid: job.uid,
    waiting: undefined,
    terminated: { exitCode: EXIT_CODES[said.outcome], message: JSON.stringify(said), at: now },
    digest: job.podDigest,
    hostAliasesDigest: job.hostAliasesDigest,
    fieldDigests: {},
    failure: undefined,
  };
  const end = { succeeded: said.outcome === 'Succeeded', at: now, reason: '', message: '' };
  return { ...job, resourceVersion: version, end, pods: [pod] };
}

/** What the pod of a Job as the operator creates it is given. */
function loginOf({ spec }: KubeObject, by: string, request: string | undefined): Login {
  const { template } = spec as JobSpec;
  const env = template.spec.containers[0]?.env ?? [];
  const source = (name: string) => env.find((entry) => entry.name === name)?.valueFrom;
  return {
    by,
    secret: source('DB_PASSWORD')?.secretKeyRef?.name ?? '',
    answersKey: source('PROBE_LOGON_RESULTS')?.configMapKeyRef?.key ?? '',
    forcedBy: template.metadata.annotations === undefined ? undefined : (request ?? ''),
  };
}

type Reference = { readonly name: string; readonly key: string };
type JobSpec = {
  readonly template: {
    readonly metadata: { readonly annotations?: object };
    readonly spec: {
      readonly containers: readonly {
        readonly image: string;
        readonly env: readonly {
          readonly name: string;
          readonly valueFrom?: { readonly secretKeyRef?: Reference; readonly configMapKeyRef?: Reference };
        }[];
      }[];
    };
  };
};
