/**
 * Whether a rollout frees sessions of a database that has none left: its `max` is lower than that of all that runs, its `min` is not
 * higher, and connections do not get older. Until old pods end, a new pod may get no session, and its settings are not to blame.
 */
import type { PoolSettings } from '../../api/v1alpha1.ts';
import { isDrift, newestWrittenRollout } from '../backend/managed-variables.ts';
import { configHashOf } from '../backend/pods.ts';
import { configMapInUse } from '../backend/target.ts';
import { parseConfigMap } from '../config/pool-config.ts';
import { configMapName } from '../model/naming.ts';
import { databaseIsFull } from '../probe/full-database.ts';
import { templatePool } from '../usage/pool-sizes.ts';
import type { RolloutContext } from './context.ts';

type Reads = Omit<RolloutContext, 'freesSessions'>;

export function freesSessions(context: Reads): boolean {
  const { template, observed, spec } = context;
  if (template.isDesired || template.configMap === undefined) return false;
  return asksForFewer(context, template.configMap.config.settings) && databaseIsFull(observed, spec);
}

/** Whether settings ask for fewer sessions than the template and each pod. False where some of that is unknown. */
export function asksForFewer(context: Reads, asked: PoolSettings): boolean {
  const { observed, target } = context;
  const { profile, pods } = observed;
  const before = configMapBefore(context);
  const { max = Number.POSITIVE_INFINITY } = templatePool(target, observed);
  if (before === undefined || asked.max >= max) return false;
  const ofPods = pods.filter(({ isTerminating }) => !isTerminating).map((pod) => configHashOf(pod) ?? '');
  const others = new Set(ofPods.map((hash) => configMapName(profile.name, hash)));
  // Pods may have the settings already, from a rollout that was replaced.
  others.delete(configMapName(profile.name, asked.hash));
  return [before, ...others].every((name) => {
    const runs = settingsIn(context, name);
    return runs !== undefined && isFewer(asked, runs);
  });
}

/** Name of the ConfigMap in use; where the variables were edited or removed, that of the newest rollout. */
function configMapBefore({ observed, target }: Reads): string | undefined {
  const inUse = configMapInUse(target.container);
  if (inUse !== undefined || !isDrift(observed, target)) return inUse;
  return newestWrittenRollout(observed, target)?.name;
}

function settingsIn({ observed: { profile }, records }: Reads, name: string): PoolSettings | undefined {
  const record = records.find((one) => one.name === name);
  return record && parseConfigMap(profile.name, record)?.settings;
}

const isFewer = (asked: PoolSettings, runs: PoolSettings): boolean =>
  asked.max < runs.max && asked.min <= runs.min && maxAge(asked) >= maxAge(runs);

/** Seconds after which a connection is replaced: each replacement is a logon. */
const maxAge = ({ recycleSeconds }: PoolSettings) => (recycleSeconds === 0 ? Number.POSITIVE_INFINITY : recycleSeconds);
