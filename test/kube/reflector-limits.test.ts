import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import { reflect, type ReflectorEvent } from '../../src/kube/reflector.ts';
import { bookmark, configMap, failed, list, SILENCE, status, text, watch } from '../support/answers.ts';
import { type Answer, ApiServer } from '../support/api-server.ts';

const PATH = '/api/v1/configmaps';
const a = configMap('a', '5');

let api: ApiServer;
let client: Client;
let stop: AbortController;

beforeEach(async () => {
  api = await ApiServer.start();
  client = new Client(api.kubeConfig(), 'test-manager', { maxResponseBytes: 1000 });
  stop = new AbortController();
});

afterEach(async () => {
  stop.abort();
  client.close();
  await api.close();
});

/** The first things that the reflector tells. Its pauses take no time. */
async function take(count: number): Promise<readonly ReflectorEvent[]> {
  let time = 0;
  const clock = { now: () => (time += 2000), pause: async () => undefined };
  const events: ReflectorEvent[] = [];
  for await (const event of reflect({ client, path: PATH }, stop.signal, { clock, idleTimeoutMs: 100 })) {
    events.push(event);
    if (events.length === count) break;
  }
  return events;
}

const kinds = (events: readonly ReflectorEvent[]) => events.map(({ kind }) => kind);
const asked = (verb: 'GET' | 'WATCH', parameter: string) =>
  api.requestsFor(verb, PATH).map(({ query }) => query[parameter]);

describe('reflect: a list', () => {
  test('a list with endless pages is given up, and tried again', { timeout: 30_000 }, async () => {
    const endless = list([], '9', 'more');
    api.on('GET', PATH, ...Array.from({ length: 2000 }, () => endless), list([a], '9'));
    const [failed, replaced] = await take(2);
    expect(failed).toMatchObject({ error: { message: `list ${PATH}: no end after 2000 pages` } });
    expect(replaced).toMatchObject({ kind: 'replace', items: [a] });
  });

  test('a list with too large a page is tried in smaller pages, down to one object', async () => {
    const full = text(200, 'x'.repeat(1001));
    api.on('GET', PATH, full, full, full, full, full, full, list([a], '9'));
    expect(kinds(await take(7))).toEqual([...Array(6).fill('error'), 'replace']);
    expect(asked('GET', 'limit')).toEqual(['500', '125', '32', '8', '2', '1', '1']);
  });
});

describe('reflect: a server that was restored from an older backup', () => {
  const goesOn = watch(bookmark('10'), SILENCE);

  test.for<[string, Answer]>([
    ['refuses to watch from its future', status(504, 'Timeout')],
    ['says so in the watch', watch(failed(504, 'Timeout'))],
  ])('a restored server that %s is listed again', async ([, rejection]) => {
    api.on('GET', PATH, list([a], '900'), list([a], '9')).on('WATCH', PATH, rejection, rejection, rejection, goesOn);
    expect(kinds(await take(6))).toEqual(['replace', 'error', 'error', 'error', 'replace', 'bookmark']);
    expect(asked('WATCH', 'resourceVersion')).toEqual(['900', '900', '900', '9']);
  });

  test('a restored server that is silent until it has come as far is listed again', async () => {
    api.on('GET', PATH, list([a], '900'), list([a], '9')).on('WATCH', PATH, watch(SILENCE), goesOn);
    expect(kinds(await take(4))).toEqual(['replace', 'error', 'replace', 'bookmark']);
    expect(asked('WATCH', 'resourceVersion')).toEqual(['900', '9']);
  });
});

test('reflect: an overloaded server gets no lists instead of watches', async () => {
  api.on('GET', PATH, list([a], '9')).on('WATCH', PATH, status(429, 'TooManyRequests'));
  expect(kinds(await take(6))).toEqual(['replace', ...Array(5).fill('error')]);
  expect(asked('GET', 'limit')).toHaveLength(1);
});
