/**
 * From objects as the API server sends them to the plain data that a decision looks at. Total: whatever an object holds,
 * it yields a value. What is not named here is not kept in memory. (The linter's limit of complexity is off here: each `??`
 * counts as a branch, and there is no other logic.)
 */
import { ANNOTATION, LABEL, type OwnerReference } from '../core/naming.ts';
import type {
  ObservedConfigMap,
  ObservedContainer,
  ObservedDeployment,
  ObservedProbe,
  ObservedProbePod,
  ObservedProfile,
  ObservedVariable,
} from '../core/observed.ts';
import type { ConfigMap, Deployment, Job, KubeObject, ObjectMeta, Pod } from '../kube/types.ts';
import { specSchema, statusSchema } from '../profile.ts';
import { environmentManagers } from './managed-fields.ts';

/** A value together with its namespace and the profile that its label names. */
export type Labelled<T> = T & { readonly namespace: string; readonly profile: string };

export function projectProfile(object: KubeObject): ObservedProfile {
  const { metadata, spec, status } = object as KubeObject & { readonly spec?: unknown; readonly status?: unknown };
  const parsed = specSchema.safeParse(spec);
  return {
    ...identityOf(metadata),
    generation: metadata?.generation ?? 0,
    probeRequestedAt: metadata?.annotations?.[ANNOTATION.probeRequestedAt],
    spec: parsed.success
      ? { kind: 'valid', spec: parsed.data }
      : {
          kind: 'invalid',
          problem: parsed.error.issues
            .slice(0, 5)
            .map(({ path, message }) => `spec.${path.join('.')}: ${message}`)
            .join('; '),
        },
    status: statusSchema.safeParse(status).data ?? {},
  };
}

export function projectDeployment(object: KubeObject): ObservedDeployment & { readonly namespace: string } {
  const { metadata, spec, status } = object as Deployment;
  const managers = environmentManagers(metadata?.managedFields ?? []);
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  return {
    ...identityOf(metadata),
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    replicas: spec?.replicas ?? 1,
    paused: spec?.paused ?? false,
    defaultContainer: spec?.template.metadata?.annotations?.[ANNOTATION.defaultContainer],
    containers: (spec?.template.spec?.containers ?? []).map(({ name, env }): ObservedContainer => ({
      name,
      env: (env ?? [])
        .filter(({ name: variable }) => variable.startsWith('DB_POOL_'))
        .map((entry) => variableOf(entry, managers.get(`${name}/${entry.name}`))),
    })),
    status: {
      observedGeneration: status?.observedGeneration ?? 0,
      replicas: status?.replicas ?? 0,
      updatedReplicas: status?.updatedReplicas ?? 0,
      availableReplicas: status?.availableReplicas ?? 0,
      deadlineExceeded:
        progressing?.reason === 'ProgressDeadlineExceeded'
          ? (progressing.message ?? 'progress deadline exceeded')
          : undefined,
    },
  };
}

type EnvEntry = NonNullable<NonNullable<Deployment['spec']>['template']['spec']>['containers'][number]['env'];

function variableOf(entry: NonNullable<EnvEntry>[number], managers: readonly string[] = []): ObservedVariable {
  const { name, value, valueFrom } = entry;
  const { configMapKeyRef, secretKeyRef, ...others } = valueFrom ?? {};
  if (configMapKeyRef !== undefined) {
    return {
      name,
      managers,
      source: { kind: 'configMap', name: configMapKeyRef.name ?? '', key: configMapKeyRef.key },
    };
  }
  if (secretKeyRef !== undefined) {
    return {
      name,
      managers,
      source: { kind: 'other', words: `key ${secretKeyRef.key} of Secret ${secretKeyRef.name ?? ''}` },
    };
  }
  const [other] = Object.keys(others);
  if (other !== undefined) return { name, managers, source: { kind: 'other', words: `a ${other}` } };
  return { name, managers, source: { kind: 'value', value: value ?? '' } };
}

export function projectConfigMap(object: KubeObject): Labelled<ObservedConfigMap> {
  const { metadata, immutable, data } = object as ConfigMap;
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.profile] ?? '',
    name: metadata?.name ?? '',
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

export function projectJob(object: KubeObject): Labelled<Omit<ObservedProbe, 'pods'>> {
  const { metadata, status } = object as Job;
  const end = status?.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  const attempt = Number(metadata?.annotations?.[ANNOTATION.attempt]);
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.probe] ?? '',
    job: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ownerUid: controllerUid(metadata),
    probeHash: metadata?.annotations?.[ANNOTATION.probeHash] ?? '',
    attempt: Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1,
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
  const { metadata, status } = object as Pod;
  const state = status?.containerStatuses?.find(({ name }) => name === 'probe')?.state;
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
        : { exitCode: state.terminated.exitCode, message: state.terminated.message ?? '' },
    failure:
      status?.phase === 'Failed' ? { reason: status.reason ?? 'Failed', message: status.message ?? '' } : undefined,
  };
}

const identityOf = (metadata: ObjectMeta | undefined) => ({
  namespace: metadata?.namespace ?? '',
  name: metadata?.name ?? '',
  uid: metadata?.uid ?? '',
});

const controllerUid = (metadata: ObjectMeta | undefined) =>
  metadata?.ownerReferences?.find(({ controller }) => controller === true)?.uid;

const milliseconds = (time: string | undefined) => (time === undefined ? 0 : Date.parse(time) || 0);
