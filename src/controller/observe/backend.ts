/** A profile with its backend, from the caches alone: no call to the API server. */
import { otherClaimant } from '../../core/backend/claim.ts';
import { isOfBackend } from '../../core/backend/pods.ts';
import { withRolloutProgress } from '../../core/backend/rollout-progress.ts';
import { withUnobservedSince } from '../../core/backend/unobserved-since.ts';
import type {
  FormerProfile,
  ObservedBackend,
  ObservedDeployment,
  ObservedProbe,
  ObservedProfile,
  Settings,
} from '../../core/model/observed.ts';
import { type Caches, isListed, parseProfileKey, profileKey, targetKey, targetOf } from '../watch/caches.ts';

export type BackendSources = {
  readonly caches: Caches;
  readonly settings: Settings;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** `key` is "namespace/name". Undefined where there is no such profile, or its namespace or its Deployment is not read yet. */
export function observeBackend(key: string, { caches, settings, now }: BackendSources): ObservedBackend | undefined {
  const { namespace, name } = parseProfileKey(key);
  const profile = isListed(caches, namespace) ? caches.profiles.get(namespace, name) : undefined;
  if (profile === undefined) return undefined;
  const target = targetOf(profile);
  if (target !== undefined && caches.deployments.unread.has(namespace, target)) return undefined;
  const deployment = target === undefined ? undefined : caches.deployments.get(namespace, target);
  const replicaSets = caches.replicaSets.byIndex('profile', key);
  const seen = {
    now: now(),
    settings,
    profile,
    deployment,
    maxReplicas: target === undefined ? undefined : maxReplicas(namespace, target, caches),
    claimedBy: deployment && claimantOf(profile, deployment, caches),
    replicaSets,
    pods: caches.backendPods.byIndex('profile', key).filter((pod) => isOfBackend(pod, deployment, replicaSets)),
    former: formerProfile(profile, deployment, caches),
    envFromData: undefined,
    configMaps: caches.configMaps.byIndex('profile', key),
    probes: caches.jobs.byIndex('profile', key).map((job) => withPods(job, caches)),
  };
  return withRolloutProgress(withUnobservedSince(seen));
}

/** By owners, because the label is that of the other profile. */
function formerProfile(
  { namespace, name }: ObservedProfile,
  deployment: ObservedDeployment | undefined,
  { replicaSets, backendPods, configMaps }: Caches,
): FormerProfile {
  const isOther = ({ profile }: { readonly profile: string }) => profile !== name;
  const sets = deployment === undefined ? [] : replicaSets.byIndex('owner', deployment.uid).filter(isOther);
  const pods = sets.flatMap(({ uid }) => backendPods.byIndex('owner', uid));
  const inTemplate = deployment === undefined ? [] : configMapsInTemplate(deployment);
  const names = new Set([...inTemplate, ...[...sets, ...pods].flatMap((one) => one.configMaps)]);
  const referred = [...names].flatMap((one) => configMaps.get(namespace, one) ?? []);
  const owned = deployment === undefined ? [] : configMaps.byIndex('owner', deployment.uid);
  return { replicaSets: sets, pods, configMaps: [...new Set([...referred, ...owned])].filter(isOther) };
}

export type CachedJob = ReturnType<Caches['jobs']['byIndex']>[number];

export const withPods = (job: CachedJob, caches: Caches): ObservedProbe => ({
  ...job,
  podCreationError: undefined,
  pods: caches.pods
    .byIndex('profile', profileKey({ namespace: job.namespace, name: job.profile }))
    .filter(({ ownerUid }) => ownerUid === job.uid),
});

/** Of several autoscalers the largest counts: each of them may scale the Deployment. */
function maxReplicas(namespace: string, deployment: string, { autoscalers }: Caches): number | undefined {
  const found = autoscalers.byIndex('target', targetKey(namespace, deployment));
  return found.length === 0 ? undefined : Math.max(...found.map((autoscaler) => autoscaler.maxReplicas));
}

function claimantOf(
  profile: ObservedProfile,
  deployment: ObservedDeployment,
  caches: Caches,
): ObservedBackend['claimedBy'] {
  const claimOf = (one: ObservedProfile) => ({
    profile: one,
    configMaps: caches.configMaps.byIndex('profile', profileKey(one)),
  });
  const others = competingProfiles(profile, deployment, caches).map(claimOf);
  return others.length === 0 ? undefined : otherClaimant(claimOf(profile), others, deployment);
}

/**
 * Other profiles of the Deployment: those that name it, and those whose spec may be invalid, but whose label or ConfigMap is in its
 * template.
 */
function competingProfiles(
  profile: ObservedProfile,
  deployment: ObservedDeployment,
  caches: Caches,
): readonly ObservedProfile[] {
  const { namespace } = profile;
  const referred = configMapsInTemplate(deployment).map((name) => caches.configMaps.get(namespace, name)?.profile);
  const traced = [...new Set([deployment.labels.profile, ...referred])]
    .flatMap((name) => (name === undefined ? [] : (caches.profiles.get(namespace, name) ?? [])))
    .filter(({ spec }) => spec.kind === 'invalid');
  const naming = caches.profiles
    .byIndex('target', targetKey(namespace, deployment.name))
    .filter(({ spec }) => spec.kind === 'valid');
  return [...naming, ...traced].filter(({ name }) => name !== profile.name);
}

const configMapsInTemplate = ({ containers }: ObservedDeployment): readonly string[] =>
  containers.flatMap(({ env }) => env.flatMap(({ source }) => (source.kind === 'configMap' ? [source.name] : [])));
