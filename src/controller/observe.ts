/** From the caches to what a decision looks at. No call to the API server: the caches are all there is. */
import type { Observed, Settings } from '../core/observed.ts';
import type { Caches } from './watches.ts';

/** What is known around the profile; undefined where there is no such profile (any more). */
export function observe(
  namespace: string,
  name: string,
  caches: Caches,
  settings: Settings,
  now: number,
): Observed | undefined {
  const profile = caches.profiles.get(namespace, name);
  if (profile === undefined) return undefined;
  const word = `${namespace}/${name}`;
  const pods = caches.pods.by(word);
  return {
    now,
    settings,
    profile,
    deployment:
      profile.spec.kind === 'valid' ? caches.deployments.get(namespace, profile.spec.spec.targetRef.name) : undefined,
    configMaps: caches.configMaps.by(word),
    probes: caches.jobs.by(word).map((job) => ({ ...job, pods: pods.filter(({ ownerUid }) => ownerUid === job.uid) })),
  };
}
