/** A list that is read once, and not followed by a watch. */
import type { Client } from './client.ts';
import { isNamed, type NamedObject } from './types.ts';

const PAGE_SIZE = 500;

type Page = {
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string } | null;
  readonly items?: unknown;
};

/** All objects of a collection, page by page. Throws where an answer is no list, and what a call throws. */
export async function listAll(client: Client, path: string, signal: AbortSignal): Promise<readonly NamedObject[]> {
  const found: NamedObject[] = [];
  let next: string | undefined;
  do {
    const query = { limit: String(PAGE_SIZE), ...(next !== undefined && { continue: next }) };
    const page = await listPage(client, { path, query }, signal);
    found.push(...page.items);
    next = page.next;
  } while (next !== undefined && next !== '');
  return found;
}

type Asked = { readonly path: string; readonly query: Readonly<Record<string, string>> };

/**
 * One page of a collection: as many objects as the query's `limit` says, where the next one starts, and the resourceVersion of the list.
 * Throws as `listAll` does.
 */
export async function listPage(
  client: Client,
  { path, query }: Asked,
  signal: AbortSignal,
): Promise<{ readonly items: readonly NamedObject[]; readonly next: string | undefined; readonly version: string }> {
  const { metadata, items }: Page = await client.request({ method: 'GET', path, query }, signal);
  // Go writes an empty list as null at times.
  const page = items ?? [];
  if (!Array.isArray(page) || !page.every(isNamed)) throw new Error(`list ${path}: the answer is no list`);
  return { items: page, next: metadata?.continue, version: metadata?.resourceVersion ?? '' };
}
