/** Which kinds are watched, with which selector, what is kept of each, and which profile a change leads to. */
import { FIELD_MANAGER, LABEL } from '../core/naming.ts';
import type { ObservedDeployment, ObservedProfile } from '../core/observed.ts';
import { Cache, type PoisonedObjectError } from '../kube/cache.ts';
import type { Client } from '../kube/client.ts';
import { reflect, type ReflectorEvent } from '../kube/reflector.ts';
import { collectionPath, type KubeObject, type Resource } from '../kube/types.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../profile.ts';
import { projectConfigMap, projectDeployment, projectJob, projectProbePod, projectProfile } from './project.ts';
import { projectDisruptionBudget, projectService } from './project-placement.ts';
import { projectPod } from './project-pod.ts';
import { projectReplicaSet } from './project-replica-set.ts';

export const RESOURCES = {
  DbPoolProfile: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, plural: PLURAL },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  Job: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' },
  ReplicaSet: { apiVersion: 'apps/v1', kind: 'ReplicaSet', plural: 'replicasets' },
} as const satisfies Record<string, Resource>;

/** What is looked at and never written. */
const ONLY_WATCHED = {
  Service: { apiVersion: 'v1', kind: 'Service', plural: 'services' },
  PodDisruptionBudget: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets' },
} as const satisfies Record<string, Resource>;

export type Caches = ReturnType<typeof createCaches>;

/** The key of a profile in the queue: "namespace/name". */
export const profileKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;

/** The word under which the profiles of one Deployment are found. */
export const targetWord = (namespace: string, deployment: string) => `${namespace}/${deployment}`;

/** Name of the Deployment that a profile is about, as far as its spec can be read. */
export const targetOf = ({ spec }: ObservedProfile): string | undefined =>
  spec.kind === 'valid' ? spec.spec.targetRef.name : spec.target;

/** The word under which Jobs without an end are found. */
export const UNFINISHED = 'unfinished';

/** The word under which profiles are found that wait for their turn to probe. */
export const WAITING = 'waiting';

/** The word under which the Jobs of a namespace that share a turn are found. */
export const turnWord = (namespace: string, turn: string) => `turn ${namespace}/${turn}`;

/** The word under which all of a namespace is found. */
export const inNamespace = (namespace: string) => `in ${namespace}`;

/**
 * Empty caches of all that is watched. `enqueue` is called with the key of each profile that a change may concern,
 * `onPoisoned` with what cannot be read.
 */
export function createCaches(enqueue: (key: string) => void, onPoisoned: (error: PoisonedObjectError) => void) {
  const profiles = new Cache<ObservedProfile>({
    project: projectProfile,
    index: (profile, namespace) => {
      const target = targetOf(profile);
      const words = target === undefined ? [] : [targetWord(namespace, target)];
      return waitsForItsTurn(profile) ? [...words, WAITING] : words;
    },
    onChange: (before, after) => {
      // Its rivals too: one of them may wait for this one to go.
      for (const profile of [before, after]) for (const key of keysAround(profiles, profile)) enqueue(key);
    },
    onPoisoned,
  });
  const deployments = new Cache<ObservedDeployment & { readonly namespace: string }>({
    project: projectDeployment,
    index: () => [],
    onChange: (before, after) => {
      const deployment = after ?? before;
      if (deployment === undefined) return;
      for (const profile of profiles.by(targetWord(deployment.namespace, deployment.name)))
        enqueue(profileKey(profile));
    },
    onPoisoned,
  });
  const jobs = new Cache<ReturnType<typeof projectJob>>({
    project: projectJob,
    index: ({ namespace, profile, turn, end }) => [
      `${namespace}/${profile}`,
      ...(turn === undefined ? [] : [turnWord(namespace, turn)]),
      ...(end === undefined ? [UNFINISHED] : []),
    ],
    onChange: (before, after) => {
      const job = after ?? before;
      if (job !== undefined) enqueue(`${job.namespace}/${job.profile}`);
    },
    onPoisoned,
  });
  return {
    profiles,
    deployments,
    configMaps: labelled(projectConfigMap, enqueue, onPoisoned),
    jobs,
    services: selectors(projectService, onPoisoned),
    disruptionBudgets: selectors(projectDisruptionBudget, onPoisoned),
    pods: labelled(projectProbePod, enqueue, onPoisoned),
    replicaSets: labelled(projectReplicaSet, enqueue, onPoisoned),
    backendPods: labelled(projectPod, enqueue, onPoisoned),
  };
}

/** The keys of a profile and of all that name the same Deployment. */
function keysAround(profiles: Cache<ObservedProfile>, profile: ObservedProfile | undefined): readonly string[] {
  if (profile === undefined) return [];
  const target = targetOf(profile);
  const rivals = target === undefined ? [] : profiles.by(targetWord(profile.namespace, target));
  return [...new Set([profile, ...rivals].map(profileKey))];
}

/** Whether a profile says of itself that it waits, and can go on. */
function waitsForItsTurn({ status, spec, isDeleting }: ObservedProfile): boolean {
  const condition = status.conditions?.find(({ type }) => type === 'ProbeSucceeded');
  return condition?.reason === 'ProbeQueued' && !isDeleting && spec.kind === 'valid' && !spec.spec.suspend;
}

/** A cache of what selects pods. Nobody is told of a change: it is looked at before a probe starts. */
function selectors<T extends { readonly namespace: string }>(
  project: (object: KubeObject) => T,
  onPoisoned: (error: PoisonedObjectError) => void,
) {
  return new Cache<T>({
    project,
    index: ({ namespace }) => [inNamespace(namespace)],
    onChange: () => undefined,
    onPoisoned,
  });
}

/** A cache of objects that name their profile in a label. */
function labelled<T extends { readonly namespace: string; readonly profile: string }>(
  project: (object: Parameters<typeof projectConfigMap>[0]) => T,
  enqueue: (key: string) => void,
  onPoisoned: (error: PoisonedObjectError) => void,
) {
  const wordOf = ({ namespace, profile }: T) => `${namespace}/${profile}`;
  return new Cache<T>({
    project,
    index: (value) => [wordOf(value)],
    onChange: (before, after) => {
      const value = after ?? before;
      if (value !== undefined) enqueue(wordOf(value));
    },
    onPoisoned,
  });
}

/** Keeps all caches filled until the signal; `onTrouble` is told what goes wrong on the way. */
export async function keepWatching(
  client: Client,
  caches: Caches,
  signal: AbortSignal,
  onTrouble: (path: string, trouble: Extract<ReflectorEvent, { kind: 'trouble' }>) => void,
): Promise<void> {
  const keep = async (cache: { take(event: ReflectorEvent): void }, resource: Resource, labelSelector?: string) => {
    const path = collectionPath(resource);
    for await (const event of reflect(
      { client, path, ...(labelSelector !== undefined && { labelSelector }) },
      signal,
    )) {
      if (event.kind === 'trouble') onTrouble(path, event);
      cache.take(event);
    }
  };
  await Promise.all([
    keep(caches.profiles, RESOURCES.DbPoolProfile),
    keep(caches.deployments, RESOURCES.Deployment),
    // Those of the profiles, and those that the probes of a namespace share.
    keep(caches.configMaps, RESOURCES.ConfigMap, `${LABEL.managedBy}=${FIELD_MANAGER}`),
    keep(caches.jobs, RESOURCES.Job, LABEL.probe),
    keep(caches.pods, RESOURCES.Pod, LABEL.probe),
    keep(caches.services, ONLY_WATCHED.Service),
    keep(caches.disruptionBudgets, ONLY_WATCHED.PodDisruptionBudget),
    keep(caches.replicaSets, RESOURCES.ReplicaSet, LABEL.profile),
    keep(caches.backendPods, RESOURCES.Pod, LABEL.profile),
  ]);
}
