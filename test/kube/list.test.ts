import { afterEach, beforeEach, expect, test } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import { listAll } from '../../src/kube/list.ts';
import { configMap, json, list } from '../support/answers.ts';
import { ApiServer } from '../support/api-server.ts';

const PATH = '/api/v1/namespaces/shop/configmaps';

let api: ApiServer;
let client: Client;

beforeEach(async () => {
  api = await ApiServer.start();
  client = new Client(api.kubeConfig(), 'test-manager');
});
afterEach(async () => {
  client.close();
  await api[Symbol.asyncDispose]();
});

const listed = () => listAll(client, PATH, new AbortController().signal);

test('a list is read to its last page', async () => {
  api.on('GET', PATH, list([configMap('a', '1')], '9', 'more'), list([configMap('b', '2')], '9'));
  expect((await listed()).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
  expect(api.requestsFor('GET', PATH).map(({ query }) => query['continue'])).toEqual([undefined, 'more']);
});

test('an empty list may be null', async () => {
  api.on('GET', PATH, json({ metadata: {}, items: null }));
  expect(await listed()).toEqual([]);
});

test('an answer that is no list is an error', async () => {
  api.on('GET', PATH, json({ items: ['a'] }));
  await expect(listed()).rejects.toThrow(`list ${PATH}: the answer is no list`);
});
