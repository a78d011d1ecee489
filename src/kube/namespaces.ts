/** Which part of the cluster is looked at, and what has to be listed and watched for it. Pure: it calls nobody. */
import { collectionPath, type Resource } from './types.ts';

/** The namespaces that are looked at; undefined for all, which takes a ClusterRole. */
export type Namespaces = readonly string[] | undefined;

/** One list and watch. `namespace` is undefined where it is over all. */
export type Collection = { readonly path: string; readonly namespace: string | undefined };

/** What a reflector each has to look at: one for all namespaces, or one in each. */
export function collectionsOf(resource: Resource, namespaces: Namespaces): readonly Collection[] {
  return (namespaces ?? [undefined]).map((namespace) => ({ path: collectionPath(resource, namespace), namespace }));
}

/** A name of a namespace: a DNS label. What is none could leave its place in a path. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `shop, search` as namespaces, each once; an empty text is all of them. Undefined where a word is no namespace's name. */
export function parseNamespaces(text: string): { readonly namespaces: Namespaces } | undefined {
  if (text.trim() === '') return { namespaces: undefined };
  const words = text.split(',').map((word) => word.trim());
  return words.every((word) => NAMESPACE.test(word)) ? { namespaces: [...new Set(words)] } : undefined;
}
