/**
 * Tells a conflict that passes from one that does not. A write with an old resourceVersion is rejected once or twice, until the watch has
 * reported the object as it is. A write of fields that another field manager owns is rejected for ever.
 */
import type { Action } from '../../core/model/action.ts';
import type { ApiError } from '../../kube/errors.ts';

/** A conflict that does not pass. `cause` is the API server's response. */
export class LastingConflictError extends Error {
  override readonly name = 'LastingConflictError' as const;

  constructor(cause: ApiError) {
    super(cause.message, { cause });
  }
}

/** Keys are "namespace/name" of profiles. */
export class Conflicts {
  readonly #last = new Map<string, string>();

  /** Notes a conflict. Whether the write before was the same one, to the same version of its object, and was a conflict, too. */
  isRepeated(key: string, { kind, object: { metadata } }: Action): boolean {
    const write = `${kind} ${metadata.name} ${metadata.resourceVersion ?? ''}`;
    const isRepeated = this.#last.get(key) === write;
    this.#last.set(key, write);
    return isRepeated;
  }

  forget(key: string): void {
    this.#last.delete(key);
  }
}
