import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Client } from '../../src/kube/client.ts';
import { ApiError } from '../../src/kube/errors.ts';
import { configMap, json, refusal, status } from '../support/answers.ts';
import { ApiServer } from '../support/api-server.ts';

const CONFIG_MAPS = { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps' };
const OBJECT = '/api/v1/namespaces/shop/configmaps/a';
const object = { metadata: { namespace: 'shop', name: 'a', resourceVersion: '7', finalizers: ['of/others'] } };
const never = new AbortController().signal;

let api: ApiServer;
let client: Client;
beforeEach(async () => {
  api = await ApiServer.start();
  client = new Client(api.kubeConfig(), 'tester');
});
afterEach(async () => {
  client.close();
  await api[Symbol.asyncDispose]();
});

describe('patches', () => {
  test('a JSON merge patch sends the object as it is, for custom resources know no strategic one', async () => {
    api.on('PATCH', OBJECT, json(configMap('a')));
    await client.mergeJson(CONFIG_MAPS, object, never);
    expect(api.requests).toMatchObject([
      { headers: { 'content-type': 'application/merge-patch+json' }, query: { fieldManager: 'tester' }, body: object },
    ]);
  });

  test('a value is sent as Go writes it, because the API server compares the bytes of a test', async () => {
    api.on('PATCH', OBJECT, json(configMap('a')));
    const value = '{"command":"a < b && c > d\u2028"}';
    await client.patch(CONFIG_MAPS, object, [{ op: 'test', path: '/metadata/annotations/a', value }], never);
    const [sent] = api.requests;
    expect(sent?.body).toMatchObject([{ value }]);
    expect(sent?.text).toContain(String.raw`a \u003c b \u0026\u0026 c \u003e d\u2028`);
  });

  const causes = [{ reason: 'FieldValueInvalid', message: 'Invalid value', field: 'metadata.name' }];
  test.for<[string, Parameters<ApiServer['on']>[2], object]>([
    ['a test that fails is a conflict', status(422, 'Invalid'), { code: 409, isConflict: true }],
    [
      'a result that is invalid is none',
      refusal(422, 'Invalid', 'x is invalid', causes),
      { code: 422, isConflict: false },
    ],
    ['a stale resourceVersion is a conflict', status(409, 'Conflict'), { code: 409, isConflict: true }],
  ])('of a JSON patch, %s', async ([, answer, expected]) => {
    api.on('PATCH', OBJECT, answer);
    const error = await client.patch(CONFIG_MAPS, object, [], never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject(expected);
  });
});
