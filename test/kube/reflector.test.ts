import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import { ApiError, TransportError } from '../../src/kube/errors.ts';
import type { HttpOptions } from '../../src/kube/http.ts';
import { reflect, type ReflectorEvent, type ReflectorOptions } from '../../src/kube/reflector.ts';
import {
  added,
  bookmark,
  configMap,
  CUT,
  deleted,
  failed,
  hang,
  json,
  list,
  modified,
  SILENCE,
  status,
  text,
  torn,
  watch,
} from '../support/answers.ts';
import { type Answer, ApiServer } from '../support/api-server.ts';
import { takenByNode } from '../support/node-timers.ts';

const PATH = '/api/v1/configmaps';
const [a, b, c] = [configMap('a', '5'), configMap('b', '5'), configMap('c', '5')];

let api: ApiServer;
let client: Client;
/** Milliseconds on the reflector's clock, which stands still but for its own pauses and `later`. */
let time: number;
let pauses: number[];
let stop: AbortController;

beforeEach(async () => {
  api = await ApiServer.start();
  client = new Client(api.kubeConfig(), 'test-manager');
  [time, pauses, stop] = [0, [], new AbortController()];
});

afterEach(async () => {
  stop.abort();
  client.close();
  await api.close();
});

/** Of a watch: it has lived long enough to count as one. */
const later = () => {
  time += 2000;
};

function start(options: ReflectorOptions = {}, labelSelector?: string) {
  const clock = {
    now: () => time,
    pause: async (ms: number) => {
      pauses.push(takenByNode(ms));
      time += ms;
    },
  };
  const source = { client, path: PATH, ...(labelSelector !== undefined && { labelSelector }) };
  return reflect(source, stop.signal, { clock, random: () => 1, ...options });
}

/** The first events of the reflector, in words; then it is stopped. */
async function take(count: number, options?: ReflectorOptions): Promise<string[]> {
  const events: string[] = [];
  for await (const event of start(options)) {
    events.push(inWords(event));
    if (events.length === count) break;
  }
  return events;
}

const nameOf = ({ metadata }: { readonly metadata?: { readonly name?: string; readonly resourceVersion?: string } }) =>
  `${metadata?.name} ${metadata?.resourceVersion}`;

function inWords(event: ReflectorEvent): string {
  switch (event.kind) {
    case 'page':
      return `page [${event.items.map(nameOf).join(', ')}]`;
    case 'replace':
      return `replace [${event.items.map(nameOf).join(', ')}] at ${event.version}`;
    case 'apply':
    case 'delete':
      return `${event.kind} ${nameOf(event.object)}`;
    case 'bookmark':
      return `bookmark ${event.version}`;
    case 'error':
      return `error: ${errorInWords(event.error)}`;
  }
}

function errorInWords(error: unknown): string {
  if (error instanceof ApiError) return String(error.code);
  return error instanceof TransportError ? 'no answer' : (error as Error).message.replace(PATH, 'them');
}

const listed = 'replace [a 5, b 5] at 9';
const lists = () => api.requestsFor('GET', PATH);
const watches = () => api.requestsFor('WATCH', PATH);
const versions = () => watches().map(({ query }) => query['resourceVersion']);

/** Both are listed well, and watched by these answers. */
const listsThen = (...answers: readonly Answer[]) => {
  api.on('GET', PATH, list([a, b], '9')).on('WATCH', PATH, ...answers);
};

describe('reflect: a list', () => {
  test('a list is yielded page by page, and the last page has the version and the earlier keys', async () => {
    api.on('GET', PATH, list([a], '9', 'page two'), list([b], '9', 'page three'), list([c], '9'));
    const events: ReflectorEvent[] = [];
    for await (const event of start()) if (events.push(event) === 3) break;
    expect(events.map(inWords)).toEqual(['page [a 5]', 'page [b 5]', 'replace [c 5] at 9']);
    expect(events[2]).toMatchObject({ earlier: new Set(['shop/a', 'shop/b']) });
    expect(lists().map(({ query }) => query)).toEqual([
      { limit: '500' },
      { limit: '500', continue: 'page two' },
      { limit: '500', continue: 'page three' },
    ]);
  });

  test('a list whose version expires between pages starts again', async () => {
    api.on('GET', PATH, list([a], '9', 'page two'), status(410, 'Expired'), list([a, b], '12'));
    expect(await take(3)).toEqual(['page [a 5]', 'error: 410', 'replace [a 5, b 5] at 12']);
    expect(lists().map(({ query }) => query['continue'])).toEqual([undefined, 'page two', undefined]);
  });

  test.for<[string, unknown]>([
    ['null for its items', { metadata: { resourceVersion: '9' }, items: null }],
    ['no items', { metadata: { resourceVersion: '9' }, items: [] }],
  ])('a list with %s is empty', async ([, body]) => {
    api.on('GET', PATH, json(body));
    expect(await take(1)).toEqual(['replace [] at 9']);
  });

  test('a list has the label selector, and the watch too', async () => {
    api.on('GET', PATH, list([a], '9', 'more'), list([], '9')).on('WATCH', PATH, watch(bookmark('10')));
    const reflector = start({}, 'dbpool.dev/probe');
    for (let event = 0; event < 3; event += 1) await reflector.next();
    expect(api.requests.map(({ query }) => query['labelSelector'])).toEqual(Array(3).fill('dbpool.dev/probe'));
  });

  const metadata = { resourceVersion: '9' };
  test.for<[string, Answer, string]>([
    ['503', status(503, 'ServiceUnavailable'), '503'],
    ['401', status(401, 'Unauthorized'), '401'],
    ['403', status(403, 'Forbidden'), '403'],
    ['a torn connection', torn, 'no answer'],
    ['a page of a proxy', text(200, '<html>'), 'no answer'],
    ['null', json(null), 'no answer'],
    ['an empty object', json({}), 'list them: the response is not a list'],
    ['an array', json([a]), 'list them: the response is not a list'],
    ['a Status', json({ kind: 'Status', metadata: {}, status: 'Success' }), 'list them: the response is not a list'],
    ['no version', json({ metadata: {}, items: [a] }), 'list them: the response is not a list'],
    [
      'a version of another type',
      json({ metadata: { resourceVersion: 9 }, items: [a] }),
      'list them: the response is not a list',
    ],
    ['no items', json({ metadata }), 'list them: the response is not a list'],
    ['text for its items', json({ metadata, items: 'ab' }), 'list them: the response is not a list'],
    ['an object for its items', json({ metadata, items: { a } }), 'list them: the response is not a list'],
    ['null among its items', json({ metadata, items: [a, null] }), 'list them: the response is not a list'],
    ['an item without a name', json({ metadata, items: [{ metadata: {} }] }), 'list them: the response is not a list'],
  ])('a list that gets %s is an error, and tried again', async ([, answer, error]) => {
    api.on('GET', PATH, answer, answer, list([a, b], '9'));
    expect(await take(3)).toEqual([`error: ${error}`, `error: ${error}`, listed]);
    expect(pauses).toEqual([800, 1600]);
  });

  test('a list without a response is given up, and tried again', async () => {
    client = new Client(api.kubeConfig(), 'test-manager', { timeoutMs: 300 } satisfies HttpOptions);
    api.on('GET', PATH, hang, list([a, b], '9'));
    expect(await take(2)).toEqual(['error: no answer', listed]);
  });

  test('a list waits as long as the server asks to', async () => {
    api.on('GET', PATH, status(429, 'TooManyRequests', 7), list([a, b], '9'));
    expect(await take(2)).toEqual(['error: 429', listed]);
    expect(pauses).toEqual([7000]);
  });
});

describe('reflect: a watch', () => {
  test('a watch yields each event, and the next one goes on from the last', async () => {
    const events = [
      added(configMap('c', '10')),
      modified(configMap('a', '11')),
      deleted(configMap('b', '12')),
      bookmark('20'),
    ];
    listsThen(watch(...events, later), watch(later), watch(modified(configMap('a', '21'))));
    expect(await take(6)).toEqual([listed, 'apply c 10', 'apply a 11', 'delete b 12', 'bookmark 20', 'apply a 21']);
    expect(versions()).toEqual(['9', '20', '20']);
    expect(lists()).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  test('a watch asks for bookmarks, and for an end after 300 to 600 seconds', async () => {
    const randoms = [0, 0.5, 1];
    listsThen(watch(later), watch(later), watch(bookmark('10')));
    await take(2, { random: () => randoms.shift() ?? 0 });
    expect(watches().map(({ query }) => query['timeoutSeconds'])).toEqual(['300', '450', '600']);
    expect(watches().map(({ query }) => query['allowWatchBookmarks'])).toEqual(['true', 'true', 'true']);
  });

  const noEvent = (type: string) => `watch them: a line of type ${type} is not an event`;
  const next = watch(modified(configMap('a', '11')));
  const first = added(configMap('c', '10'));
  test.for<[string, Answer, string]>([
    ['gets 500', status(500, 'InternalError'), '500'],
    ['gets 403', status(403, 'Forbidden'), '403'],
    ['is torn before its response', torn, 'no answer'],
    ['is cut', watch(later, CUT), 'no answer'],
    ['is cut in the middle of a line', watch(later, first.slice(0, 40), CUT), 'no answer'],
    ['ends at once', watch(), 'watch them: ended at once'],
    ['ends in the middle of a line, at once', watch(first.slice(0, 40)), 'watch them: ended at once'],
    ['gets an ERROR event', watch(later, failed(500, 'InternalError')), '500'],
    ['gets an ERROR event without a Status', watch('{"type":"ERROR","object":null}\n'), '0'],
    [
      'gets an event of an unknown type',
      watch('{"type":"RENAMED","object":{"metadata":{"name":"x"}}}\n'),
      noEvent('RENAMED'),
    ],
    ['gets an event without an object', watch('{"type":"ADDED"}\n'), noEvent('ADDED')],
    ['gets an event of an object without a name', watch('{"type":"ADDED","object":{}}\n'), noEvent('ADDED')],
    ['gets an event of text', watch('{"type":"DELETED","object":"x"}\n'), noEvent('DELETED')],
    ['gets a bookmark without a version', watch('{"type":"BOOKMARK","object":{}}\n'), noEvent('BOOKMARK')],
    ['gets null for a line', watch('null\n'), noEvent('undefined')],
  ])('a watch that %s is opened again at the same version', async ([, answer, error]) => {
    listsThen(answer, answer, next);
    expect(await take(4)).toEqual([listed, `error: ${error}`, `error: ${error}`, 'apply a 11']);
    expect(versions()).toEqual(['9', '9', '9']);
    expect(pauses).toEqual([800, 1600]);
  });

  test('a watch with a line that is no JSON is opened again', async () => {
    listsThen(watch('<html>\n'), next);
    const events = await take(3);
    expect(events[1]).toMatch(/^error: .*JSON/);
    expect(events[2]).toBe('apply a 11');
  });

  test.for<[string, Answer]>([
    ['an event', watch(later, failed(410, 'Expired'))],
    ['the answer', status(410, 'Gone')],
  ])('a watch whose version is too old by %s is followed by a list', async ([, answer]) => {
    api.on('GET', PATH, list([a], '9'), list([b], '30')).on('WATCH', PATH, answer, watch(bookmark('31')));
    expect(await take(4)).toEqual(['replace [a 5] at 9', 'error: 410', 'replace [b 5] at 30', 'bookmark 31']);
    expect(versions()).toEqual(['9', '30']);
  });

  test('a watch that falls silent is given up, and followed by a list', async () => {
    listsThen(watch(first, SILENCE), watch(later, bookmark('11')));
    const events = await take(5, { idleTimeoutMs: 100 });
    expect(events).toEqual([listed, 'apply c 10', 'error: no answer', listed, 'bookmark 11']);
    expect(versions()).toEqual(['9', '9']);
  });

  test('a watch without a response is given up, and opened again', async () => {
    client = new Client(api.kubeConfig(), 'test-manager', { timeoutMs: 300 });
    listsThen(hang, watch(bookmark('11')));
    expect(await take(3)).toEqual([listed, 'error: no answer', 'bookmark 11']);
  });

  test('a watch decodes characters that are cut between two chunks', async () => {
    const line = Buffer.from(added(configMap('c', '10', { data: { city: 'Köln 🏙' } })));
    const cut = line.indexOf('🏙') + 2;
    const hasBookmark = Promise.withResolvers<void>();
    const pieces = [Buffer.concat([Buffer.from(bookmark('10')), line.subarray(0, cut)]), line.subarray(cut)] as const;
    listsThen(watch(pieces[0], () => hasBookmark.promise, pieces[1], SILENCE));
    for await (const event of start()) {
      if (event.kind === 'bookmark') hasBookmark.resolve();
      if (event.kind !== 'apply') continue;
      expect(event.object).toMatchObject({ data: { city: 'Köln 🏙' } });
      break;
    }
  });

  test('a watch goes on from the last version once a server that was away is back', async () => {
    listsThen(watch(bookmark('10'), later, CUT), watch(bookmark('11')));
    const reflector = start({
      clock: {
        now: () => time,
        pause: async (ms) => {
          pauses.push(takenByNode(ms));
          await (pauses.length === 1 ? api.close() : api.listen());
        },
      },
    });
    const events: string[] = [];
    for await (const event of reflector) if (events.push(inWords(event)) === 5) break;
    expect(events).toEqual([listed, 'bookmark 10', 'error: no answer', 'error: no answer', 'bookmark 11']);
    expect(versions()).toEqual(['9', '10']);
    expect(lists()).toHaveLength(1);
  });
});

describe('reflect: a server that ends each watch at once', () => {
  test.for<[string, Answer]>([
    ['without an event', watch()],
    ['after an event', watch(modified(configMap('a', '10')))],
    ['with an error', watch(failed(500, 'InternalError'))],
    ['after an event, with an error', watch(modified(configMap('a', '10')), failed(500, 'InternalError'))],
  ])('a server that ends each watch %s gets fewer and fewer requests', async ([, answer]) => {
    listsThen(answer);
    for await (const event of start()) if (event.kind === 'error' && pauses.length === 9) break;
    expect(pauses).toEqual([800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000, 30_000]);
    expect(watches()).toHaveLength(10);
    expect(lists()).toHaveLength(1);
  });

  test('the backoff starts again once a watch lived and delivered something', async () => {
    listsThen(watch(), watch(), watch(later, bookmark('10')), watch(), watch(bookmark('11')));
    expect(await take(6)).toEqual([
      listed,
      'error: watch them: ended at once',
      'error: watch them: ended at once',
      'bookmark 10',
      'error: watch them: ended at once',
      'bookmark 11',
    ]);
    expect(pauses).toEqual([800, 1600, 800]);
  });
});

describe('reflect: an abort', () => {
  /** Stops once the call has come in, and gives the events until the reflector had ended by itself. */
  async function untilStopped(verb: 'GET' | 'WATCH'): Promise<string[]> {
    void api.received(verb, PATH).then(() => stop.abort());
    const events: string[] = [];
    for await (const event of start()) events.push(inWords(event));
    return events;
  }

  test('an abort during a list opens no watch', async () => {
    const isStopped = new Promise((resolve) => {
      stop.signal.addEventListener('abort', resolve);
    });
    api.on('GET', PATH, async (exchange) => {
      await isStopped;
      await list([a], '9')(exchange);
    });
    expect(await untilStopped('GET')).toEqual([]);
    expect(watches()).toEqual([]);
  });

  test('an abort between two pages requests no more', async () => {
    api.on('GET', PATH, async (exchange) => {
      stop.abort();
      await list([a], '9', 'more')(exchange);
    });
    expect(await untilStopped('GET')).toEqual([]);
    expect(lists()).toHaveLength(1);
  });

  test('an abort between list and watch opens no watch', async () => {
    listsThen(watch(SILENCE));
    for await (const event of start()) {
      expect(inWords(event)).toBe(listed);
      stop.abort();
    }
    expect(watches()).toEqual([]);
  });

  test('an abort during a watch is no error, and leaves no connection', async () => {
    listsThen(watch(SILENCE));
    expect(await untilStopped('WATCH')).toEqual([listed]);
    client.close();
    await expect.poll(() => api.openConnections).toBe(0);
  });

  test('an abort in a pause sends no more requests', async () => {
    api.on('GET', PATH, status(503, 'ServiceUnavailable'));
    const clock = { now: () => time, pause: async () => stop.abort() };
    const events: string[] = [];
    for await (const event of start({ clock })) events.push(inWords(event));
    expect(events).toEqual(['error: 503']);
    expect(lists()).toHaveLength(1);
  });

  test('an aborted signal sends no request at all', async () => {
    stop.abort();
    expect(await take(1)).toEqual([]);
    expect(api.requests).toEqual([]);
  });

  test('an abort ends the pause of the real clock, however long the server asked to wait', async () => {
    api.on('GET', PATH, status(429, 'TooManyRequests', 60));
    const events: string[] = [];
    for await (const event of reflect({ client, path: PATH }, stop.signal)) {
      events.push(inWords(event));
      setImmediate(() => stop.abort());
    }
    expect(events).toEqual(['error: 429']);
  });
});
