/**
 * Lists and watches one kind of object for ever. It never throws and ends only by its signal; what goes wrong is told
 * as `trouble` and tried again after a pause (client-node's informer ends on the first failed list and hangs on a silent
 * watch: its issues 447, 596 and 1933).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Backoff, delayAfter } from '../runtime/backoff.ts';
import type { Client } from './client.ts';
import { ApiError, type StatusBody } from './errors.ts';
import type { KubeObject } from './types.ts';

export type ReflectorEvent =
  /** All that there is at a version; what is not in it is gone. */
  | { readonly kind: 'replace'; readonly items: readonly KubeObject[]; readonly version: string }
  | { readonly kind: 'apply'; readonly object: KubeObject }
  | { readonly kind: 'delete'; readonly object: KubeObject }
  /** The server was heard: up to this version nothing else changed. */
  | { readonly kind: 'heard'; readonly version: string }
  | { readonly kind: 'trouble'; readonly error: unknown; readonly retryInMs: number };

export type Source = { readonly client: Client; readonly path: string; readonly labelSelector?: string };

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
  for await (const { type, object } of watch(source, position.version, signal, watchSeconds(random()), silenceMs)) {
    const event = eventOf(type, object);
    position.version = object.metadata?.resourceVersion ?? position.version;
    if (!isVeryShort()) position.failures = 0;
    yield event;
  }
  if (isVeryShort()) throw new Error(`watch ${source.path}: ended at once`);
}

type ListBody = {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  /** Go writes an empty list as null at times. */
  readonly items?: readonly KubeObject[] | null;
};

async function list({ client, path, labelSelector }: Source, signal: AbortSignal) {
  const items: KubeObject[] = [];
  let version = '';
  let next: string | undefined;
  do {
    const query = {
      limit: String(PAGE_SIZE),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(next !== undefined && { continue: next }),
    };
    const { metadata, items: page } = await client.json<ListBody>({ method: 'GET', path, query }, signal);
    // Anything else that parses would read as: all is gone.
    if (!metadata?.resourceVersion || page === undefined) throw new Error(`list ${path}: the answer is no list`);
    for (const item of page ?? []) items.push(item);
    version = metadata.resourceVersion;
    next = metadata.continue === '' ? undefined : metadata.continue;
  } while (next !== undefined);
  return { items, version };
}

type WatchEvent = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: KubeObject };

async function* watch(
  { client, path, labelSelector }: Source,
  resourceVersion: string,
  signal: AbortSignal,
  seconds: number,
  silenceMs: number,
): AsyncGenerator<WatchEvent> {
  const query = {
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion,
    timeoutSeconds: String(seconds),
    ...(labelSelector !== undefined && { labelSelector }),
  };
  const deadline = AbortSignal.any([signal, AbortSignal.timeout((seconds + 5) * 1000)]);
  const { body } = await client.open({ method: 'GET', path, query, bodyTimeoutMs: silenceMs }, deadline);
  for await (const line of lines(body)) {
    const event = JSON.parse(line) as WatchEvent | { readonly type: 'ERROR'; readonly object: StatusBody };
    if (event.type === 'ERROR') throw new ApiError(`watch ${path}`, event.object);
    yield event;
  }
}

/** Whole lines of a stream. A half one at its end was cut off and is not given out. */
async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts.filter((line) => line !== '');
  }
}

function eventOf(type: WatchEvent['type'], object: KubeObject): ReflectorEvent {
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
      return { kind: 'apply', object };
    case 'DELETED':
      return { kind: 'delete', object };
    case 'BOOKMARK':
      return { kind: 'heard', version: object.metadata?.resourceVersion ?? '' };
    default:
      throw new Error(`watch: an event of unknown type ${String(type)}`);
  }
}
