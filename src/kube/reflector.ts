/**
 * Lists and watches one kind of object for ever. It never throws and ends only by its signal; what goes wrong is told
 * as `trouble` and tried again after a pause (client-node's informer ends on the first failed list and hangs on a silent
 * watch: its issues 447, 596 and 1933).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, delayAfter } from '../runtime/backoff.ts';
import type { Client } from './client.ts';
import { ApiError } from './errors.ts';
import { isNamed, type KubeObject, type NamedObject } from './types.ts';

export type ReflectorEvent =
  /** All that there is at a version; what is not in it is gone. */
  | { readonly kind: 'replace'; readonly items: readonly KubeObject[]; readonly version: string }
  | { readonly kind: 'apply'; readonly object: KubeObject }
  | { readonly kind: 'delete'; readonly object: KubeObject }
  /** The server was heard: up to this version nothing else changed. */
  | { readonly kind: 'heard'; readonly version: string }
  | { readonly kind: 'trouble'; readonly error: unknown; readonly retryInMs: number };

export type Source = {
  readonly client: Client;
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};

export type ReflectorOptions = {
  /** The API server sends a bookmark about once a minute: a watch that says nothing for two is dead. */
  readonly silenceMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
};

export type Clock = {
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
  /** Resolves after the pause, or sooner with the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
};

const PAGE_SIZE = 500;
const BACKOFF: Backoff = { firstMs: 800, longestMs: 30_000 };

/**
 * A watch that ends sooner than this counts as a failure, and what it said proves nothing of the server's health, so that
 * a broken server isn't asked in a loop.
 */
const VERY_SHORT_MS = 1000;

const CLOCK: Clock = {
  now: () => performance.now(),
  pause: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

/** Seconds after which the server is asked to end a watch: spread, so that all watches do not begin anew together. */
const watchSeconds = (random: number) => Math.round(300 + 300 * random);

/** Where the reflector stands: the version to go on from (none: list first), and its failures in a row. */
type Position = { version: string | undefined; failures: number };

export async function* reflect(
  source: Source,
  signal: AbortSignal,
  { silenceMs = 120_000, clock = CLOCK, random = Math.random }: ReflectorOptions = {},
): AsyncGenerator<ReflectorEvent, void> {
  const options = { silenceMs, clock, random };
  const position: Position = { version: undefined, failures: 0 };
  while (!signal.aborted) {
    try {
      yield* listThenWatch(source, position, signal, options);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.isGone) position.version = undefined;
      position.failures += 1;
      const asked = error instanceof ApiError ? error.retryAfterMs : 0;
      const retryInMs = Math.max(asked, delayAfter(position.failures, BACKOFF, random()));
      yield { kind: 'trouble', error, retryInMs };
      await clock.pause(retryInMs, signal);
    }
  }
}

/** One list where there is no version to go on from, and one watch to its end. Moves `position` along. */
async function* listThenWatch(
  source: Source,
  position: Position,
  signal: AbortSignal,
  { silenceMs, clock, random }: Required<ReflectorOptions>,
): AsyncGenerator<ReflectorEvent, void> {
  if (position.version === undefined) {
    const { items, version } = await list(source, signal);
    position.version = version;
    yield { kind: 'replace', items, version };
  }
  const startedAt = clock.now();
  const isVeryShort = () => clock.now() - startedAt < VERY_SHORT_MS;
  for await (const event of watch(source, position.version, signal, watchSeconds(random()), silenceMs)) {
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

async function list({ client, path, labelSelector, fieldSelector }: Source, signal: AbortSignal) {
  const items: NamedObject[] = [];
  let version = '';
  let next: string | undefined;
  do {
    const query = {
      limit: String(PAGE_SIZE),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
      ...(next !== undefined && { continue: next }),
    };
    const { metadata, items: page } = await client.json<ListBody>({ method: 'GET', path, query }, signal);
    // Anything else that parses would read as: all is gone.
    if (!isText(metadata?.resourceVersion) || !isPage(page)) throw new Error(`list ${path}: the answer is no list`);
    for (const item of page ?? []) items.push(item);
    version = metadata.resourceVersion;
    next = isText(metadata.continue) ? metadata.continue : undefined;
  } while (next !== undefined);
  return { items, version };
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Go writes an empty list as null at times. */
const isPage = (value: unknown): value is readonly NamedObject[] | null =>
  value === null || (Array.isArray(value) && value.every(isNamed));

async function* watch(
  { client, path, labelSelector, fieldSelector }: Source,
  resourceVersion: string,
  signal: AbortSignal,
  seconds: number,
  silenceMs: number,
): AsyncGenerator<WatchedEvent> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(seconds),
    ...(labelSelector !== undefined && { labelSelector }),
    ...(fieldSelector !== undefined && { fieldSelector }),
  };
  const deadline = AbortSignal.any([signal, AbortSignal.timeout((seconds + 5) * 1000)]);
  const call = { method: 'GET', path, query, bodyTimeoutMs: silenceMs } as const;
  for await (const line of client.lines(call, deadline)) yield eventOf(path, line);
}

type WatchedEvent = Extract<ReflectorEvent, { kind: 'apply' | 'delete' | 'heard' }>;

const KINDS: ReadonlyMap<unknown, WatchedEvent['kind']> = new Map([
  ['ADDED', 'apply'],
  ['MODIFIED', 'apply'],
  ['DELETED', 'delete'],
  ['BOOKMARK', 'heard'],
]);

/** What a line of a watch says. One that cannot be understood ends the watch, so that nothing after it is believed. */
function eventOf(path: string, line: string): WatchedEvent {
  const { type, object } = (JSON.parse(line) ?? {}) as { readonly type?: unknown; readonly object?: unknown };
  if (type === 'ERROR') throw new ApiError(`watch ${path}`, object ?? {});
  const kind = KINDS.get(type);
  if (kind === 'heard') {
    const version = (object as KubeObject | null | undefined)?.metadata?.resourceVersion;
    if (isText(version)) return { kind, version };
  } else if (kind !== undefined && isNamed(object)) {
    return { kind, object };
  }
  throw new Error(`watch ${path}: a line of type ${String(type)} is no event`);
}

function versionOf(event: WatchedEvent): string | undefined {
  return event.kind === 'heard' ? event.version : event.object.metadata?.resourceVersion;
}
