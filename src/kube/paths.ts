/** Paths of the API server's REST API. */
import type { Resource } from './types.ts';

/** The collection of a resource, in one namespace or in all: `/apis/apps/v1/namespaces/shop/deployments`. */
export function collectionPath({ apiVersion, plural }: Resource, namespace?: string): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return namespace === undefined
    ? `${root}/${plural}`
    : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
}

/** One object: `/apis/apps/v1/namespaces/shop/deployments/search-api`. */
export function objectPath(resource: Resource, namespace: string, name: string): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}
