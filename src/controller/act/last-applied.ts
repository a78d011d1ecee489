/** Edits the annotation of client-side apply. Its text may hold secrets: it is read for the write, and in no cache. */
import { editLastApplied } from '../../core/model/last-applied.ts';
import type { Action } from '../../core/model/action.ts';
import { ANNOTATION } from '../../core/model/naming.ts';
import { readObject } from './read-object.ts';
import { resourceOf, updateCache, type Writer } from './writer.ts';

const PATH = `/metadata/annotations/${ANNOTATION.lastApplied.replaceAll('/', '~1')}`;

/** A server-side apply would not do: `kubectl` deletes nothing by an annotation of which another manager has a part. */
export async function writeLastApplied(
  { object, edit }: Extract<Action, { kind: 'editLastApplied' }>,
  { client, caches }: Writer,
  signal: AbortSignal,
): Promise<void> {
  const resource = resourceOf(object.kind);
  const found = await readObject(client, resource, object, signal);
  const before = found?.metadata?.annotations?.[ANNOTATION.lastApplied];
  if (found === undefined || before === undefined) return;
  const after = editLastApplied(before, edit);
  if (after === undefined) return updateCache(caches, found);
  const operations = [
    { op: 'test', path: '/metadata/uid', value: found.metadata?.uid },
    { op: 'test', path: PATH, value: before },
    { op: 'replace', path: PATH, value: after },
  ];
  updateCache(caches, await client.patch(resource, object, operations, signal));
}
