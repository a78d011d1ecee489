/**
 * What a reflector saw of one kind of object. Of each object only what `project` makes of it is kept. Listeners are told
 * which values changed, never what happened: who wants to know looks at the cache.
 */
import type { ReflectorEvent } from './reflector.ts';
import type { KubeObject } from './types.ts';

export type CacheOptions<T> = {
  readonly project: (object: KubeObject) => T;
  /** Words under which `by` finds the value. */
  readonly index: (value: T, namespace: string) => readonly string[];
  /** Called with the value before and after each change; either may be undefined. */
  readonly onChange: (before: T | undefined, after: T | undefined) => void;
};

type Entry<T> = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: T;
  readonly index: readonly string[];
};

export class Cache<T> {
  readonly #options: CacheOptions<T>;
  readonly #entries = new Map<string, Entry<T>>();
  readonly #index = new Map<string, Set<Entry<T>>>();
  readonly #synced = Promise.withResolvers<void>();
  #isSynced = false;
  #heardAt = Number.NEGATIVE_INFINITY;

  constructor(options: CacheOptions<T>) {
    this.#options = options;
  }

  /** Whether everything was listed once. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Resolves once everything was listed. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** `performance.now()` when the API server was last heard. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#entries.get(`${namespace}/${name}`)?.value;
  }

  by(word: string): readonly T[] {
    return [...(this.#index.get(word) ?? [])].map(({ value }) => value);
  }

  take(event: ReflectorEvent): void {
    switch (event.kind) {
      case 'replace':
        this.#replace(event.items);
        this.#isSynced = true;
        this.#synced.resolve();
        break;
      case 'apply':
        this.saw(event.object);
        break;
      case 'delete':
        this.#set(keyOf(event.object), undefined);
        break;
      case 'heard':
        break;
      case 'trouble':
        return;
    }
    this.#heardAt = performance.now();
  }

  /**
   * An object as the API server has just given it: by the watch, or as the answer to a write of ours, so that the next
   * look already sees it. The watch's own event for an older version comes later and is passed over.
   */
  saw(object: KubeObject): void {
    const key = keyOf(object);
    const known = this.#entries.get(key);
    if (
      known !== undefined &&
      known.uid === object.metadata?.uid &&
      isOlder(object.metadata.resourceVersion ?? '', known.resourceVersion)
    )
      return;
    this.#set(key, object);
  }

  #replace(items: readonly KubeObject[]): void {
    const keys = new Set(items.map(keyOf));
    for (const key of this.#entries.keys()) if (!keys.has(key)) this.#set(key, undefined);
    for (const item of items) {
      const known = this.#entries.get(keyOf(item));
      if (known?.resourceVersion !== item.metadata?.resourceVersion || known?.uid !== item.metadata?.uid)
        this.#set(keyOf(item), item);
    }
  }

  #set(key: string, object: KubeObject | undefined): void {
    const before = this.#entries.get(key);
    if (before !== undefined) this.#forget(key, before);
    const after = object === undefined ? undefined : this.#remember(key, object);
    // One that was deleted and made again under its name is two changes.
    const isAnother = before !== undefined && after !== undefined && before.uid !== after.uid;
    if (isAnother) this.#options.onChange(before.value, undefined);
    if (before !== undefined || after !== undefined)
      this.#options.onChange(isAnother ? undefined : before?.value, after?.value);
  }

  #remember(key: string, object: KubeObject): Entry<T> {
    const value = this.#options.project(object);
    const index = this.#options.index(value, object.metadata?.namespace ?? '');
    const entry = {
      uid: object.metadata?.uid ?? '',
      resourceVersion: object.metadata?.resourceVersion ?? '',
      value,
      index,
    };
    this.#entries.set(key, entry);
    for (const word of index) {
      const found = this.#index.get(word);
      if (found === undefined) this.#index.set(word, new Set([entry]));
      else found.add(entry);
    }
    return entry;
  }

  #forget(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    for (const word of entry.index) {
      const found = this.#index.get(word);
      found?.delete(entry);
      if (found?.size === 0) this.#index.delete(word);
    }
  }
}

const keyOf = ({ metadata }: KubeObject) => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;

/** Resource versions of one kind are decimal numbers that grow (documented since Kubernetes 1.35); others compare as not older. */
function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
