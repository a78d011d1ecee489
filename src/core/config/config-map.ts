/** The ConfigMap of a configuration as it is sent: its data never change, its annotations hold the state. */
import type { Action, KubeObject } from '../model/action.ts';
import { formatState } from '../model/config-state.ts';
import type { ConfigChange } from '../model/decision.ts';
import { LABEL, MANAGED_BY } from '../model/naming.ts';
import type { Observed } from '../model/observed.ts';

/** All changes to a ConfigMap as one write: one that does not exist is rendered with its state, else the changes are recorded on it. */
export function configWrites(
  { profile, configMaps }: Pick<Observed, 'profile' | 'configMaps'>,
  changes: readonly ConfigChange[],
): readonly Action[] {
  const byName = Map.groupBy(changes, ({ name }) => name);
  return [...byName].map(([name, ofOne]) => {
    const found = configMaps.find((one) => one.name === name);
    const change = ofOne.reduce((one, other) => ({ ...one, ...other, state: { ...one.state, ...other.state } }));
    const object = configMapObject(profile, { ...found, ...change, state: { ...found?.state, ...change.state } });
    if (found === undefined) return { kind: 'renderConfig', object };
    const { uid, resourceVersion } = found;
    return { kind: 'recordState', object: { ...object, metadata: { ...object.metadata, uid, resourceVersion } } };
  });
}

function configMapObject(
  { namespace, name }: Observed['profile'],
  { name: configMap, data, owners, state = {} }: ConfigChange,
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
