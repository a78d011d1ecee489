/**
 * Lists and watches one kind of object for ever. It never throws and ends only by its signal; what goes wrong is told
 * as `trouble` and tried again after a pause (client-node's informer ends on the first failed list and hangs on a silent
 * watch: its issues 447, 596 and 1933).
 */
import { type Backoff, backoffMs } from '../runtime/backoff.ts';
import type { Client } from './client.ts';
import { type Clock, CLOCK } from './clock.ts';
import { ResponseTooLargeError, ApiError, retryAfterMs, TransportError, IdleTimeoutError } from './errors.ts';
import { isNamed, objectKey, type KubeObject, type NamedObject } from './types.ts';

export type ReflectorEvent =
  /** A part of a list that goes on. Told at once, so that no list of thousands is ever in memory as the API server sends it. */
  | { readonly kind: 'page'; readonly items: readonly KubeObject[] }
  /** The end of a list: with what the pages before it told, this is all that there is at a version; the rest is gone. */
  | {
      readonly kind: 'replace';
      readonly items: readonly KubeObject[];
      /** Of the pages before: "namespace/name". */
      readonly earlier: ReadonlySet<string>;
      readonly version: string;
    }
  | { readonly kind: 'apply'; readonly object: KubeObject }
  | { readonly kind: 'delete'; readonly object: KubeObject }
  /** The server was heard: up to this version nothing else changed. */
  | { readonly kind: 'bookmark'; readonly version: string }
  | { readonly kind: 'error'; readonly error: unknown; readonly retryInMs: number };

export type ListWatch = {
  readonly client: Client;
  readonly path: string;
  readonly labelSelector?: string;
};

export type ReflectorOptions = {
  /** The API server sends a bookmark about once a minute: a watch that says nothing for two is dead. */
  readonly idleTimeoutMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
};

const PAGE_SIZE = 500;

/** A list that goes on for longer has no end: a million objects in full pages. */
const MAX_PAGES = 2000;

/** An overloaded server answers 504 too: only so many in a row speak against the version. */
const LIST_AFTER_FAILURES = 3;

const BACKOFF: Backoff = { firstMs: 800, maxMs: 30_000 };

/**
 * A watch that ends sooner than this counts as a failure, and what it said proves nothing of the server's health, so that
 * a broken server isn't asked in a loop.
 */
const VERY_SHORT_WATCH_MS = 1000;

/** Seconds after which the server is asked to end a watch: spread, so that all watches do not begin anew together. */
const watchSeconds = (random: number) => Math.round(300 + 300 * random);

/** Where the reflector stands: the version to go on from (none: list first), its failures in a row, and what a page may hold. */
type Position = { version: string | undefined; failures: number; pageSize: number };

export async function* reflect(
  source: ListWatch,
  signal: AbortSignal,
  { idleTimeoutMs = 120_000, clock = CLOCK, random = Math.random }: ReflectorOptions = {},
): AsyncGenerator<ReflectorEvent, void> {
  const options = { idleTimeoutMs, clock, random };
  const position: Position = { version: undefined, failures: 0, pageSize: PAGE_SIZE };
  while (!signal.aborted) {
    try {
      yield* listThenWatch(source, position, signal, options);
    } catch (error) {
      if (signal.aborted) return;
      afterFailure(position, error);
      const retryInMs = Math.max(retryAfterMs(error), backoffMs(position.failures, BACKOFF, random()));
      yield { kind: 'error', error, retryInMs };
      await clock.pause(retryInMs, signal);
    }
  }
}

/**
 * Whether the version itself may be the reason: after a backup was restored it lies in the server's future. Such a watch is
 * refused as not yet possible, or it is accepted and silent, bookmarks included, until the server has come as far.
 */
function isFromTheFuture(error: unknown, { failures }: Position): boolean {
  if (error instanceof TransportError) return error.cause instanceof IdleTimeoutError;
  return error instanceof ApiError && error.code === 504 && failures >= LIST_AFTER_FAILURES;
}

/** Where to go on from after an error. Of large objects fewer fit into a page. */
function afterFailure(position: Position, error: unknown): void {
  position.failures += 1;
  if ((error instanceof ApiError && error.isGone) || isFromTheFuture(error, position)) position.version = undefined;
  if (error instanceof TransportError && error.cause instanceof ResponseTooLargeError)
    position.pageSize = Math.ceil(position.pageSize / 4);
}

/** One list where there is no version to go on from, and one watch to its end. Moves `position` along. */
async function* listThenWatch(
  source: ListWatch,
  position: Position,
  signal: AbortSignal,
  { idleTimeoutMs, clock, random }: Required<ReflectorOptions>,
): AsyncGenerator<ReflectorEvent, void> {
  if (position.version === undefined) {
    position.version = yield* list(source, position.pageSize, signal);
  }
  const startedAt = clock.now();
  const isVeryShort = () => clock.now() - startedAt < VERY_SHORT_WATCH_MS;
  for await (const event of watch(source, position.version, signal, watchSeconds(random()), idleTimeoutMs)) {
    position.version = versionOf(event) ?? position.version;
    if (!isVeryShort()) position.failures = 0;
    yield event;
  }
  if (isVeryShort()) throw new Error(`watch ${source.path}: ended at once`);
}

/** What should be a list; a proxy or a broken server may have put anything in its place. */
type ListBody = {
  readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown } | null;
  readonly items?: unknown;
};

/** Tells all there is, page by page, and returns the version that it is of. */
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
    // Anything else that parses would read as: all is gone.
    if (!isText(metadata?.resourceVersion) || !isPage(items)) throw new Error(`list ${path}: the answer is no list`);
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

/** Go writes an empty list as null at times. */
const isPage = (value: unknown): value is readonly NamedObject[] | null =>
  value === null || (Array.isArray(value) && value.every(isNamed));

async function* watch(
  { client, path, labelSelector }: ListWatch,
  resourceVersion: string,
  signal: AbortSignal,
  seconds: number,
  idleTimeoutMs: number,
): AsyncGenerator<WatchedEvent> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(seconds),
    ...(labelSelector !== undefined && { labelSelector }),
  };
  const deadline = AbortSignal.any([signal, AbortSignal.timeout((seconds + 5) * 1000)]);
  const call = { method: 'GET', path, query, idleTimeoutMs } as const;
  for await (const line of client.streamLines(call, deadline)) yield eventOf(path, line);
}

type WatchedEvent = Extract<ReflectorEvent, { kind: 'apply' | 'delete' | 'bookmark' }>;

const KINDS: ReadonlyMap<unknown, WatchedEvent['kind']> = new Map([
  ['ADDED', 'apply'],
  ['MODIFIED', 'apply'],
  ['DELETED', 'delete'],
  ['BOOKMARK', 'bookmark'],
]);

/** What a line of a watch says. One that cannot be understood ends the watch, so that nothing after it is believed. */
function eventOf(path: string, line: string): WatchedEvent {
  const { type, object } = (JSON.parse(line) ?? {}) as { readonly type?: unknown; readonly object?: unknown };
  if (type === 'ERROR') throw new ApiError(`watch ${path}`, object ?? {});
  const kind = KINDS.get(type);
  if (kind === 'bookmark') {
    const version = (object as KubeObject | null | undefined)?.metadata?.resourceVersion;
    if (isText(version)) return { kind, version };
  } else if (kind !== undefined && isNamed(object)) {
    return { kind, object };
  }
  throw new Error(`watch ${path}: a line of type ${String(type)} is no event`);
}

function versionOf(event: WatchedEvent): string | undefined {
  return event.kind === 'bookmark' ? event.version : event.object.metadata?.resourceVersion;
}
