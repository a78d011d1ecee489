/** The ConfigMap of a configuration as it is sent, and the state that are put on it. Its data never changes. */
import { LABEL, MANAGED_BY, type OwnerReference } from '../model/naming.ts';
import { formatState, type ConfigState } from '../model/config-state.ts';
import type { ObservedConfigMap, ObservedProfile } from '../model/observed.ts';
import type { Action, KubeObject } from '../model/action.ts';

export type ConfigMapContent = {
  readonly name: string;
  readonly data: Readonly<Record<string, string>>;
  readonly owners: readonly OwnerReference[];
  readonly state?: ConfigState;
};

export function configMapObject(
  { namespace, name }: Pick<ObservedProfile, 'namespace' | 'name'>,
  { name: configMap, data, owners, state = {} }: ConfigMapContent,
): KubeObject {
  const annotations = formatState(state);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      namespace,
      name: configMap,
      labels: { ...MANAGED_BY, [LABEL.profile]: name },
      ...(Object.keys(annotations).length > 0 && { annotations }),
      ownerReferences: owners,
    },
    immutable: true,
    data,
  };
}

/** A mark on a ConfigMap that is made by the same actions is made with it: one write. */
export function markedAtBirth(actions: readonly Action[]): readonly Action[] {
  const isMarkOn = (one: Action, { object }: Action) =>
    one.kind === 'recordState' && one.object.metadata.name === object.metadata.name;
  const born = actions.filter(({ kind }) => kind === 'renderConfig');
  return actions.flatMap((action) => {
    if (born.some((birth) => isMarkOn(action, birth))) return [];
    const mark = born.includes(action) ? actions.findLast((one) => isMarkOn(one, action)) : undefined;
    return mark === undefined ? action : { ...action, object: withoutFence(mark.object) };
  });
}

function withoutFence({ metadata: { uid: _, resourceVersion: __, ...metadata }, ...rest }: KubeObject): KubeObject {
  return { ...rest, metadata };
}

/** The write that brings a ConfigMap that is there to these state and owners; what is not named stays. Undefined takes a mark away. */
export function annotated(
  profile: Pick<ObservedProfile, 'namespace' | 'name'>,
  found: ObservedConfigMap,
  state: ConfigState,
  owners: readonly OwnerReference[] = found.owners,
): Action {
  const object = configMapObject(profile, { ...found, owners, state: { ...found.state, ...state } });
  const { uid, resourceVersion } = found;
  return { kind: 'recordState', object: { ...object, metadata: { ...object.metadata, uid, resourceVersion } } };
}
