/** Step: ConfigMaps that are not needed any more are deleted. One is needed while a pod, or a ReplicaSet to which a user may undo, uses it. */
import { hasNewestReplicaSet } from '../backend/revisions.ts';
import { configMapInUse, type Target } from '../backend/target.ts';
import type { Action } from '../model/action.ts';
import { PASSED, type StepResult } from '../model/decision.ts';
import { configHashFromName } from '../model/naming.ts';
import type {
  ConfigRecord,
  Observed,
  ObservedConfigMap,
  ObservedDeployment,
  ObservedProfile,
} from '../model/observed.ts';
import { type Desired, isRollback, rollbackFrom } from './desired.ts';
import { parseConfigMap, type PoolConfig } from './pool-config.ts';

export function oldConfigsAreCollected({
  observed,
  config,
  records,
  target,
  desired,
}: {
  readonly observed: Observed;
  readonly config: PoolConfig;
  readonly records: readonly ConfigRecord[];
  readonly target: Target;
  readonly desired: Desired;
}): StepResult {
  // Until the settings of the spec run, the state of every configuration may still be asked for.
  if (isRollback(desired)) return PASSED;
  const { profile, configMaps, replicaSets, pods } = observed;
  const { deployment, container } = target;
  if (!hasNewestReplicaSet(deployment, replicaSets)) return PASSED;
  const rollback = rollbackFrom(config, profile, records);
  const retained = [configMapInUse(container), config.name, rollback === 'preProfile' ? undefined : rollback.name];
  const namesInUse = new Set([...replicaSets, ...pods].flatMap((one) => one.configMaps));
  const hashesInUse = new Set([...replicaSets, ...pods].map((one) => one.config));
  const actions = configMaps
    .filter((one) => isMadeFor(deployment, profile, one) && !retained.includes(one.name))
    .filter(({ name }) => !namesInUse.has(name) && !hashesInUse.has(configHashFromName(name)))
    .map((one) => collect(profile.namespace, deployment, one));
  return { ...PASSED, actions };
}

const collect = (
  namespace: string,
  { selector }: ObservedDeployment,
  { name, uid, resourceVersion }: ObservedConfigMap,
): Action => ({
  kind: 'collectConfig',
  selector,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name, uid, resourceVersion } },
});

/** A ConfigMap with another owner may be in use by a former target. */
const isMadeFor = ({ uid }: ObservedDeployment, profile: ObservedProfile, configMap: ObservedConfigMap) =>
  parseConfigMap(profile.name, configMap) !== undefined &&
  configMap.state.unlabelled === undefined &&
  configMap.owners.every((owner) => owner.uid === uid || owner.uid === profile.uid);
