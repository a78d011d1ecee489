/**
 * Which rollouts need no proof of their own, although `probe.policy` is Required: those that mend what keeps the probe from succeeding.
 *
 *   frees sessions   The database has no session left, not even for the probe, and the rollout asks for fewer: its `max` is lower than
 *                    that of all that runs, its `min` is not higher, and connections do not get older. The same credentials
 *                    opened a pool by the same connection inputs before.
 *   repairs drift    The variables were edited, and the settings that are put back were proven before they were rolled out.
 *
 * Neither goes on after a rejected logon, with a missing Secret, or with other credentials; see ProbeAssessment.
 */
import type { PoolSettings } from '../../api/v1alpha1.ts';
import { configMapInUse } from '../backend/target.ts';
import { parseConfigMap } from '../config/pool-config.ts';
import { configMapName } from '../model/naming.ts';
import type { ProbeAssessment } from '../probe/probe-succeeded.ts';
import type { RolloutContext } from './context.ts';
import { plannedRollout } from './plan.ts';

export type WithoutProof = 'freesSessions' | 'repairsDrift';

type Reads = Omit<RolloutContext, 'withoutProof'> & { readonly probe: ProbeAssessment };

/** Undefined where the rollout has a proof, needs none, or has to wait for one. */
export function withoutProof(context: Reads): WithoutProof | undefined {
  const { probe, desired, template } = context;
  if (!probe.holdsRollout || template.isDesired || desired.kind !== 'spec' || template.configMap === undefined)
    return undefined;
  if (probe.lacksSessions && asksForFewer(context, desired.config.settings)) return 'freesSessions';
  const rollout = { ...context, withoutProof: undefined, configMap: template.configMap };
  return probe.wasProven && plannedRollout(rollout).repair !== undefined ? 'repairsDrift' : undefined;
}

/** Whether settings ask for fewer sessions than the template and each pod. False where some of that is unknown. */
function asksForFewer({ observed, target, records }: Reads, asked: PoolSettings): boolean {
  const { profile, pods } = observed;
  const inUse = configMapInUse(target.container);
  if (inUse === undefined) return false;
  const ofPods = pods.filter(({ isTerminating }) => !isTerminating).map(({ config = '' }) => config);
  const others = new Set([inUse, ...ofPods.map((hash) => configMapName(profile.name, hash))]);
  // Pods may have the settings already, from a rollout that was replaced.
  others.delete(configMapName(profile.name, asked.hash));
  return [...others].every((name) => {
    const record = records.find((one) => one.name === name);
    const runs = record && parseConfigMap(profile.name, record)?.settings;
    return runs !== undefined && isFewer(asked, runs);
  });
}

const isFewer = (asked: PoolSettings, runs: PoolSettings): boolean =>
  asked.max < runs.max && asked.min <= runs.min && maxAge(asked) >= maxAge(runs);

/** Seconds after which a connection is replaced: each replacement is a logon. */
const maxAge = ({ recycleSeconds }: PoolSettings) => (recycleSeconds === 0 ? Number.POSITIVE_INFINITY : recycleSeconds);
