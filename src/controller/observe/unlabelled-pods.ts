/** Lists the pods of a Deployment by its selector. They do not have our label, so they are not watched. */
import { formatSelector } from '../../core/model/label-selector.ts';
import type { ObservedBackend, ObservedPod } from '../../core/model/observed.ts';
import type { Client } from '../../kube/client.ts';
import { listPage } from '../../kube/list.ts';
import { collectionPath } from '../../kube/paths.ts';
import { transformBackendPod } from '../../transform/backend-pod.ts';
import { RESOURCES } from '../watch/resources.ts';

/** Of a larger backend, these tell enough. */
const MAX_PODS = 64;

/** Pods that have ended stay as objects, thousands of them after a wave of evictions, and would fill the list. */
const NOT_ENDED = 'status.phase!=Failed,status.phase!=Succeeded';

/** Throws what a list throws. */
export async function listPods(
  { profile: { namespace }, deployment }: ObservedBackend,
  client: Client,
  signal: AbortSignal,
): Promise<readonly ObservedPod[]> {
  if (deployment === undefined) return [];
  const query = {
    labelSelector: formatSelector(deployment.selector),
    fieldSelector: NOT_ENDED,
    limit: String(MAX_PODS),
  };
  const { items } = await listPage(client, { path: collectionPath(RESOURCES.Pod, namespace), query }, signal);
  return items.map(transformBackendPod);
}
