/**
 * Creates an object under its name. Where it is there already it may be ours: the answer to our own write was lost, or the
 * leader before us wrote it, and the watch has not told yet.
 */
import type { KubeObject } from '../../core/model/action.ts';
import type { Client } from '../../kube/client.ts';
import { ApiError } from '../../kube/errors.ts';
import type { KubeObject as FoundObject, Resource } from '../../kube/types.ts';

/** Another writer created the object first. The next pass sees it. `cause` is the API server's response. */
export class LostRaceError extends Error {
  override readonly name = 'LostRaceError' as const;

  constructor(cause: ApiError) {
    super(cause.message, { cause });
  }
}

/**
 * Throws a LostRaceError where the caches know of the one that is there, by `saw` or by their watch before long; and what
 * the API server answered where they never will: without our labels no watch tells of it.
 */
export async function create(
  client: Client,
  resource: Resource,
  object: KubeObject,
  saw: (found: FoundObject) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    saw(await client.create(resource, object, signal));
  } catch (error) {
    if (!(error instanceof ApiError && error.isAlreadyExists)) throw error;
    // A Job of this name is seen whoever made it.
    if (object.kind === 'ConfigMap') {
      const found = await client.get(resource, object.metadata.namespace, object.metadata.name, signal);
      if (found !== undefined && !hasLabelsOf(object, found)) throw error;
      if (found !== undefined) saw(found);
    }
    throw new LostRaceError(error);
  }
}

const hasLabelsOf = ({ metadata }: KubeObject, found: FoundObject): boolean =>
  Object.entries((metadata['labels'] ?? {}) as Record<string, string>).every(
    ([label, value]) => found.metadata?.labels?.[label] === value,
  );
