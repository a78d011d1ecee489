/**
 * What a reflector saw of one kind of object. Of each object only what `transform` makes of it is kept. Listeners are told
 * which values changed, never what happened: who wants to know looks at the cache.
 */
import { ALL_NAMESPACES, SyncState } from './sync-state.ts';
import type { ReflectorEvent } from './reflector.ts';
import type { Namespaces } from './namespaces.ts';
import { objectKey, type KubeObject } from './types.ts';

/** `I` are the names of the indexes. */
export type CacheOptions<T, I extends string> = {
  readonly transform: (object: KubeObject) => T;
  /** For each index, the keys under which `byIndex` finds a value. After client-go's Indexers. */
  readonly indexers: Readonly<Record<I, (value: T) => readonly string[]>>;
  /** Called with the value before and after each change; either may be undefined. */
  readonly onChange: (before: T | undefined, after: T | undefined) => void;
  /** Told of each object that `transform` or an indexer throws on. It is as if it were not there, and hurts no other. */
  readonly onUnreadable: (error: UnreadableObjectError) => void;
  /** The namespaces that are watched, by a reflector each; without it one reflector tells of all. */
  readonly namespaces?: Namespaces;
  /**
   * Whether writes of ours make such objects. Where they do not, an object that a write's answer tells of and that is not
   * known has gone, or has lost the labels that are watched for: it is not taken.
   */
  readonly createdByWrites?: boolean;
};

/** An object of which no value could be made. `cause` says why. */
export class UnreadableObjectError extends Error {
  override readonly name = 'PoisonedObjectError' as const;

  constructor(object: KubeObject, cause: unknown) {
    super(`${object.kind ?? 'object'} ${objectKey(object)} cannot be read and is passed over`, { cause });
  }
}

type Entry<T> = {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly value: T;
  /** For each index, the keys that were entered. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
};

export class Cache<T, I extends string = never> {
  /** How far it has been filled. */
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

  /** All that are known. */
  get values(): readonly T[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  byIndex(index: I, key: string): readonly T[] {
    return [...(this.#indexes.get(index)?.get(key) ?? [])].map(({ value }) => value);
  }

  /** What the reflector of a namespace has told; without one, that of all. */
  apply(event: ReflectorEvent, namespace = ALL_NAMESPACES): void {
    if (event.kind === 'error') this.syncState.failed(namespace, event.error);
    else this.syncState.progressed(namespace, this.#versionAfter(event, namespace), event.kind === 'replace');
  }

  /** Takes over what an event tells; the version that is reached by it. */
  #versionAfter(event: Exclude<ReflectorEvent, { kind: 'error' }>, namespace: string): string {
    switch (event.kind) {
      case 'page':
        this.#put(event.items, namespace);
        return this.syncState.of(namespace).version;
      case 'replace':
        this.#replace(event, namespace);
        return event.version;
      case 'apply':
        if (isInScope(event.object, namespace)) this.#apply(event.object);
        return versionOf(event.object);
      case 'delete':
        if (isInScope(event.object, namespace)) this.#delete(event.object);
        return versionOf(event.object);
      case 'bookmark':
        return event.version;
    }
  }

  /**
   * An object as the API server has just given it in answer to a write of ours, so that the next look already sees it. The
   * watch's events for it and for older versions come later and are passed over. Where the watch is further already, it
   * knows better: the object may have been deleted since.
   */
  recordWrite(object: KubeObject): void {
    const { createdByWrites = true } = this.#options;
    if (!createdByWrites && this.#entries.get(objectKey(object))?.uid !== object.metadata?.uid) return;
    const { version } = this.syncState.of(object.metadata?.namespace ?? '');
    if (isOlder(version, versionOf(object))) this.#apply(object);
  }

  #apply(object: KubeObject): void {
    if (!this.#isOutdated(object) && !this.#isKnown(object)) this.#set(objectKey(object), object);
  }

  /**
   * One that is told to be gone may be there under a newer version, by an answer to a write of ours: then it has lost the
   * labels that are watched for. Only of another object under its name this is late word.
   */
  #delete(object: KubeObject): void {
    const isSame = this.#entries.get(objectKey(object))?.uid === object.metadata?.uid;
    if (isSame || !this.#isOutdated(object)) this.#set(objectKey(object), undefined);
  }

  /** What was not listed is gone, as far as the reflector can tell: in its namespace. */
  #replace({ items, earlier }: Extract<ReflectorEvent, { kind: 'replace' }>, namespace: string): void {
    const keys = new Set(items.filter((item) => isInScope(item, namespace)).map(objectKey));
    const isOfFeed = (key: string) => namespace === ALL_NAMESPACES || key.startsWith(`${namespace}/`);
    for (const key of this.#entries.keys())
      if (isOfFeed(key) && !keys.has(key) && !earlier.has(key)) this.#set(key, undefined);
    this.#put(items, namespace);
  }

  #put(items: readonly KubeObject[], namespace: string): void {
    for (const item of items) if (isInScope(item, namespace) && !this.#isKnown(item)) this.#set(objectKey(item), item);
  }

  /** Whether a newer version is known, be it of another object under the same name. */
  #isOutdated(object: KubeObject): boolean {
    const known = this.#entries.get(objectKey(object));
    return known !== undefined && isOlder(versionOf(object), known.resourceVersion);
  }

  #isKnown(object: KubeObject): boolean {
    const known = this.#entries.get(objectKey(object));
    const { uid, resourceVersion } = object.metadata ?? {};
    return known !== undefined && known.uid === uid && known.resourceVersion === resourceVersion;
  }

  #set(key: string, object: KubeObject | undefined): void {
    const before = this.#entries.get(key);
    const after = object === undefined ? undefined : this.#entryOf(object);
    if (before !== undefined) this.#forget(key, before);
    if (after !== undefined) this.#remember(key, after);
    this.#tell(before, after);
  }

  /** One that was deleted and made again under its name is two changes. */
  #tell(before: Entry<T> | undefined, after: Entry<T> | undefined): void {
    const { onChange } = this.#options;
    if (before !== undefined && after !== undefined && before.uid !== after.uid) {
      onChange(before.value, undefined);
      onChange(undefined, after.value);
    } else if (before !== after) {
      onChange(before?.value, after?.value);
    }
  }

  #entryOf(object: KubeObject): Entry<T> | undefined {
    const { uid = '', resourceVersion = '' } = object.metadata ?? {};
    try {
      const value = this.#options.transform(object);
      const keys = new Map(this.#indexers.map(([index, keysOf]) => [index, keysOf(value)]));
      return { uid, resourceVersion, value, keys };
    } catch (error) {
      this.#options.onUnreadable(new UnreadableObjectError(object, error));
      return undefined;
    }
  }

  #remember(key: string, entry: Entry<T>): void {
    this.#entries.set(key, entry);
    for (const [index, keys] of entry.keys) {
      const byKey = this.#indexes.get(index);
      for (const indexKey of keys) {
        const found = byKey?.get(indexKey);
        if (found === undefined) byKey?.set(indexKey, new Set([entry]));
        else found.add(entry);
      }
    }
  }

  #forget(key: string, entry: Entry<T>): void {
    this.#entries.delete(key);
    for (const [index, keys] of entry.keys) {
      const byKey = this.#indexes.get(index);
      for (const indexKey of keys) {
        const found = byKey?.get(indexKey);
        found?.delete(entry);
        if (found?.size === 0) byKey?.delete(indexKey);
      }
    }
  }
}

/** Whether a reflector of this namespace may tell of the object. The API server sends no other; what stands between may. */
const isInScope = ({ metadata }: KubeObject, namespace: string) =>
  namespace === ALL_NAMESPACES || metadata?.namespace === namespace;

const versionOf = ({ metadata }: KubeObject) => metadata?.resourceVersion ?? '';

/** Resource versions of one kind are decimal numbers that grow (documented since Kubernetes 1.35); others compare as not older. */
function isOlder(version: string, than: string): boolean {
  if (!/^\d+$/.test(version) || !/^\d+$/.test(than)) return false;
  return version.length === than.length ? version < than : version.length < than.length;
}
