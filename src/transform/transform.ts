/**
 * From objects as the API server sends them to the plain data that a decision looks at. Total: whatever an object holds,
 * it yields a value. What is not named here is not kept in memory. (The linter's limit of complexity is off here: each `??`
 * counts as a branch, and there is no other logic.)
 */
import * as z from 'zod';
import { MAX_VARIABLE, maxIn, VARIABLES } from '../core/model/variables.ts';
import { hashOf, type JsonValue } from '../core/model/json.ts';
import { marksOf } from '../core/model/config-state.ts';
import { ANNOTATION, FIELD_MANAGER, LABEL, type OwnerReference } from '../core/model/naming.ts';
import type {
  ObservedConfigMap,
  ObservedContainer,
  ObservedDeployment,
  ObservedProbe,
  ObservedProbePod,
  ObservedProfile,
  ObservedVariable,
} from '../core/model/observed.ts';
import { essenceOf, hostsOf, PROBE_CONTAINER, partsOf } from '../core/probe/pod-digest.ts';
import type { ConfigMap, Deployment, Job, KubeObject, ObjectMeta, Pod } from '../kube/types.ts';
import { specSchema, statusSchema } from '../api/v1alpha1.ts';
import { placementOf, selectorOf } from './placement.ts';
import { strategyOf } from './strategy.ts';
import { environmentManagers, indexesOfOurs, specChangedAt } from './managed-fields.ts';

/** A value together with its namespace and the profile that its label names. */
export type Labelled<T> = T & { readonly namespace: string; readonly profile: string };

export function projectProfile(object: KubeObject): ObservedProfile {
  const { metadata, spec, status } = object as KubeObject & { readonly spec?: unknown; readonly status?: unknown };
  const parsed = specSchema.safeParse(spec, { reportInput: true });
  return {
    ...identityOf(metadata),
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    createdAt: milliseconds(metadata?.creationTimestamp),
    specChangedAt: specChangedAt(metadata),
    isDeleting: metadata?.deletionTimestamp !== undefined,
    finalizers: metadata?.finalizers ?? [],
    probeRequestedAt: wordOf(metadata?.annotations?.[ANNOTATION.probeRequestedAt]),
    retryRequestedAt: wordOf(metadata?.annotations?.[ANNOTATION.retryRequestedAt]),
    rollbackRequestedAt: wordOf(metadata?.annotations?.[ANNOTATION.rollbackRequestedAt]),
    spec: parsed.success
      ? { kind: 'valid', spec: parsed.data }
      : {
          kind: 'invalid',
          target: targetSchema.safeParse(spec).data?.targetRef.name,
          problem: parsed.error.issues.slice(0, 5).map(problemOf).join('; '),
        },
    status: statusSchema.safeParse(status).data ?? {},
  };
}

/** Where it is, what was expected and what came; but a connect string may hold a password. */
function problemOf({ path, message, input }: z.core.$ZodIssue): string {
  const isTold = ['string', 'number', 'boolean'].includes(typeof input) && path[0] !== 'database';
  return `spec.${path.join('.')}: ${message}${isTold ? `, got ${JSON.stringify(input).slice(0, 100)}` : ''}`;
}

/** What is read of a spec that is not valid: the Deployment that its finalizer is about. */
const targetSchema = z.object({ targetRef: z.object({ name: z.string() }) });

/** A person's word is echoed in the status, which has room for so many characters of it. */
const wordOf = (text: unknown): string | undefined => (typeof text === 'string' ? text.slice(0, 256) : undefined);

export function projectDeployment(object: KubeObject): ObservedDeployment & { readonly namespace: string } {
  const { metadata, spec, status } = object as Deployment;
  const managers = environmentManagers(metadata?.managedFields ?? []);
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const progressing = condition('Progressing');
  const replicaFailure = condition('ReplicaFailure');
  const labels = spec?.template?.metadata?.labels;
  return {
    ...identityOf(metadata),
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    replicas: spec?.replicas ?? 1,
    paused: spec?.paused ?? false,
    strategy: strategyOf(spec?.strategy),
    isDeleting: metadata?.deletionTimestamp !== undefined,
    revision: wholeNumber(metadata?.annotations?.[REVISION]),
    labels: { profile: labels?.[LABEL.profile], config: labels?.[LABEL.config] },
    rest: restOf(spec?.template),
    originals: metadata?.annotations?.[ANNOTATION.originals],
    managedFieldsIndexes: indexesOfOurs(metadata?.managedFields ?? []),
    defaultContainer: spec?.template.metadata?.annotations?.[ANNOTATION.defaultContainer],
    containers: (spec?.template.spec?.containers ?? []).map(
      ({ name, env, envFrom, readinessProbe }): ObservedContainer => ({
        name,
        env: (env ?? [])
          .filter(({ name: variable }) => variable.startsWith('DB_POOL_'))
          .map((entry) => variableOf(entry, managers.get(`${name}/${entry.name}`))),
        envFrom: (envFrom ?? []).map(({ prefix = '', configMapRef, secretRef }) => ({
          kind: configMapRef === undefined ? 'Secret' : 'ConfigMap',
          name: (configMapRef ?? secretRef)?.name ?? '',
          prefix,
        })),
        hasReadinessProbe: readinessProbe !== undefined,
      }),
    ),
    placement: placementOf(spec?.template.spec),
    selector: selectorOf(spec?.selector),
    status: {
      observedGeneration: status?.observedGeneration ?? 0,
      replicas: status?.replicas ?? 0,
      updatedReplicas: status?.updatedReplicas ?? 0,
      availableReplicas: status?.availableReplicas ?? 0,
      terminatingReplicas: status?.terminatingReplicas,
      deadlineExceeded:
        progressing?.reason === 'ProgressDeadlineExceeded'
          ? (progressing.message ?? 'progress deadline exceeded')
          : undefined,
      deadlineAt: milliseconds(progressing?.lastTransitionTime),
      replicaFailure: replicaFailure?.status === 'True' ? (replicaFailure.message ?? 'pods cannot be made') : undefined,
    },
  };
}

/** Written by the Deployment controller, on the Deployment and on its ReplicaSets. */
export const REVISION = 'deployment.kubernetes.io/revision';

export const wholeNumber = (text: string | undefined): number => (/^\d{1,15}$/.test(text ?? '') ? Number(text) : 0);

/** Hash of a pod template without what is ours in it. */
function restOf(template: NonNullable<Deployment['spec']>['template'] | undefined): string {
  const { [LABEL.profile]: _profile, [LABEL.config]: _config, ...labels } = template?.metadata?.labels ?? {};
  const containers = (template?.spec?.containers ?? []).map((container) => ({
    ...container,
    env: (container.env ?? []).filter(({ name }) => !(VARIABLES as readonly string[]).includes(name)),
  }));
  const rest = {
    metadata: { ...template?.metadata, labels },
    spec: { ...template?.spec, containers },
  };
  return hashOf(rest);
}

/** Names of the ConfigMaps that the four variables of any container come from. */
export function configMapsOf(spec: PodSpec | undefined): readonly string[] {
  const entries = (spec?.containers ?? []).flatMap(({ env }) => env ?? []);
  const names = entries
    .filter(({ name }) => (VARIABLES as readonly string[]).includes(name))
    .flatMap(({ valueFrom }) => valueFrom?.configMapKeyRef?.name ?? []);
  return [...new Set(names)];
}

/** The literals that stand for DB_POOL_MAX, by the name of their container; undefined where there are none. */
export function maxByHandOf(spec: PodSpec | undefined): Readonly<Record<string, number>> | undefined {
  const found = (spec?.containers ?? []).flatMap(({ name, env = [] }) => {
    const max = maxIn(env.findLast((entry) => entry.name === MAX_VARIABLE)?.value);
    return max === undefined ? [] : [[name, max] as const];
  });
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

type PodSpec = Pick<NonNullable<Pod['spec']>, 'containers'>;

type EnvEntry = NonNullable<NonNullable<Deployment['spec']>['template']['spec']>['containers'][number]['env'];

function variableOf(entry: NonNullable<EnvEntry>[number], managers: readonly string[] = []): ObservedVariable {
  const { name, value, valueFrom } = entry;
  const known = { name, managers, entry: entry as unknown as JsonValue };
  const { configMapKeyRef, secretKeyRef, ...others } = valueFrom ?? {};
  if (configMapKeyRef !== undefined) {
    return {
      ...known,
      source: { kind: 'configMap', name: configMapKeyRef.name ?? '', key: configMapKeyRef.key },
    };
  }
  if (secretKeyRef !== undefined) {
    return {
      ...known,
      source: { kind: 'other', words: `key ${secretKeyRef.key} of Secret ${secretKeyRef.name ?? ''}` },
    };
  }
  const [other] = Object.keys(others);
  if (other !== undefined) return { ...known, source: { kind: 'other', words: `a ${other}` } };
  return { ...known, source: { kind: 'value', value: value ?? '' } };
}

export function projectConfigMap(object: KubeObject): Labelled<ObservedConfigMap> {
  const { metadata, immutable, data } = object as ConfigMap;
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.profile] ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    isMadeByUs: metadata?.managedFields?.some(({ manager }) => manager === FIELD_MANAGER) ?? false,
    marks: marksOf(metadata?.annotations),
    resourceVersion: metadata?.resourceVersion ?? '',
    immutable: immutable ?? false,
    data: data ?? {},
    owners: (metadata?.ownerReferences ?? []).map(({ apiVersion, kind, name, uid }): OwnerReference => ({
      apiVersion,
      kind,
      name,
      uid,
    })),
  };
}

export function projectJob(object: KubeObject): Labelled<Omit<ObservedProbe, 'pods' | 'refusal'>> {
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
    probeHash: metadata?.annotations?.[ANNOTATION.probeHash] ?? '',
    attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1,
    failures: wholeNumber(metadata?.annotations?.[ANNOTATION.failures]),
    unread: wholeNumber(metadata?.annotations?.[ANNOTATION.attemptsWithoutVerdict]),
    turn: metadata?.annotations?.[ANNOTATION.credentialsKey],
    answersKey: /^[0-9a-f]+$/.exec(metadata?.annotations?.[ANNOTATION.logonResultsKey] ?? '')?.[0],
    isForced: spec?.template.metadata?.annotations?.[ANNOTATION.forceLogon] !== undefined,
    hosts: hostsOf(spec?.template.spec?.hostAliases),
    parts: partsOf(spec?.template.spec ?? {}),
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

export function projectProbePod(object: KubeObject): Labelled<ObservedProbePod> {
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
    essence: essenceOf(spec ?? {}),
    hosts: hostsOf(spec?.hostAliases),
    parts: partsOf(spec ?? {}),
    failure:
      status?.phase === 'Failed' ? { reason: status.reason ?? 'Failed', message: status.message ?? '' } : undefined,
  };
}

const identityOf = (metadata: ObjectMeta | undefined) => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
});

export const controllerUid = (metadata: ObjectMeta | undefined) =>
  metadata?.ownerReferences?.find(({ controller }) => controller === true)?.uid;

export const milliseconds = (time: string | undefined) => (time === undefined ? 0 : Date.parse(time) || 0);
