/** Old ConfigMaps: they stay as long as a pod, or a ReplicaSet that can be rolled back to, may need them. */
import { isConfigMapNameOf, configHashFromName } from '../model/naming.ts';
import type { Observed, ObservedConfigMap, ObservedDeployment } from '../model/observed.ts';
import type { Action } from '../model/action.ts';
import { hasNewestReplicaSet } from '../backend/revisions.ts';

/** Deletes what nobody refers to any more; `kept` are names that stay whatever refers to them. */
export function garbageCollect(
  { profile, configMaps, replicaSets, pods }: Observed,
  deployment: ObservedDeployment,
  kept: readonly (string | undefined)[],
): Action[] {
  if (!hasNewestReplicaSet(deployment, replicaSets)) return [];
  const named = new Set([...replicaSets, ...pods].flatMap((one) => one.configMaps));
  const labelled = new Set([...replicaSets, ...pods].map(({ config }) => config));
  return configMaps
    .filter((one) => isMadeFor(deployment, profile.name, one) && !kept.includes(one.name))
    .filter(({ name }) => !named.has(name) && !labelled.has(configHashFromName(name)))
    .map(({ name, uid, resourceVersion }) => ({
      kind: 'collectConfig',
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace: profile.namespace, name, uid, resourceVersion },
      },
    }));
}

const isMadeFor = (
  { uid }: ObservedDeployment,
  profile: string,
  { name, isManagedByOperator: isMadeByUs, owners }: ObservedConfigMap,
) => isMadeByUs && isConfigMapNameOf(profile, name) && owners.every((owner) => owner.uid === uid);
