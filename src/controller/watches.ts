/** Which kinds are watched, with which selector, what is kept of each, and which profile a change leads to. */
import { LABEL } from '../core/naming.ts';
import type { ObservedDeployment, ObservedProfile } from '../core/observed.ts';
import { Cache, type PoisonedObjectError } from '../kube/cache.ts';
import type { Client } from '../kube/client.ts';
import { reflect, type ReflectorEvent } from '../kube/reflector.ts';
import { collectionPath, type Resource } from '../kube/types.ts';
import { GROUP, KIND, PLURAL, VERSION } from '../profile.ts';
import { projectConfigMap, projectDeployment, projectJob, projectProbePod, projectProfile } from './project.ts';

export const RESOURCES = {
  DbPoolProfile: { apiVersion: `${GROUP}/${VERSION}`, kind: KIND, plural: PLURAL },
  Deployment: { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments' },
  ConfigMap: { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' },
  Job: { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs' },
  Pod: { apiVersion: 'v1', kind: 'Pod', plural: 'pods' },
} as const satisfies Record<string, Resource>;

export type Caches = ReturnType<typeof createCaches>;

/** The key of a profile in the queue: "namespace/name". */
export const profileKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }) =>
  `${namespace}/${name}`;

/** The word under which the profiles of one Deployment are found. */
export const targetWord = (namespace: string, deployment: string) => `${namespace}/${deployment}`;

/**
 * Empty caches of all that is watched. `enqueue` is called with the key of each profile that a change may concern,
 * `onPoisoned` with what cannot be read.
 */
export function createCaches(enqueue: (key: string) => void, onPoisoned: (error: PoisonedObjectError) => void) {
  const profiles = new Cache<ObservedProfile>({
    project: projectProfile,
    index: ({ spec }, namespace) => (spec.kind === 'valid' ? [targetWord(namespace, spec.spec.targetRef.name)] : []),
    onChange: (before, after) => {
      const profile = after ?? before;
      if (profile !== undefined) enqueue(profileKey(profile));
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
  return {
    profiles,
    deployments,
    configMaps: labelled(projectConfigMap, enqueue, onPoisoned),
    jobs: labelled(projectJob, enqueue, onPoisoned),
    pods: labelled(projectProbePod, enqueue, onPoisoned),
  };
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
    keep(caches.configMaps, RESOURCES.ConfigMap, LABEL.profile),
    keep(caches.jobs, RESOURCES.Job, LABEL.probe),
    keep(caches.pods, RESOURCES.Pod, LABEL.probe),
  ]);
}
