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
