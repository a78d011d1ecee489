/** Edits the annotation of client-side apply. Its text may hold secrets: it is read for the write, and in no cache. */
import { editLastApplied } from '../../core/model/last-applied.ts';
import type { Action } from '../../core/model/action.ts';
import { ANNOTATION } from '../../core/model/naming.ts';
import { resourceOf, updateCache, type Writer } from './writer.ts';

const PATH = `/metadata/annotations/${ANNOTATION.lastApplied.replaceAll('/', '~1')}`;

/** A server-side apply would not do: `kubectl` deletes nothing by an annotation of which another manager has a part. */
export async function writeLastApplied(
  { object, edit }: Extract<Action, { kind: 'editLastApplied' }>,
  { client, caches }: Writer,
  signal: AbortSignal,
): Promise<void> {
  const resource = resourceOf(object.kind);
  const { resourceVersion } = object.metadata;
  const isAsObserved = { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
  // A patch that changes nothing: the response is the Deployment, and the right to patch suffices.
  const found = await client.patch(resource, object, [isAsObserved], signal);
  const before = found.metadata?.annotations?.[ANNOTATION.lastApplied];
  const after = before === undefined ? undefined : editLastApplied(before, edit);
  if (after === undefined) return updateCache(caches, found);
  const operations = [
    isAsObserved,
    { op: 'test', path: PATH, value: before },
    { op: 'replace', path: PATH, value: after },
  ];
  updateCache(caches, await client.patch(resource, object, operations, signal));
}
