/**
 * The objects of one kind, filled by reflectors and by the responses to our own writes. Of each object it keeps only what
 * `transform` returns. `onChange` gives the values, not the event: the cache says what is there now.
 */
import { ALL_NAMESPACES, SyncState } from './sync-state.ts';
import type { ReflectorEvent } from './reflector.ts';
import type { Namespaces } from './namespaces.ts';
import { objectKey, type KubeObject } from './types.ts';

/** `I`: the names of the indexes. */
export type CacheOptions<T, I extends string> = {
  /** client-go's TransformFunc: the value to keep of an object; undefined for an object that is as if it were not there. */
  readonly transform: (object: KubeObject) => T | undefined;
  /** Called after `transform`, with what this process has seen of the object before; by default the value stays as it is. */
  readonly withSeen?: (value: T, seen: Seen<T>) => T;
  /** client-go's Indexers: for each index, the keys under which `byIndex` finds a value. */
  readonly indexers: Readonly<Record<I, (value: T) => readonly string[]>>;
  /** Called with the value before and after each change; undefined where the object was created or deleted. */
  readonly onChange: (before: T | undefined, after: T | undefined) => void;
  /** Called where `transform` or an indexer throws. The cache then has no such object; all others are unaffected. */
  readonly onUnreadable: (error: UnreadableObjectError) => void;
  /** The namespaces that are watched, with one reflector each; by default one reflector for all. */
  readonly namespaces?: Namespaces;
  /**
   * Whether the operator creates objects of this kind; true by default. Where it does not, `recordWrite` ignores an object
   * that the cache does not have: it was deleted, or lost the labels that the watch selects.
   */
  readonly createdByWrites?: boolean;
};

/** `transform` or an indexer threw on an object. `cause` is what they threw. */
export class UnreadableObjectError extends Error {
  override readonly name = 'UnreadableObjectError' as const;

  constructor(object: KubeObject, cause: unknown) {
    super(`${object.kind ?? 'object'} ${objectKey(object)} cannot be read and is ignored`, { cause });
  }
}

/** What a cache knows of an object when a new version of it arrives. */
export type Seen<T> = {
  /** The value of the version before; undefined for an object that is new to the cache. */
  readonly before: T | undefined;
  /** Whether the object may be older than this process: a list has it. A watch brings what happens now. */
  readonly isListed: boolean;
};

type Entry<T> = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: T;
  /** For each index, the keys that were entered. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
};

export class Cache<T, I extends string = never> {
  /** How far the reflectors are. */
  readonly syncState: SyncState;
  readonly #options: CacheOptions<T, I>;
  readonly #indexers: readonly (readonly [string, (value: T) => readonly string[]])[];
  readonly #entries = new Map<string, Entry<T>>();
  readonly #indexes: ReadonlyMap<string, Map<string, Set<Entry<T>>>>;

  constructor(options: CacheOptions<T, I>) {
    this.#options = options;
    this.#indexers = Object.entries(options.indexers);
    this.#indexes = new Map(this.#indexers.map(([name]) => [name, new Map()]));
    this.syncState = new SyncState(options.namespaces);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#entries.get(`${namespace}/${name}`)?.value;
  }

  /** All values. */
  get values(): readonly T[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  byIndex(index: I, key: string): readonly T[] {
    return [...(this.#indexes.get(index)?.get(key) ?? [])].map(({ value }) => value);
  }

  /** How many values `byIndex` finds. */
  count(index: I, key: string): number {
    return this.#indexes.get(index)?.get(key)?.size ?? 0;
  }

  /** Forgets an object that nobody needs. This is no change of the object: `onChange` is not called. */
  forget(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(key, entry);
  }

  /** Applies an event of the reflector of a namespace, or of all namespaces. */
  apply(event: ReflectorEvent, namespace = ALL_NAMESPACES): void {
    if (event.kind === 'error') this.syncState.failed(namespace, event.error);
    else this.syncState.progressed(namespace, this.#versionAfter(event, namespace), event.kind === 'replace');
  }

  /** Applies the event. Returns the resourceVersion up to which the cache now has everything. */
  #versionAfter(event: Exclude<ReflectorEvent, { kind: 'error' }>, namespace: string): string {
    switch (event.kind) {
      case 'page':
        this.#put(event.items, namespace);
        return this.syncState.of(namespace).version;
      case 'replace':
        this.#replace(event, namespace);
        return event.version;
      case 'apply':
        if (isInScope(event.object, namespace)) this.#update(event.object);
        return versionOf(event.object);
      case 'delete':
        if (isInScope(event.object, namespace)) this.#delete(event.object);
        return versionOf(event.object);
      case 'bookmark':
        return event.version;
    }
  }

  /**
   * Records the object in the API server's response to a write of ours, so that the next pass sees it. The watch's events for
   * this version and older ones come later and are ignored. Where the watch is ahead of the response already, the response is
   * ignored: the object may have been deleted since.
   */
  recordWrite(object: KubeObject): void {
    const { createdByWrites = true } = this.#options;
    if (!createdByWrites && this.#entries.get(objectKey(object))?.uid !== object.metadata?.uid) return;
    const { version } = this.syncState.of(object.metadata?.namespace ?? '');
    if (isOlder(version, versionOf(object))) this.#update(object);
  }

  /**
   * Records objects of one namespace that were listed apart from the reflector. Returns false, and records none, where the watch is ahead
   * of the list: an object in it may have been deleted since.
   */
  recordList(items: readonly KubeObject[], version: string, namespace: string): boolean {
    if (isOlder(version, this.syncState.of(namespace).version)) return false;
    for (const item of items) if (isInScope(item, namespace)) this.#update(item);
    return true;
  }

  #update(object: KubeObject): void {
    if (!this.#isOutdated(object) && !this.#hasVersion(object)) this.#set(objectKey(object), object, false);
  }

  /**
   * The cache may have a newer version, from the response to a write of ours. The object is gone all the same: a DELETED event
   * for an older version says that the object lost the labels that the watch selects. The event is outdated only where the
   * cache has another object under the name.
   */
  #delete(object: KubeObject): void {
    const isSame = this.#entries.get(objectKey(object))?.uid === object.metadata?.uid;
    if (isSame || !this.#isOutdated(object)) this.#set(objectKey(object), undefined);
  }

  /** Deletes what the list does not have, in the namespace of the reflector. */
  #replace({ items, earlier }: Extract<ReflectorEvent, { kind: 'replace' }>, namespace: string): void {
    const keys = new Set(items.filter((item) => isInScope(item, namespace)).map(objectKey));
    const isInNamespace = (key: string) => namespace === ALL_NAMESPACES || key.startsWith(`${namespace}/`);
    for (const key of this.#entries.keys())
      if (isInNamespace(key) && !keys.has(key) && !earlier.has(key)) this.#set(key, undefined);
    this.#put(items, namespace);
  }

  #put(items: readonly KubeObject[], namespace: string): void {
    for (const item of items)
      if (isInScope(item, namespace) && !this.#hasVersion(item)) this.#set(objectKey(item), item, true);
  }

  /** Whether the cache has a newer version, also of another object under the same name. */
  #isOutdated(object: KubeObject): boolean {
    const cached = this.#entries.get(objectKey(object));
    return cached !== undefined && isOlder(versionOf(object), cached.resourceVersion);
  }

  #hasVersion(object: KubeObject): boolean {
    const cached = this.#entries.get(objectKey(object));
    const { uid, resourceVersion } = object.metadata ?? {};
    return cached !== undefined && cached.uid === uid && cached.resourceVersion === resourceVersion;
  }

  #set(key: string, object: KubeObject | undefined, isListed = false): void {
    const before = this.#entries.get(key);
    const after = object === undefined ? undefined : this.#entryOf(object, { before, isListed });
    if (before !== undefined) this.#remove(key, before);
    if (after !== undefined) this.#insert(key, after);
    this.#notify(before, after);
  }

  /** An object that was deleted and created again under the same name is two changes. */
  #notify(before: Entry<T> | undefined, after: Entry<T> | undefined): void {
    const { onChange } = this.#options;
    if (before !== undefined && after !== undefined && before.uid !== after.uid) {
      onChange(before.value, undefined);
      onChange(undefined, after.value);
    } else if (before !== after) {
      onChange(before?.value, after?.value);
    }
  }

  #entryOf(
    object: KubeObject,
    { before, isListed }: { readonly before: Entry<T> | undefined; readonly isListed: boolean },
  ): Entry<T> | undefined {
    const { uid = '', resourceVersion = '' } = object.metadata ?? {};
    const { transform, withSeen = (one) => one } = this.#options;
    try {
      const known = before?.uid === uid ? before.value : undefined;
      const kept = transform(object);
      if (kept === undefined) return undefined;
      const value = withSeen(kept, { before: known, isListed });
      const keys = new Map(this.#indexers.map(([index, keysOf]) => [index, keysOf(value)]));
      return { uid, resourceVersion, value, keys };
    } catch (error) {
      this.#options.onUnreadable(new UnreadableObjectError(object, error));
      return undefined;
    }
  }

  #insert(key: string, entry: Entry<T>): void {
    this.#entries.set(key, entry);
    for (const [index, keys] of entry.keys) {
      const byKey = this.#indexes.get(index);
      for (const indexKey of keys) {
        const entries = byKey?.get(indexKey);
        if (entries === undefined) byKey?.set(indexKey, new Set([entry]));
        else entries.add(entry);
      }
    }
  }

  #remove(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    for (const [index, keys] of entry.keys) {
      const byKey = this.#indexes.get(index);
      for (const indexKey of keys) {
        const entries = byKey?.get(indexKey);
        entries?.delete(entry);
        if (entries?.size === 0) byKey?.delete(indexKey);
      }
    }
  }
}

/** Whether the object is in the namespace of the reflector. The API server sends no other, but a proxy on the way may. */
const isInScope = ({ metadata }: KubeObject, namespace: string) =>
  namespace === ALL_NAMESPACES || metadata?.namespace === namespace;

const versionOf = ({ metadata }: KubeObject) => metadata?.resourceVersion ?? '';

/** resourceVersions of one kind are growing decimal numbers (documented since Kubernetes 1.35). Any other is not older. */
function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
