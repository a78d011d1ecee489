/** From a ReplicaSet of a backend to what a decision looks at: which configuration it can be rolled back to. */
import { LABEL } from '../core/model/naming.ts';
import type { ObservedReplicaSet } from '../core/model/observed.ts';
import type { KubeObject, ReplicaSet } from '../kube/types.ts';
import { configMapsOf, controllerUid, type Labelled, maxByHandOf, REVISION, wholeNumber } from './transform.ts';

export function projectReplicaSet(object: KubeObject): Labelled<ObservedReplicaSet> {
  const { metadata, spec } = object as ReplicaSet;
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.profile] ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    ownerUid: controllerUid(metadata),
    config: metadata?.labels?.[LABEL.config],
    configMaps: configMapsOf(spec?.template?.spec),
    maxByHand: maxByHandOf(spec?.template?.spec),
    revision: wholeNumber(metadata?.annotations?.[REVISION]),
    replicas: spec?.replicas ?? 0,
  };
}
