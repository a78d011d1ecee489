/**
 * Lists the Services and PodDisruptionBudgets of a namespace. They are not watched: their selectors matter only when a probe
 * with `podLabels` is about to start, which is rare.
 */
import type { SelectorOwner } from '../../core/model/label-selector.ts';
import type { Client } from '../../kube/client.ts';
import { listAll } from '../../kube/list.ts';
import { collectionPath } from '../../kube/paths.ts';
import { transformDisruptionBudget, transformService } from '../../transform/selectors.ts';
import { READ_ONLY } from '../watch/resources.ts';

/** Throws what a list throws. */
export async function listPodSelectors(
  client: Client,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly SelectorOwner[]> {
  const [services, budgets] = await Promise.all([
    listAll(client, collectionPath(READ_ONLY.Service, namespace), signal),
    listAll(client, collectionPath(READ_ONLY.PodDisruptionBudget, namespace), signal),
  ]);
  return [...services.map(transformService), ...budgets.map(transformDisruptionBudget)];
}
