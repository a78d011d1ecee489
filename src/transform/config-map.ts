/** From a ConfigMap of pool settings to ObservedConfigMap: its data, its state in the annotations, and who owns it. */
import { parseState } from '../core/model/config-state.ts';
import { LABEL, type OwnerReference } from '../core/model/naming.ts';
import type { ObservedConfigMap } from '../core/model/observed.ts';
import type { ConfigMap, KubeObject } from '../kube/types.ts';
import type { Labelled } from './metadata.ts';

export function transformConfigMap(object: KubeObject): Labelled<ObservedConfigMap> {
  const { metadata, immutable, data } = object as ConfigMap;
  return {
    namespace: metadata?.namespace ?? '',
    profile: metadata?.labels?.[LABEL.profile] ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    state: parseState(metadata?.annotations),
    resourceVersion: metadata?.resourceVersion ?? '',
    immutable: immutable ?? false,
    data: data ?? {},
    owners: (metadata?.ownerReferences ?? []).map(({ apiVersion, kind, name, uid }): OwnerReference => ({
      apiVersion,
      kind,
      name,
      uid,
    })),
  };
}
