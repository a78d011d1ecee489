/** What profiles share, from the caches: salt and logon results of their namespace, probe slots, and their database. */
import { randomBytes } from 'node:crypto';
import { LOGON_RESULTS_NAME, SALT_NAME } from '../../core/model/naming.ts';
import type { ObservedBackend, ObservedProbe, ObservedProfile, ObservedShared } from '../../core/model/observed.ts';
import { credentialsKeyOf } from '../../core/probe/pod.ts';
import { type Caches, credentialsIndexKey, profileKey } from '../watch/caches.ts';
import { withPods } from './backend.ts';
import type { DatabaseGroups } from './database-groups.ts';
import type { ProbeSlots } from './probe-slots.ts';

const SALT_BYTES = 16;

export type SharedSources = {
  readonly caches: Caches;
  readonly probeSlots: ProbeSlots;
  readonly groups: DatabaseGroups;
};

export function observeShared(
  { profile }: ObservedBackend,
  { caches, probeSlots, groups }: SharedSources,
): ObservedShared {
  const { namespace } = profile;
  const logonResults = caches.configMaps.get(namespace, LOGON_RESULTS_NAME);
  return {
    salt: caches.configMaps.get(namespace, SALT_NAME) === undefined ? 'missing' : 'there',
    freshSalt: randomBytes(SALT_BYTES).toString('base64url'),
    probes: probesWithSameCredentials(profile, caches),
    logonResults: logonResults && { resourceVersion: logonResults.resourceVersion, data: logonResults.data },
    budget: groups.groupOf(profileKey(profile)),
    ...probeSlots.queue,
  };
}

/** Of other profiles of the namespace, with their pods. A Job whose owner is no such profile counts for nothing. */
function probesWithSameCredentials(
  { namespace, uid, spec }: ObservedProfile,
  caches: Caches,
): readonly ObservedProbe[] {
  if (spec.kind === 'invalid' || spec.spec.database === undefined) return [];
  return caches.jobs
    .byIndex('credentials', credentialsIndexKey(namespace, credentialsKeyOf(spec.spec.database)))
    .filter(({ profile, ownerUid }) => ownerUid !== uid && ownerUid === caches.profiles.get(namespace, profile)?.uid)
    .map((job) => withPods(job, caches));
}
