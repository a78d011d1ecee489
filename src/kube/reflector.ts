/**
 * Lists and watches one kind of object until its signal is aborted. It never throws: it yields each failure as an `error`
 * event and tries again after a pause. client-node's informer ends on the first failed list and hangs on a silent watch (its
 * issues 447, 596 and 1933).
 */
import { type Backoff, backoffMs } from '../runtime/backoff.ts';
import { abortAfter, timerMs } from '../runtime/timers.ts';
import { type Clock, CLOCK } from './clock.ts';
import { ResponseTooLargeError, ApiError, retryAfterMs, TransportError, IdleTimeoutError } from './errors.ts';
import type { ApiRequest, HttpClient } from './http.ts';
import { isNamed, objectKey, type KubeObject, type NamedObject } from './types.ts';

export type ReflectorEvent =
  /** A page of a list, but not the last. Yielded page by page, so that a list of thousands is never whole in memory. */
  | { readonly kind: 'page'; readonly items: readonly KubeObject[] }
  /** The last page of a list. With the pages before it, it has all objects at `version`; any other object is gone. */
  | {
      readonly kind: 'replace';
      readonly items: readonly KubeObject[];
      /** Keys of the objects in the pages before: "namespace/name". */
      readonly earlier: ReadonlySet<string>;
      readonly version: string;
    }
  | { readonly kind: 'apply'; readonly object: KubeObject }
  | { readonly kind: 'delete'; readonly object: KubeObject }
  /** Nothing else changed up to this version. */
  | { readonly kind: 'bookmark'; readonly version: string }
  | { readonly kind: 'error'; readonly error: unknown; readonly retryInMs: number };

export type ListWatch = {
  readonly client: HttpClient;
  readonly path: string;
  readonly labelSelector?: string;
};

export type ReflectorOptions = {
  /** A watch without a byte for so long is dead: the API server sends a bookmark about once a minute. 2 min by default. */
  readonly idleTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
};

const PAGE_SIZE = 500;

/** A million objects in full pages: a longer list is taken for endless. */
const MAX_PAGES = 2000;

/** An overloaded server responds with 504 too: only so many in a row mean that the version is the reason. */
const LIST_AFTER_FAILURES = 3;

const BACKOFF: Backoff = { firstMs: 800, maxMs: 30_000 };

/** A watch that ends sooner counts as a failure, whatever it delivered: a broken server must not be called in a loop. */
const VERY_SHORT_WATCH_MS = 1000;

/** Seconds after which the server ends a watch: 300 to 600, so that not all watches restart at the same time. */
const watchSeconds = (random: number) => Math.round(300 + 300 * random);

/** `version`: where to watch from; undefined: list first. `failures`: in a row. `pageSize`: objects in a page of a list. */
type Position = { version: string | undefined; failures: number; pageSize: number };

export async function* reflect(
  listWatch: ListWatch,
  signal: AbortSignal,
  { idleTimeoutMs = 120_000, clock = CLOCK, random = Math.random }: ReflectorOptions = {},
): AsyncGenerator<ReflectorEvent, void> {
  const options = { idleTimeoutMs, clock, random };
  const position: Position = { version: undefined, failures: 0, pageSize: PAGE_SIZE };
  while (!signal.aborted) {
    try {
      yield* listThenWatch(listWatch, position, signal, options);
    } catch (error) {
      if (signal.aborted) return;
      afterFailure(position, error);
      const retryInMs = Math.max(retryAfterMs(error), backoffMs(position.failures, BACKOFF, random()));
      yield { kind: 'error', error, retryInMs };
      await clock.pause(timerMs(retryInMs), signal);
    }
  }
}

/**
 * Whether the version itself may be the reason: after a restore of etcd from a backup, it lies in the server's future. The
 * server then rejects the watch with 504, or accepts it and sends nothing, not even bookmarks, until it has come as far.
 */
function isFromTheFuture(error: unknown, { failures }: Position): boolean {
  if (error instanceof TransportError) return error.cause instanceof IdleTimeoutError;
  return error instanceof ApiError && error.code === 504 && failures >= LIST_AFTER_FAILURES;
}

/** Moves `position` to where the next attempt starts. The pages get smaller where one was too large. */
function afterFailure(position: Position, error: unknown): void {
  position.failures += 1;
  if ((error instanceof ApiError && error.isGone) || isFromTheFuture(error, position)) position.version = undefined;
  if (error instanceof TransportError && error.cause instanceof ResponseTooLargeError)
    position.pageSize = Math.ceil(position.pageSize / 4);
}

/** Lists where there is no version to watch from, then watches until the watch ends. Moves `position` along. */
async function* listThenWatch(
  listWatch: ListWatch,
  position: Position,
  signal: AbortSignal,
  { idleTimeoutMs, clock, random }: Required<ReflectorOptions>,
): AsyncGenerator<ReflectorEvent, void> {
  if (position.version === undefined) {
    position.version = yield* list(listWatch, position.pageSize, signal);
  }
  const timeouts = { seconds: watchSeconds(random()), idleTimeoutMs };
  const startedAt = clock.now();
  const isVeryShort = () => clock.now() - startedAt < VERY_SHORT_WATCH_MS;
  for await (const event of watch(listWatch, position.version, timeouts, signal)) {
    position.version = versionOf(event) ?? position.version;
    if (!isVeryShort()) position.failures = 0;
    yield event;
  }
  if (isVeryShort()) throw new Error(`watch ${listWatch.path}: ended at once`);
}

/** The fields of a list that are read. All are unknown: a proxy on the way may have sent the body. */
type ListBody = {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown } | null;
  readonly items?: unknown;
};

/** Yields all objects, page by page. Returns the resourceVersion of the list. */
async function* list(
  { client, path, labelSelector }: ListWatch,
  pageSize: number,
  signal: AbortSignal,
): AsyncGenerator<ReflectorEvent, string> {
  const earlier = new Set<string>();
  let next: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const query = {
      limit: String(pageSize),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(next !== undefined && { continue: next }),
    };
    const { metadata, items } = await client.request<ListBody>({ method: 'GET', path, query }, signal);
    // Taken for an empty list, any other JSON would delete every object of the cache.
    if (!isText(metadata?.resourceVersion) || !isPage(items))
      throw new Error(`list ${path}: the response is not a list`);
    const page = items ?? [];
    if (!isText(metadata.continue)) {
      yield { kind: 'replace', items: page, earlier, version: metadata.resourceVersion };
      return metadata.resourceVersion;
    }
    if (page.length > 0) yield { kind: 'page', items: page };
    for (const item of page) earlier.add(objectKey(item));
    next = metadata.continue;
  }
  throw new Error(`list ${path}: no end after ${MAX_PAGES} pages`);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Some servers write an empty list as null, as Go's JSON does. */
const isPage = (value: unknown): value is readonly NamedObject[] | null =>
  value === null || (Array.isArray(value) && value.every(isNamed));

async function* watch(
  { client, path, labelSelector }: ListWatch,
  resourceVersion: string,
  { seconds, idleTimeoutMs }: { readonly seconds: number; readonly idleTimeoutMs: number },
  signal: AbortSignal,
): AsyncGenerator<WatchEvent> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(seconds),
    ...(labelSelector !== undefined && { labelSelector }),
  };
  const deadline = AbortSignal.any([signal, abortAfter((seconds + 5) * 1000)]);
  const request: ApiRequest = { method: 'GET', path, query, idleTimeoutMs };
  for await (const line of client.streamLines(request, deadline)) yield eventOf(path, line);
}

type WatchEvent = Extract<ReflectorEvent, { kind: 'apply' | 'delete' | 'bookmark' }>;

const KINDS: ReadonlyMap<unknown, WatchEvent['kind']> = new Map([
  ['ADDED', 'apply'],
  ['MODIFIED', 'apply'],
  ['DELETED', 'delete'],
  ['BOOKMARK', 'bookmark'],
]);

/** The event in a line of a watch. Throws where there is none: that ends the watch, and the version stays where it is. */
function eventOf(path: string, line: string): WatchEvent {
  const { type, object } = (JSON.parse(line) ?? {}) as { readonly type?: unknown; readonly object?: unknown };
  if (type === 'ERROR') throw new ApiError(`watch ${path}`, object ?? {});
  const kind = KINDS.get(type);
  if (kind === 'bookmark') {
    const version = (object as KubeObject | null | undefined)?.metadata?.resourceVersion;
    if (isText(version)) return { kind, version };
  } else if (kind !== undefined && isNamed(object)) {
    return { kind, object };
  }
  throw new Error(`watch ${path}: a line of type ${String(type)} is not an event`);
}

function versionOf(event: WatchEvent): string | undefined {
  return event.kind === 'bookmark' ? event.version : event.object.metadata?.resourceVersion;
}
