/** Deletes a ConfigMap that no pod and no ReplicaSet needs. */
import type { Action } from '../../core/model/action.ts';
import { stateAnnotation } from '../../core/model/config-state.ts';
import { formatSelector } from '../../core/model/label-selector.ts';
import { LABEL } from '../../core/model/naming.ts';
import { listPage } from '../../kube/list.ts';
import { collectionPath } from '../../kube/paths.ts';
import { transformReplicaSet } from '../../transform/backend-pod.ts';
import { RESOURCES } from '../watch/resources.ts';
import { updateCache, type Writer } from './writer.ts';

/** A ReplicaSet that has lost the label of the profile is in no cache. If one needs the ConfigMap, this is recorded on it, and it stays. */
export async function collectConfig(
  { object, selector }: Extract<Action, { kind: 'collectConfig' }>,
  { client, caches }: Pick<Writer, 'client' | 'caches'>,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name } = object.metadata;
  const isUnlabelled = { key: LABEL.profile, operator: 'DoesNotExist', values: [] };
  const labelSelector = formatSelector({ ...selector, expressions: [...selector.expressions, isUnlabelled] });
  const path = collectionPath(RESOURCES.ReplicaSet, namespace);
  const { items } = await listPage(client, { path, query: { labelSelector } }, signal);
  const isNeeded = items.map(transformReplicaSet).some(({ configMaps }) => configMaps.includes(name));
  if (!isNeeded) return client.delete(RESOURCES.ConfigMap, object, signal);
  const annotations = { [stateAnnotation('unlabelled')]: JSON.stringify(true) };
  const marked = { ...object, metadata: { ...object.metadata, annotations } };
  updateCache(caches, await client.mergeJson(RESOURCES.ConfigMap, marked, signal));
}
