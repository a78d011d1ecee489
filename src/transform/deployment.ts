/**
 * From a Deployment to ObservedDeployment: the pool's variables of its containers and who owns them, what the probe copies from
 * its pod template, how far its rollout is. Other variables, which may hold secrets, are not kept in memory.
 */
import { type IntOrPercent, DEFAULT_STRATEGY, type Strategy } from '../core/model/strategy.ts';
import { VARIABLES } from '../core/model/variables.ts';
import { hashOf, type JsonValue } from '../core/model/json.ts';
import { ANNOTATION, LABEL } from '../core/model/naming.ts';
import type {
  ObservedContainer,
  ObservedDeployment,
  ObservedPlacement,
  ObservedVariable,
} from '../core/model/observed.ts';
import type { Deployment, KubeObject } from '../kube/types.ts';
import { environmentManagers, indexesOfOurs } from './managed-fields.ts';
import { identityOf, milliseconds, REVISION, wholeNumber } from './metadata.ts';
import { selectorOf } from './selectors.ts';

type PodSpec = NonNullable<Deployment['spec']>['template']['spec'];

export function transformDeployment(object: KubeObject): ObservedDeployment & { readonly namespace: string } {
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
    labels: { profile: labels?.[LABEL.profile], config: labels?.[LABEL.configHash] },
    foreignTemplateHash: foreignTemplateHash(spec?.template),
    adoptedEnv: metadata?.annotations?.[ANNOTATION.adoptedEnv],
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

/** Hash of a pod template without what is ours in it. */
function foreignTemplateHash(template: NonNullable<Deployment['spec']>['template'] | undefined): string {
  const { [LABEL.profile]: _profile, [LABEL.configHash]: _config, ...labels } = template?.metadata?.labels ?? {};
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

type DeploymentStrategy = NonNullable<Deployment['spec']>['strategy'];

/** What is missing or makes no sense has Kubernetes' default. */
export function strategyOf(strategy: DeploymentStrategy): Strategy {
  if (strategy?.type === 'Recreate') return { kind: 'Recreate' };
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  return {
    kind: 'RollingUpdate',
    maxSurge: amountOf(maxSurge) ?? DEFAULT_STRATEGY.maxSurge,
    maxUnavailable: amountOf(maxUnavailable) ?? DEFAULT_STRATEGY.maxUnavailable,
  };
}

/** A number, or a text like "25%"; what is neither is as if it were not there. */
function amountOf(amount: unknown): IntOrPercent | undefined {
  if (typeof amount === 'number' && amount >= 0) return amount;
  return typeof amount === 'string' && /^\d{1,6}%$/.test(amount) ? (amount as `${number}%`) : undefined;
}

/**
 * How the backend's pods come to a node and find others. Not their priority, nor what keeps them away from each other:
 * where there is one on each node, no node would be left for the probe.
 */
export function placementOf(spec: PodSpec): ObservedPlacement {
  const { nodeSelector, affinity, tolerations, hostAliases, dnsPolicy, dnsConfig, runtimeClassName } = spec ?? {};
  const { nodeAffinity, podAffinity } = affinity ?? {};
  const near = present({ nodeAffinity, podAffinity });
  return present({
    nodeSelector,
    affinity: Object.keys(near).length === 0 ? undefined : near,
    tolerations,
    hostAliases,
    dnsPolicy,
    dnsConfig,
    runtimeClassName,
  });
}

/** The fields that are there; all of them are plain JSON, as they came from the API server. */
function present(fields: Readonly<Record<string, unknown>>): ObservedPlacement {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value as JsonValue]])),
  );
}
