/** The namespaces that the operator watches, and the collections to list and watch for them. */
import { collectionPath } from './paths.ts';
import type { Resource } from './types.ts';

/** Undefined: all namespaces, which takes a ClusterRole. */
export type Namespaces = readonly string[] | undefined;

/** What one reflector lists and watches. `namespace` is undefined where it covers all namespaces. */
export type Collection = { readonly path: string; readonly namespace: string | undefined };

/** One collection for all namespaces, or one in each. */
export function collectionsOf(resource: Resource, namespaces: Namespaces): readonly Collection[] {
  return (namespaces ?? [undefined]).map((namespace) => ({ path: collectionPath(resource, namespace), namespace }));
}

/** A DNS label. Any other name could lead a request to another path. */
const NAMESPACE_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Reads a list like `shop, search`; an empty text means all namespaces. Undefined where a name is not valid. */
export function parseNamespaces(text: string): { readonly namespaces: Namespaces } | undefined {
  if (text.trim() === '') return { namespaces: undefined };
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => NAMESPACE_NAME.test(name)) ? { namespaces: [...new Set(names)] } : undefined;
}
