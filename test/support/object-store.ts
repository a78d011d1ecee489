/**
 * Objects in memory, served as an API server serves them: get, list, watch, create, update, apply, delete, the status apart,
 * versions that grow, uids, generations, and the preconditions of uid and version.
 *
 * What it does not do, so nothing may be concluded from it: merge an applied object into the stored one (each top-level
 * field that is sent replaces the stored one), own fields, validate, default, authorize, page, collect what lost its owner,
 * or forget the past of a watch.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ServerResponse } from 'node:http';
import type { KubeObject, ObjectMeta } from '../../src/kube/types.ts';
import { added, bookmark, deleted, json, list, modified, status } from './answers.ts';
import type { Answer, Exchange, RecordedRequest } from './api-server.ts';

type StoredObject = KubeObject & { readonly metadata: ObjectMeta; readonly status?: unknown };
type DeleteOptions = { readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } };
type Event = {
  readonly version: number;
  readonly path: string;
  readonly object: StoredObject;
  readonly before: StoredObject | undefined;
  readonly line: string;
};

export class ObjectStore {
  readonly #objects = new Map<string, StoredObject>();
  readonly #events: Event[] = [];
  readonly #watchers = new Map<ServerResponse, (event: Event) => void>();
  #version = 100;

  readonly answer: Answer = (exchange) => {
    const { verb, path, body, query } = exchange.request;
    switch (verb) {
      case 'GET':
        return (placeOf(path).name === '' ? this.#list(path, query) : this.#get(path))(exchange);
      case 'WATCH':
        return this.#watch(exchange);
      case 'POST':
        return this.#create(path, body as StoredObject)(exchange);
      case 'PUT':
        return this.#update(path, body as StoredObject)(exchange);
      case 'PATCH':
        return this.#apply(path, body as StoredObject)(exchange);
      case 'DELETE':
        return this.#delete(path, body as DeleteOptions | undefined)(exchange);
    }
  };

  /** The version of the newest change. */
  get version(): string {
    return String(this.#version);
  }

  /** The object at a path, as it is now. */
  get(path: string): StoredObject | undefined {
    return this.#objects.get(path);
  }

  /** All objects by their paths. */
  entries(): Iterable<[string, KubeObject]> {
    return this.#objects.entries();
  }

  /** Writes an object as somebody else would: whole, its status included. One that changes nothing makes no version. */
  put(path: string, object: KubeObject): StoredObject {
    const before = this.get(path);
    const after = plain({ ...object, metadata: { ...object.metadata, ...identityOf(path, before ?? object) } });
    if (before !== undefined && isDeepStrictEqual(unversioned(after), unversioned(before))) return before;
    if (before !== undefined && !isDeepStrictEqual(wish(after), wish(before)))
      after.metadata.generation = (before.metadata.generation ?? 0) + 1;
    after.metadata.resourceVersion = this.#nextVersion();
    this.#objects.set(path, after);
    this.#tell(path, after, before, before === undefined ? added(after) : modified(after));
    return after;
  }

  /** Deletes an object as somebody else would. */
  remove(path: string): void {
    const object = this.get(path);
    if (object === undefined) return;
    this.#objects.delete(path);
    const last = { ...object, metadata: { ...object.metadata, resourceVersion: this.#nextVersion() } };
    this.#tell(path, last, object, deleted(last));
  }

  /** Lets all watches know that there is nothing more up to now. */
  bookmark(): void {
    for (const response of this.#watchers.keys()) response.write(bookmark(this.version));
  }

  #get(path: string): Answer {
    const object = this.get(path);
    return object === undefined ? status(404, 'NotFound') : json(object);
  }

  #list(collection: string, query: RecordedRequest['query']): Answer {
    const found = [...this.#objects].filter(([path, object]) => isAsked(path, object, collection, query));
    return list(
      found.map(([, object]) => object),
      String(this.#version),
    );
  }

  #watch({ request: { path: collection, query }, response }: Exchange): void {
    const from = Number(query['resourceVersion'] ?? this.#version);
    const send = ({ version, path, object, before, line }: Event) => {
      if (version <= from) return;
      if (isAsked(path, object, collection, query)) response.write(line);
      // It has lost the labels that are asked for: to this watch it is gone.
      else if (before !== undefined && isAsked(path, before, collection, query)) response.write(deleted(object));
    };
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    for (const event of this.#events) send(event);
    this.#watchers.set(response, send);
    response.once('close', () => this.#watchers.delete(response));
  }

  #create(collection: string, object: StoredObject): Answer {
    const path = `${collection}/${object.metadata.name ?? ''}`;
    return this.get(path) === undefined ? json(this.put(path, object), 201) : status(409, 'AlreadyExists');
  }

  #update(path: string, object: StoredObject): Answer {
    const stored = this.get(path);
    if (stored === undefined) return status(404, 'NotFound');
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
      return status(409, 'Conflict');
    return json(this.put(path, object));
  }

  #apply(path: string, object: StoredObject): Answer {
    const at = path.replace(/\/status$/, '');
    const stored = this.get(at);
    const { uid, resourceVersion } = object.metadata;
    if (stored === undefined) {
      const mustExist = at !== path || uid !== undefined;
      return mustExist ? status(404, 'NotFound') : json(this.put(at, { ...object }), 201);
    }
    // In the status of a custom resource the API server overwrites the uid before it compares it.
    if (at === path && uid !== undefined && uid !== stored.metadata.uid) return status(409, 'Conflict');
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
      return status(409, 'Conflict');
    const applied =
      at === path
        ? { ...stored, ...object, metadata: patched(stored.metadata, object.metadata), status: stored.status }
        : { ...stored, status: object.status };
    return json(this.put(at, applied));
  }

  #delete(path: string, options: DeleteOptions | undefined): Answer {
    const stored = this.get(path);
    if (stored === undefined) return status(404, 'NotFound');
    const { uid, resourceVersion } = options?.preconditions ?? {};
    if (uid !== undefined && uid !== stored.metadata.uid) return status(409, 'Conflict');
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
      return status(409, 'Conflict');
    this.remove(path);
    return json({ apiVersion: 'v1', kind: 'Status', status: 'Success' });
  }

  #nextVersion(): string {
    this.#version += 1;
    return String(this.#version);
  }

  #tell(path: string, object: StoredObject, before: StoredObject | undefined, line: string): void {
    const event = { version: this.#version, path, object, before, line };
    this.#events.push(event);
    for (const send of this.#watchers.values()) send(event);
  }
}

/** A patch removes an annotation by null. */
function patched(stored: ObjectMeta, sent: ObjectMeta): ObjectMeta {
  const { annotations } = sent;
  if (annotations === undefined) return { ...stored, ...sent };
  const kept = Object.entries(annotations).filter(([, value]: [string, string | null]) => value !== null);
  return { ...stored, ...sent, annotations: Object.fromEntries(kept) };
}

/** `/apis/apps/v1/namespaces/shop/deployments/search` into its parts; of a collection the name is empty. */
function placeOf(path: string): { readonly kind: string; readonly namespace: string; readonly name: string } {
  const match = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(path);
  if (match === null) throw new Error(`no place of objects: ${path}`);
  const [, root = '', namespace = '', plural = '', name = ''] = match;
  return { kind: `${root}/${plural}`, namespace, name };
}

/** Whether the object at `path` belongs to what is listed or watched. Of selectors: the name as a field, labels as `key`, `key=value` and `!key`. */
function isAsked(path: string, object: StoredObject, collection: string, query: RecordedRequest['query']): boolean {
  const [is, asked] = [placeOf(path), placeOf(collection)];
  if (is.kind !== asked.kind || (asked.namespace !== '' && is.namespace !== asked.namespace)) return false;
  const { fieldSelector = '', labelSelector } = query;
  const named = /^metadata\.name=(.*)$/.exec(fieldSelector)?.[1] ?? is.name;
  return is.name === named && hasLabel(object, labelSelector);
}

function hasLabel({ metadata: { labels } }: StoredObject, selector = ''): boolean {
  const terms = selector.split(',').filter((term) => term !== '');
  return terms.every((term) => {
    const [label = '', value] = term.split('=');
    if (label.startsWith('!')) return labels?.[label.slice(1)] === undefined;
    const found = labels?.[label];
    return found !== undefined && (value === undefined || value === found);
  });
}

/** What the API server gives an object once and for all, and its generation. */
const identityOf = (path: string, { metadata }: KubeObject) => {
  const { namespace, name } = placeOf(path);
  const { uid = crypto.randomUUID(), creationTimestamp = new Date().toISOString(), generation = 1 } = metadata ?? {};
  return { ...(namespace !== '' && { namespace }), name, uid, creationTimestamp, generation };
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** As it would come off the wire: nothing undefined, nothing shared. */
const plain = (object: object) =>
  JSON.parse(JSON.stringify(object)) as StoredObject & { metadata: Writable<ObjectMeta> };

const unversioned = ({ metadata, ...rest }: StoredObject) => ({
  ...rest,
  metadata: { ...metadata, resourceVersion: undefined },
});

/** What a change of makes a new generation. */
const wish = ({ metadata: _, status: __, ...rest }: StoredObject) => rest;
