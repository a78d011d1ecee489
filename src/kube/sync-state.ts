/** How far the reflectors of one kind of object are: one reflector for all namespaces, or one for each. */
import type { Namespaces } from './namespaces.ts';

export type ReflectorStatus = {
  /** The namespace that it lists and watches; ALL_NAMESPACES for all. */
  readonly namespace: string;
  /** Whether the first list is complete. */
  readonly isSynced: boolean;
  /** The resourceVersion up to which the cache has everything; empty before the first list is complete. */
  readonly version: string;
  /** `performance.now()` of the last event from the API server; -Infinity before the first. */
  readonly lastContactAt: number;
  /** The error since the last event; undefined where there is none. */
  readonly error: unknown;
};

type MutableStatus = { -readonly [K in keyof ReflectorStatus]: ReflectorStatus[K] };
type Entry = { readonly status: MutableStatus; readonly synced: PromiseWithResolvers<void> };

/** Stands for the namespace of a reflector that covers all of them. */
export const ALL_NAMESPACES = '';

export class SyncState {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(namespaces: Namespaces) {
    this.#entries = new Map((namespaces ?? [ALL_NAMESPACES]).map((namespace) => [namespace, unsynced(namespace)]));
  }

  get all(): readonly ReflectorStatus[] {
    return [...this.#entries.values()].map(({ status }) => status);
  }

  /** The status of the reflector that covers the namespace. Throws where there is none. */
  of(namespace: string): ReflectorStatus {
    return this.#covering(namespace).status;
  }

  /** Resolves once the namespace is listed. Throws where no reflector covers it. */
  synced(namespace: string): Promise<void> {
    return this.#covering(namespace).synced.promise;
  }

  /** Records that a list or a watch failed. */
  failed(namespace: string, error: unknown): void {
    this.#entry(namespace).status.error = error;
  }

  /** Records that the cache has everything up to `version`. `isListed`: by a complete list. */
  progressed(namespace: string, version: string, isListed: boolean): void {
    const { status, synced } = this.#entry(namespace);
    Object.assign(status, { version, lastContactAt: performance.now(), error: undefined });
    if (!isListed) return;
    status.isSynced = true;
    synced.resolve();
  }

  #covering(namespace: string): Entry {
    return this.#entries.get(ALL_NAMESPACES) ?? this.#entry(namespace);
  }

  #entry(namespace: string): Entry {
    const entry = this.#entries.get(namespace);
    if (entry === undefined) throw new Error(`namespace "${namespace}" is not watched`);
    return entry;
  }
}

const unsynced = (namespace: string): Entry => ({
  status: { namespace, isSynced: false, version: '', lastContactAt: Number.NEGATIVE_INFINITY, error: undefined },
  synced: Promise.withResolvers<void>(),
});
