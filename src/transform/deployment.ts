/**
 * From a Deployment to ObservedDeployment: the pool's variables in its containers with their owners, the fields that the probe
 * copies from its pod template, and the progress of its rollout. Other variables may hold secrets and stay out of memory.
 */
import { type IntOrPercent, DEFAULT_STRATEGY, type Strategy } from '../core/model/strategy.ts';
import { VARIABLES } from '../core/model/variables.ts';
import { hashOf, type JsonValue } from '../core/model/json.ts';
import { variablesIn } from '../core/model/last-applied.ts';
import { ANNOTATION, LABEL } from '../core/model/naming.ts';
import type {
  ObservedContainer,
  ObservedDeployment,
  ObservedPlacement,
  ObservedVariable,
} from '../core/model/observed.ts';
import type { Deployment, KubeObject } from '../kube/types.ts';
import { asDeployment } from './kinds.ts';
import {
  lastWriter,
  NOBODY,
  ownEntryIndexes,
  statusChangedAt,
  type VariableOwners,
  variableOwners,
  wasScaledLast,
} from './managed-fields.ts';
import { identityOf, milliseconds, REVISION, wholeNumber } from './metadata.ts';
import { selectorOf } from './selectors.ts';

type PodSpec = NonNullable<Deployment['spec']>['template']['spec'];

export function transformDeployment(object: KubeObject): ObservedDeployment & { readonly namespace: string } {
  const deployment = asDeployment(object);
  const { metadata, spec, status } = deployment;
  const owners = variableOwners(metadata?.managedFields ?? []);
  const condition = (type: string) => status?.conditions?.find((one) => one.type === type);
  const progressing = condition('Progressing');
  const labels = spec?.template?.metadata?.labels;
  return {
    ...identityOf(metadata),
    resourceVersion: metadata?.resourceVersion ?? '',
    generation: metadata?.generation ?? 0,
    replicas: spec?.replicas ?? 1,
    wasScaledLast: wasScaledLast(metadata),
    paused: spec?.paused ?? false,
    strategy: strategyOf(spec?.strategy),
    progressDeadlineSeconds: spec?.progressDeadlineSeconds ?? DEFAULT_PROGRESS_DEADLINE_SECONDS,
    isDeleting: metadata?.deletionTimestamp !== undefined,
    revision: wholeNumber(metadata?.annotations?.[REVISION]),
    labels: { profile: labels?.[LABEL.profile], config: labels?.[LABEL.configHash] },
    lastWriter: lastWriter(metadata?.managedFields ?? []),
    foreignTemplateHash: foreignTemplateHash(spec?.template),
    annotationsHash: annotationsHash(spec?.template),
    lastApplied: lastAppliedOf(metadata?.annotations?.[ANNOTATION.lastApplied]),
    adoptedEnv: adoptedEnvOf(metadata?.annotations?.[ANNOTATION.adoptedEnv]),
    managedFieldsIndexes: ownEntryIndexes(metadata?.managedFields ?? []),
    defaultContainer: spec?.template.metadata?.annotations?.[ANNOTATION.defaultContainer],
    containers: (spec?.template.spec?.containers ?? []).map(
      ({ name, env, envFrom, readinessProbe }): ObservedContainer => ({
        name,
        env: (env ?? [])
          .filter(({ name: variable }) => variable.startsWith('DB_POOL_'))
          .map((entry) => variableOf(entry, owners.get(`${name}/${entry.name}`))),
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
          ? (progressing.message ?? 'progress deadline exceeded').replace(/\.$/, '')
          : undefined,
      deadlineAt: milliseconds(progressing?.lastTransitionTime),
      progressedAt: progressedAt(deployment),
      replicaFailure: failureMessage(condition('ReplicaFailure'), progressing),
    },
  };
}

type Condition = { readonly status?: string; readonly reason?: string; readonly message?: string } | undefined;

/** Why pods cannot be created: the ReplicaSet reports it, or cannot be created itself. */
function failureMessage(replicaFailure: Condition, progressing: Condition): string | undefined {
  const failed =
    replicaFailure?.status === 'True'
      ? replicaFailure
      : [progressing].find((one) => one?.reason === 'ReplicaSetCreateError');
  return failed && (failed.message ?? 'the Deployment controller gives no reason');
}

/** Kubernetes' default. */
const DEFAULT_PROGRESS_DEADLINE_SECONDS = 600;

/**
 * When the rollout last made progress: the Deployment controller updates the condition Progressing then. Without a progress deadline
 * it has no such condition, and when a complete rollout is undone, it keeps that of the completion for a while. The last change of
 * the status is known then.
 */
function progressedAt({ metadata, status }: Deployment): number | undefined {
  const progressing = status?.conditions?.find(({ type }) => type === 'Progressing');
  const isOfComplete = progressing?.reason === 'NewReplicaSetAvailable';
  if (isOfComplete && status?.replicas === status?.updatedReplicas) return undefined;
  const isOfThisRollout = progressing !== undefined && !isOfComplete;
  return isOfThisRollout ? milliseconds(progressing.lastUpdateTime) : statusChangedAt(metadata);
}

/** Characters of the annotation with adopted variables, with room to spare. A longer one is nobody's record: as an empty text it still is there. */
const MAX_ADOPTED = 32_768;

const adoptedEnvOf = (text: string | undefined): string | undefined =>
  text !== undefined && text.length > MAX_ADOPTED ? '' : text;

/** Only what is asked of it: the manifest may hold secrets. */
function lastAppliedOf(text: string | undefined): ObservedDeployment['lastApplied'] {
  if (text === undefined) return undefined;
  const isPoolVariable = (path: string) => VARIABLES.some((name) => path.endsWith(`/${name}`));
  return { hash: hashOf(text), variables: variablesIn(text).filter(isPoolVariable) };
}

/** Set by `kubectl rollout restart`, which makes new pods of the same template. */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt';

type PodTemplate = NonNullable<Deployment['spec']>['template'];

/** Without the time of a restart. */
function annotationsHash(template: PodTemplate | undefined): string {
  const { [RESTARTED_AT]: _restartedAt, ...annotations } = template?.metadata?.annotations ?? {};
  return hashOf(annotations);
}

/** Hash of a pod template without the operator's variables and labels, and without annotations. */
function foreignTemplateHash(template: PodTemplate | undefined): string {
  const { [LABEL.profile]: _profile, [LABEL.configHash]: _config, ...labels } = template?.metadata?.labels ?? {};
  const { annotations: _annotations, ...metadata } = template?.metadata ?? {};
  const containers = (template?.spec?.containers ?? []).map((container) => ({
    ...container,
    env: (container.env ?? []).filter(({ name }) => !(VARIABLES as readonly string[]).includes(name)),
  }));
  const rest = {
    metadata: { ...metadata, labels },
    spec: { ...template?.spec, containers },
  };
  return hashOf(rest);
}

type EnvEntry = NonNullable<NonNullable<Deployment['spec']>['template']['spec']>['containers'][number]['env'];

function variableOf(entry: NonNullable<EnvEntry>[number], owners: VariableOwners = NOBODY): ObservedVariable {
  const { name, value, valueFrom } = entry;
  const common = { name, ...owners, entry: entry as unknown as JsonValue };
  const { configMapKeyRef, secretKeyRef, ...others } = valueFrom ?? {};
  if (configMapKeyRef !== undefined) {
    return {
      ...common,
      source: { kind: 'configMap', name: configMapKeyRef.name ?? '', key: configMapKeyRef.key },
    };
  }
  if (secretKeyRef !== undefined) {
    return {
      ...common,
      source: { kind: 'other', description: `key ${secretKeyRef.key} of Secret ${secretKeyRef.name ?? ''}` },
    };
  }
  const [other] = Object.keys(others);
  if (other !== undefined) return { ...common, source: { kind: 'other', description: `a ${other}` } };
  return { ...common, source: { kind: 'value', value: value ?? '' } };
}

type DeploymentStrategy = NonNullable<Deployment['spec']>['strategy'];

/** A field that is missing or invalid has Kubernetes' default. */
export function strategyOf(strategy: DeploymentStrategy): Strategy {
  if (strategy?.type === 'Recreate') return { kind: 'Recreate' };
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  return {
    kind: 'RollingUpdate',
    maxSurge: amountOf(maxSurge) ?? DEFAULT_STRATEGY.maxSurge,
    maxUnavailable: amountOf(maxUnavailable) ?? DEFAULT_STRATEGY.maxUnavailable,
  };
}

/** A number, or a text like "25%"; undefined for anything else. */
function amountOf(amount: unknown): IntOrPercent | undefined {
  if (typeof amount === 'number' && amount >= 0) return amount;
  return typeof amount === 'string' && /^\d{1,6}%$/.test(amount) ? (amount as `${number}%`) : undefined;
}

/**
 * How the backend's pods are scheduled and resolve host names. Without their priority and pod anti-affinity: if a pod of the
 * backend ran on each node, no node would be left for the probe.
 */
export function placementOf(spec: PodSpec): ObservedPlacement {
  const { nodeSelector, affinity, tolerations, hostAliases, dnsPolicy, dnsConfig, runtimeClassName } = spec ?? {};
  const { nodeAffinity, podAffinity } = affinity ?? {};
  const placementAffinity = present({ nodeAffinity, podAffinity });
  return present({
    nodeSelector,
    affinity: Object.keys(placementAffinity).length === 0 ? undefined : placementAffinity,
    tolerations,
    hostAliases,
    dnsPolicy,
    dnsConfig,
    runtimeClassName,
  });
}

/** Without the undefined fields. All of them are plain JSON, as the API server sent them. */
function present(fields: Readonly<Record<string, unknown>>): ObservedPlacement {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value as JsonValue]])),
  );
}
