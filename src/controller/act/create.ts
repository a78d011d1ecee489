/**
 * Creates an object. Where one of that name exists, it may be the operator's own: the response to its write was lost, or the former
 * leader wrote it, and the watch has not reported it yet.
 */
import type { KubeObject } from '../../core/model/action.ts';
import type { Client } from '../../kube/client.ts';
import { ApiError } from '../../kube/errors.ts';
import type { KubeObject as FoundObject, Resource } from '../../kube/types.ts';
import { readObject } from './read-object.ts';

/** Another writer created the object first. The next pass sees it. `cause` is the API server's response. */
export class LostRaceError extends Error {
  override readonly name = 'LostRaceError' as const;

  constructor(cause: ApiError) {
    super(cause.message, { cause });
  }
}

export type Creation = {
  readonly client: Client;
  readonly resource: Resource;
  readonly object: KubeObject;
  /** Called with the object that was created, or that exists with the labels of `object`. */
  readonly onFound: (found: FoundObject) => void;
};

/**
 * Throws a LostRaceError where the object exists, is the operator's, and the caches show it now. Throws the API server's error where they
 * never will, because the object of that name lacks the operator's labels.
 */
export async function create({ client, resource, object, onFound }: Creation, signal: AbortSignal): Promise<void> {
  try {
    onFound(await client.create(resource, object, signal));
  } catch (error) {
    if (!(error instanceof ApiError && error.isAlreadyExists)) throw error;
    const found = await readObject(client, resource, object, signal);
    if (found !== undefined && !hasLabelsOf(object, found)) throw error;
    if (found !== undefined) onFound(found);
    throw new LostRaceError(error);
  }
}

const hasLabelsOf = ({ metadata }: KubeObject, found: FoundObject): boolean =>
  Object.entries((metadata['labels'] ?? {}) as Record<string, string>).every(
    ([label, value]) => found.metadata?.labels?.[label] === value,
  );
