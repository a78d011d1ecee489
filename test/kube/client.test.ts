import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import { ResponseTooLargeError, ApiError, TransportError, NotLeadingError } from '../../src/kube/errors.ts';
import type { ApiRequest, HttpOptions } from '../../src/kube/http.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { configMap, hang, json, status, text, torn } from '../support/answers.ts';
import { type Answer, ApiServer } from '../support/api-server.ts';

const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' } as const;
const COLLECTION = collectionPath(CONFIG_MAPS, 'shop');
const OBJECT = objectPath(CONFIG_MAPS, 'shop', 'a');
const STATUS = `${OBJECT}/status`;
const READ: ApiRequest = { method: 'GET', path: OBJECT };
const never = new AbortController().signal;

let api: ApiServer;
let clients: Client[];

beforeEach(async () => {
  api = await ApiServer.start();
  api.otherwise = json(configMap('a'));
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.close();
  await api.close();
});

function client(options: HttpOptions = {}): Client {
  const made = new Client(api.kubeConfig(), 'test-manager', options);
  clients.push(made);
  return made;
}

/** What the call failed with. */
const errorOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    (answer) => expect.fail(`it came to ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );

describe('Client: connections', () => {
  // The end of an answer is known a moment before its connection is free: a call just then has a second one opened.
  test('a hundred requests in sequence use at most two connections', async () => {
    const one = client();
    for (let call = 0; call < 100; call += 1) await one.request(READ, never);
    expect(api.requests).toHaveLength(100);
    expect(api.connections).toBeLessThanOrEqual(2);
  });

  test('concurrent requests use one connection each, and the next ones reuse them', async () => {
    const one = client();
    const calls = () => Promise.all(Array.from({ length: 4 }, () => one.request(READ, never)));
    for (let round = 0; round < 10; round += 1) await calls();
    expect(api.requests).toHaveLength(40);
    expect(api.connections).toBeLessThanOrEqual(8);
  });

  test('a connection speaks HTTP/1.1 to a server that prefers HTTP/2', async () => {
    await client().request(READ, never);
    expect(api.requests.map(({ protocol }) => protocol)).not.toContain('h2');
  });

  test('a connection is kept after a rejected request', async () => {
    api.on('GET', OBJECT, status(403, 'Forbidden'));
    const one = client();
    for (let call = 0; call < 20; call += 1) await errorOf(one.request(READ, never));
    expect(api.connections).toBeLessThanOrEqual(2);
  });
});

describe('Client: a request without a complete response', () => {
  const headersThen =
    (then: Answer, body = '{"kind":"Config'): Answer =>
    async (exchange) => {
      exchange.response.writeHead(200, { 'content-type': 'application/json', 'content-length': '500' });
      await new Promise((sent) => exchange.response.write(body, sent));
      await then(exchange);
    };

  test.for<[string, Answer]>([
    ['is silent', hang],
    ['sends half a body and then nothing', headersThen(hang)],
    ['rejects it with half a body and then nothing', ({ response }) => void response.writeHead(500).write('{"ki')],
  ])('a request ends at its deadline where the server %s', async ([, answer]) => {
    api.otherwise = answer;
    const error = await errorOf(client({ timeoutMs: 100 }).request(READ, never));
    expect(error).toBeInstanceOf(TransportError);
    expect((error as TransportError).message).toBe(`GET ${OBJECT}: no complete response`);
    expect(String((error as TransportError).cause)).toMatch(/timeout/i);
  });

  test('a request ends at its deadline where the connection is never established', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      mute.once('listening', resolve);
    });
    const config = api.kubeConfig();
    const { port } = mute.address() as AddressInfo;
    config.clusters = config.clusters.map((cluster) => ({ ...cluster, server: `https://127.0.0.1:${port}` }));
    const one = new Client(config, 'test-manager', { timeoutMs: 50 });
    clients.push(one);
    expect(await errorOf(one.request(READ, never))).toBeInstanceOf(TransportError);
    mute.close();
  });

  test.for<[string, Answer]>([
    ['the connection is torn before it', torn],
    ['the connection is torn in the middle of it', headersThen(torn)],
    ['it is no JSON', text(200, '<html>Welcome</html>')],
    ['it is empty', text(200, '')],
    ['it is JSON and no object', text(200, '"welcome"')],
    ['it is null', text(200, 'null')],
  ])('a request fails with a TransportError where %s', async ([, answer]) => {
    api.otherwise = answer;
    const error = await errorOf(client().request(READ, never));
    expect(error).toMatchObject({ name: 'TransportError', message: `GET ${OBJECT}: no complete response` });
    expect((error as TransportError).cause).toBeInstanceOf(Error);
  });

  test('a request fails with a TransportError where nothing listens, and the next one succeeds once a server does', async () => {
    const one = client();
    await api.close();
    expect(await errorOf(one.request(READ, never))).toMatchObject({
      name: 'TransportError',
      cause: { code: 'ECONNREFUSED' },
    });
    await api.listen();
    expect(await one.request(READ, never)).toMatchObject({ kind: 'ConfigMap' });
  });
});

describe('Client: a response larger than the limit', () => {
  const large = JSON.stringify({ kind: 'ConfigMap', data: 'x'.repeat(2000) });

  test.for<[string, Answer]>([
    ['a response', text(200, large)],
    ['the response of a rejection', text(500, large)],
    // Read to its end, the request would never end.
    ['a response without an end', ({ response }) => void response.writeHead(200).write(large)],
  ])('%s that is too large is given up', async ([, answer]) => {
    api.otherwise = answer;
    const error = await errorOf(client({ maxResponseBytes: 1000 }).request(READ, never));
    expect(error).toBeInstanceOf(TransportError);
    expect((error as TransportError).cause).toBeInstanceOf(ResponseTooLargeError);
  });

  test('a stream ends where one line is too large', async () => {
    api.otherwise = ({ response }) => void response.writeHead(200).write(`{"a":1}\n${large}`);
    const lines: string[] = [];
    const read = async () => {
      for await (const line of client({ maxResponseBytes: 1000 }).streamLines(READ, never)) lines.push(line);
    };
    expect(await errorOf(read())).toMatchObject({ cause: { name: 'ResponseTooLargeError' } });
    expect(lines).toEqual(['{"a":1}']);
  });

  test('a response as large as the limit is read', async () => {
    api.otherwise = text(200, large);
    expect(await client({ maxResponseBytes: large.length }).request(READ, never)).toMatchObject({ kind: 'ConfigMap' });
  });
});

describe('Client: the signal of the caller', () => {
  test('an abort ends a request in flight', async () => {
    api.otherwise = hang;
    const stop = new AbortController();
    const error = errorOf(client().request(READ, stop.signal));
    await api.received('GET', OBJECT);
    stop.abort(new Error('stopped'));
    expect(await error).toMatchObject({ name: 'TransportError', cause: { message: 'stopped' } });
  });

  test('an aborted signal keeps a request from being sent', async () => {
    expect(await errorOf(client().request(READ, AbortSignal.abort()))).toBeInstanceOf(TransportError);
    expect(api.requests).toEqual([]);
  });
});

describe('ApiError', () => {
  const rejection = async (answer: Answer) => {
    api.otherwise = answer;
    const error = await errorOf(client().request(READ, never));
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  };

  test('an ApiError names the method, the path, the code and the reason', async () => {
    expect(await rejection(status(403, 'Forbidden'))).toMatchObject({
      message: `GET ${OBJECT}: 403 Forbidden: Forbidden, as scripted`,
      code: 403,
      reason: 'Forbidden',
      retryAfterMs: 0,
    });
  });

  test.for<[string, string, string, string]>([
    ['a page of a proxy', '<html>Bad Gateway</html>', 'Unknown', '<html>Bad Gateway</html>'],
    ['nothing', '', 'Unknown', ''],
    ['JSON that is no object', '"no"', 'Unknown', '"no"'],
    ['null', 'null', 'Unknown', 'null'],
    ['a list', '[1]', 'Unknown', '[1]'],
    ['fields of other types', '{"code":"200","reason":{},"message":[1],"details":"x"}', 'Unknown', ''],
    ['null in each field', '{"code":null,"reason":null,"message":null,"details":null}', 'Unknown', ''],
    ['another code', '{"code":200,"reason":"Odd","message":"as it is"}', 'Odd', 'as it is'],
    ['longer than a message may be', 'x'.repeat(5000), 'Unknown', 'x'.repeat(1000)],
  ])('an ApiError keeps the HTTP status where the body is %s', async ([, body, reason, message]) => {
    expect(await rejection(text(502, body))).toMatchObject({
      code: 502,
      reason,
      message: `GET ${OBJECT}: 502 ${reason}: ${message}`,
    });
  });

  test.for<[string, Answer, number]>([
    ['a number', status(429, 'TooManyRequests', 7), 7000],
    ['longer than the longest wait', status(429, 'TooManyRequests', 86_400), 60_000],
    ['more than a number holds', status(429, 'TooManyRequests', '1e999'), 60_000],
    ['missing', status(429, 'TooManyRequests'), 0],
    ['garbage', status(429, 'TooManyRequests', 'soon'), 0],
    ['a date', status(429, 'TooManyRequests', 'Wed, 21 Oct 2026 07:28:00 GMT'), 0],
    ['negative', status(429, 'TooManyRequests', -5), 0],
    ['in the Status alone', text(429, '{"details":{"retryAfterSeconds":3}}'), 3000],
    ['in the Status of another type', text(429, '{"details":{"retryAfterSeconds":"3"}}'), 0],
    ['in both', text(429, '{"details":{"retryAfterSeconds":3}}', { 'retry-after': '5' }), 5000],
  ])('an ApiError has the retryAfterMs of a Retry-After that is %s', async ([, answer, expected]) => {
    expect((await rejection(answer)).retryAfterMs).toBe(expected);
  });

  test.for([
    { code: 409, reason: 'Conflict', is: ['isConflict'] },
    { code: 409, reason: 'AlreadyExists', is: ['isAlreadyExists', 'isRejection'] },
    { code: 404, reason: 'NotFound', is: ['isNotFound', 'isRejection'] },
    { code: 410, reason: 'Expired', is: ['isGone', 'isRejection'] },
    { code: 403, reason: 'Forbidden', is: ['isRejection'] },
    { code: 422, reason: 'Invalid', is: ['isRejection'] },
    { code: 429, reason: 'TooManyRequests', is: [] },
    { code: 500, reason: 'InternalError', is: [] },
    { code: 504, reason: 'Timeout', is: [] },
  ])('an ApiError with $code $reason is $is', async ({ code, reason, is }) => {
    const error = await rejection(status(code, reason));
    const predicates = ['isConflict', 'isAlreadyExists', 'isNotFound', 'isGone', 'isRejection'] as const;
    expect(predicates.filter((predicate) => error[predicate])).toEqual(is);
  });
});

describe('Client: a write', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'shop', name: 'a' }, data: { k: 'v' } };

  test('create posts to the collection, with field manager and strict validation', async () => {
    api.on('POST', COLLECTION, json(configMap('a', '7'), 201));
    const created = await client().create(CONFIG_MAPS, object, never);
    expect(created.metadata?.resourceVersion).toBe('7');
    expect(api.requests).toMatchObject([
      {
        verb: 'POST',
        path: COLLECTION,
        query: { fieldManager: 'test-manager', fieldValidation: 'Strict' },
        headers: { 'content-type': 'application/json' },
        body: object,
      },
    ]);
  });

  type Applied = (client: Client) => Promise<KubeObject>;
  test.for<[string, Applied, string, string]>([
    [
      'apply of an object takes no field from another manager',
      (one) => one.apply(CONFIG_MAPS, object, never),
      OBJECT,
      'false',
    ],
    [
      'apply with force takes fields from other managers',
      (one) => one.apply(CONFIG_MAPS, object, never, { force: true }),
      OBJECT,
      'true',
    ],
    ['applyStatus is always forced', (one) => one.applyStatus(CONFIG_MAPS, object, never), STATUS, 'true'],
  ])('%s', async ([, apply, path, force]) => {
    api.on('PATCH', path, json(configMap('a', '8')));
    const applied = await apply(client());
    expect(applied.metadata?.resourceVersion).toBe('8');
    expect(api.requests).toMatchObject([
      {
        verb: 'PATCH',
        path,
        query: { fieldManager: 'test-manager', fieldValidation: 'Strict', force },
        headers: { 'content-type': 'application/apply-patch+yaml' },
        body: object,
      },
    ]);
  });

  test('update replaces the whole object at its resourceVersion', async () => {
    api.on('PUT', OBJECT, json(configMap('a', '9')));
    const metadata = { ...object.metadata, resourceVersion: '8' };
    await client().update(CONFIG_MAPS, { ...object, metadata }, never);
    expect(api.requests).toMatchObject([
      {
        verb: 'PUT',
        path: OBJECT,
        query: { fieldManager: 'test-manager', fieldValidation: 'Strict' },
        body: { ...object, metadata },
      },
    ]);
  });

  test('a client that may not write sends no write, but reads', async () => {
    const one = client({ canWrite: () => false });
    const writes = [
      one.create(CONFIG_MAPS, object, never),
      one.update(CONFIG_MAPS, object, never),
      one.apply(CONFIG_MAPS, object, never),
      one.applyStatus(CONFIG_MAPS, object, never),
      one.patch(CONFIG_MAPS, object, [], never),
      one.merge(CONFIG_MAPS, object, never),
      one.mergeJson(CONFIG_MAPS, object, never),
      one.delete(CONFIG_MAPS, object, never),
    ];
    for (const write of writes) expect(await errorOf(write)).toBeInstanceOf(NotLeadingError);
    expect(api.requests).toEqual([]);
    expect(await one.get(CONFIG_MAPS, 'shop', 'a', never)).toMatchObject({ kind: 'ConfigMap' });
  });

  test('canWrite is called before each write, at the moment of sending', async () => {
    let isAsked = 0;
    const one = client({ canWrite: () => (isAsked += 1) < 2 });
    const first = one.create(CONFIG_MAPS, object, never);
    expect(isAsked).toBe(0);
    await first;
    expect(await errorOf(one.create(CONFIG_MAPS, object, never))).toMatchObject({ name: 'NotLeadingError' });
    expect(api.requestsFor('POST', COLLECTION)).toHaveLength(1);
  });

  test('delete has uid and resourceVersion as preconditions, and deletes dependents in the background', async () => {
    const preconditions = { uid: 'u', resourceVersion: '7' };
    await client().delete(CONFIG_MAPS, { metadata: { namespace: 'shop', name: 'a', ...preconditions } }, never);
    expect(api.requests).toMatchObject([
      { verb: 'DELETE', path: OBJECT, body: { propagationPolicy: 'Background', preconditions } },
    ]);
  });

  const remove = (code: number) => {
    api.on('DELETE', OBJECT, status(code, 'Scripted'));
    return client().delete(CONFIG_MAPS, { metadata: { namespace: 'shop', name: 'a', uid: 'u' } }, never);
  };

  test('delete of an object that is gone succeeds', async () => {
    await expect(remove(404)).resolves.toBeUndefined();
  });

  test.for([403, 409, 429, 500])('delete throws the ApiError %i', async (code) => {
    await expect(remove(code)).rejects.toMatchObject({ name: 'ApiError', code });
  });

  test('a name cannot lead a request to another path', () => {
    expect(objectPath(CONFIG_MAPS, 'shop', '../secrets?x=y')).toBe(`${COLLECTION}/..%2Fsecrets%3Fx%3Dy`);
  });
});
