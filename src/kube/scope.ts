/** Which part of the cluster is looked at, and what has to be listed and watched for it. Pure: it calls nobody. */
import { collectionPath, type Resource } from './types.ts';

/** The namespaces that are looked at; undefined for all, which takes a ClusterRole. */
export type Scope = { readonly namespaces: readonly string[] | undefined };

export type Selectors = { readonly labelSelector?: string; readonly fieldSelector?: string };

/** One list and watch. `namespace` is undefined where it is over all. */
export type Target = Selectors & { readonly path: string; readonly namespace?: string };

/** What a reflector each has to look at: one for all namespaces, or one in each. */
export function targetsOf(resource: Resource, { namespaces }: Scope, selectors: Selectors = {}): readonly Target[] {
  if (namespaces === undefined) return [{ ...selectors, path: collectionPath(resource) }];
  return [...new Set(namespaces)].map((namespace) => ({
    ...selectors,
    path: collectionPath(resource, namespace),
    namespace,
  }));
}

/** The selector of what all of these select. Of none and of empty ones: undefined, which selects everything. */
export function both(...selectors: readonly (string | undefined)[]): string | undefined {
  const given = selectors.filter((selector) => selector !== undefined && selector.trim() !== '');
  return given.length === 0 ? undefined : given.join(',');
}

/** A name of a namespace: a DNS label. What is none could leave its place in a path. */
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** `shop, search` as a scope; an empty text is all namespaces. Throws an Error that says which word is no namespace. */
export function scopeIn(text: string): Scope {
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  const bad = words.find((word) => !NAMESPACE.test(word));
  if (bad !== undefined) throw new Error(`${JSON.stringify(bad)} is no name of a namespace`);
  return { namespaces: words.length === 0 ? undefined : [...new Set(words)] };
}
