/** From the caches to what a decision looks at. No call to the API server: the caches are all there is. */
import type {
  ObservedAlone,
  ObservedDeployment,
  ObservedProbe,
  ObservedProfile,
  Settings,
} from '../../core/model/observed.ts';
import { isOfBackend } from '../../core/backend/pods.ts';
import { type Caches, isListed, profileKey, targetKey, targetOf } from '../watch/caches.ts';

/** What is known around the profile; undefined where there is no such profile (any more), or not all of its namespace is known yet. */
export function observe(
  namespace: string,
  name: string,
  caches: Caches,
  settings: Settings,
  now: number,
): ObservedAlone | undefined {
  const profile = isListed(caches, namespace) ? caches.profiles.get(namespace, name) : undefined;
  if (profile === undefined) return undefined;
  const key = `${namespace}/${name}`;
  const target = targetOf(profile);
  const deployment = target === undefined ? undefined : caches.deployments.get(namespace, target);
  const replicaSets = caches.replicaSets.byIndex('profile', key);
  return {
    now,
    settings,
    profile,
    deployment,
    maxReplicas:
      target === undefined
        ? undefined
        : mostReplicas(caches.autoscalers.byIndex('target', targetKey(namespace, target))),
    competitors: deployment === undefined ? [] : rivalsOf(profile, deployment, caches),
    replicaSets,
    pods: caches.backendPods.byIndex('profile', key).filter((pod) => isOfBackend(pod, deployment, replicaSets)),
    envFromData: undefined,
    configMaps: caches.configMaps.byIndex('profile', key),
    probes: caches.jobs.byIndex('profile', key).map((job) => withPods(job, caches)),
  };
}

export type CachedJob = ReturnType<Caches['jobs']['byIndex']>[number];

export const withPods = (job: CachedJob, caches: Caches): ObservedProbe => ({
  ...job,
  refusal: undefined,
  pods: caches.pods
    .byIndex('profile', profileKey({ namespace: job.namespace, name: job.profile }))
    .filter(({ ownerUid }) => ownerUid === job.uid),
});

/** Of several autoscalers the largest counts, since each does as it likes. */
const mostReplicas = (autoscalers: readonly { readonly maxReplicas: number }[]) =>
  autoscalers.length === 0 ? undefined : Math.max(...autoscalers.map(({ maxReplicas }) => maxReplicas));

/** Other profiles of the Deployment: those that name it, and the one that its template's label names, whose spec may not be readable. */
function rivalsOf(
  profile: ObservedProfile,
  deployment: ObservedDeployment,
  caches: Caches,
): readonly ObservedProfile[] {
  const { namespace } = profile;
  const owner = deployment.labels.profile;
  const labelled = owner === undefined ? undefined : caches.profiles.get(namespace, owner);
  const unreadable = labelled?.spec.kind === 'invalid' ? [labelled] : [];
  const named = caches.profiles
    .byIndex('target', targetKey(namespace, deployment.name))
    .filter(({ spec }) => spec.kind === 'valid');
  return [...named, ...unreadable].filter(({ name }) => name !== profile.name);
}
