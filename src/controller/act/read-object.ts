/** Reads one object as it is now, where the caches may be behind. */
import type { Client } from '../../kube/client.ts';
import { collectionPath } from '../../kube/paths.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';

type Named = { readonly metadata: { readonly namespace: string; readonly name: string } };

/** Undefined where there is none. By a list: the operator may list every kind that it writes, and get few of them. */
export async function readObject(
  client: Client,
  resource: Resource,
  { metadata: { namespace, name } }: Named,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const path = collectionPath(resource, namespace);
  const query = { fieldSelector: `metadata.name=${name}` };
  const { items } = await client.request<{ readonly items?: readonly KubeObject[] | null }>(
    { method: 'GET', path, query },
    signal,
  );
  const found = items?.find(({ metadata }) => metadata?.name === name);
  const { apiVersion, kind } = resource;
  // The items of a list do not say what they are.
  return found && { apiVersion, kind, ...found };
}
