/** How far the reflectors of one kind have told: one of all namespaces, or one of each. Knows no objects. */
import type { Namespaces } from './namespaces.ts';

export type ReflectorStatus = {
  /** What it tells of; empty for all namespaces. */
  readonly namespace: string;
  /** Whether everything was listed once. */
  readonly isSynced: boolean;
  /** The version up to which everything was told. */
  readonly version: string;
  /** `performance.now()` when the API server was last heard. */
  readonly lastContactAt: number;
  /** What went wrong since then. */
  readonly error: unknown;
};

type OpenFeed = { -readonly [K in keyof ReflectorStatus]: ReflectorStatus[K] } & {
  readonly synced: PromiseWithResolvers<void>;
};

/** The name of the one feed that tells of all namespaces. */
export const ALL_NAMESPACES = '';

export class SyncState {
  readonly #feeds: ReadonlyMap<string, OpenFeed>;

  constructor(namespaces: Namespaces) {
    this.#feeds = new Map((namespaces ?? [ALL_NAMESPACES]).map((namespace) => [namespace, opened(namespace)]));
  }

  get all(): readonly ReflectorStatus[] {
    return [...this.#feeds.values()];
  }

  /** The feed that the objects of a namespace come by. Throws where there is none. */
  of(namespace: string): ReflectorStatus {
    return this.#feeds.get(ALL_NAMESPACES) ?? this.#called(namespace);
  }

  /** Resolves once everything of a namespace was listed. */
  synced(namespace: string): Promise<void> {
    return (this.#feeds.get(ALL_NAMESPACES) ?? this.#called(namespace)).synced.promise;
  }

  /** What was told last has gone wrong. */
  failed(namespace: string, error: unknown): void {
    this.#called(namespace).error = error;
  }

  /** All up to this version was told; by a list where `isList`. */
  progressed(namespace: string, version: string, isList: boolean): void {
    const feed = this.#called(namespace);
    Object.assign(feed, { version, lastContactAt: performance.now(), error: undefined });
    if (!isList) return;
    feed.isSynced = true;
    feed.synced.resolve();
  }

  #called(namespace: string): OpenFeed {
    const feed = this.#feeds.get(namespace);
    if (feed === undefined) throw new Error(`no namespace ${namespace} is watched`);
    return feed;
  }
}

const opened = (namespace: string): OpenFeed => ({
  namespace,
  isSynced: false,
  version: '',
  lastContactAt: Number.NEGATIVE_INFINITY,
  error: undefined,
  synced: Promise.withResolvers<void>(),
});
