/** What the probes of a profile say about a database without free sessions, whatever settings they had, and whatever the policy is now. */
import type { ProfileSpec } from '../../api/v1alpha1.ts';
import { parseConfigMap } from '../config/pool-config.ts';
import type { Observed } from '../model/observed.ts';
import { parseRfc3339 } from '../model/time.ts';
import { isFinished } from './evidence.ts';
import { ownProbes } from './own-jobs.ts';
import { proofKeyOf } from './proof-key.ts';
import { readVerdict } from './read-verdict.ts';

/** Whether the newest verdict by the connection inputs of the spec is that the database has no session left. */
export function databaseIsFull(observed: Observed, spec: ProfileSpec): boolean {
  const keys = proofKeysOfConnection(observed, spec);
  const verdicts = verdictsOf(observed).filter(({ proofKey = '' }) => keys.has(proofKey));
  // Several may be of one second.
  const last = Math.max(...verdicts.map(({ at }) => at));
  const newest = verdicts.filter(({ at }) => at === last);
  return newest.length > 0 && newest.every(({ outcome }) => outcome === 'InsufficientCapacity');
}

/** Of the settings in the spec and in each ConfigMap of the profile: a Job with one of these keys used the same connection inputs. */
function proofKeysOfConnection({ profile, configMaps }: Observed, spec: ProfileSpec): ReadonlySet<string> {
  const known = configMaps.flatMap((one) => parseConfigMap(profile.name, one)?.settings ?? []);
  return new Set([spec.pool, ...known].map((pool) => proofKeyOf({ ...spec, pool: { ...spec.pool, ...pool } })));
}

/** Those of the Jobs, and the one in the status, whose Job may be gone. */
function verdictsOf(observed: Observed) {
  const reported = observed.profile.status.probe;
  const ofJobs = ownProbes(observed)
    .filter(isFinished)
    .map((probe) => ({ ...readVerdict(probe, reported), proofKey: probe.proofKey, at: probe.end.at }));
  return reported === undefined
    ? ofJobs
    : [...ofJobs, { ...reported, at: parseRfc3339(reported.finishedAt ?? '') || 0 }];
}
