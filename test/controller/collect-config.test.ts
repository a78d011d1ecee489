import { expect, test } from 'vitest';
import { collectConfig } from '../../src/controller/act/collect-config.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { abortAfter } from '../../src/runtime/timers.ts';

/** A ReplicaSet whose container takes DB_POOL_MAX from this ConfigMap. */
const replicaSet = (configMap: string): KubeObject => {
  const valueFrom = { configMapKeyRef: { name: configMap, key: 'DB_POOL_MAX' } };
  const containers = [{ name: 'app', env: [{ name: 'DB_POOL_MAX', valueFrom }] }];
  return { metadata: { name: 'api-1', namespace: 'shop' }, spec: { template: { spec: { containers } } } } as KubeObject;
};

/** What is asked of the API server to collect `search-old`, where these ReplicaSets have no label. */
async function askedWith(items: readonly KubeObject[]): Promise<readonly unknown[]> {
  const asked: unknown[] = [];
  const client = {
    request: ({ query }: { readonly query: object }) => {
      asked.push(query);
      return Promise.resolve({ items });
    },
    delete: (_: object, { metadata }: KubeObject) => Promise.resolve(void asked.push(['delete', metadata])),
    mergeJson: (_: object, { metadata }: KubeObject) => {
      asked.push(['mergeJson', metadata]);
      return Promise.resolve({});
    },
  };
  const metadata = { namespace: 'shop', name: 'search-old', uid: 'u', resourceVersion: '7' };
  const selector = { labels: { app: 'api' }, expressions: [] };
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  const writer = { client, caches: {} } as unknown as Parameters<typeof collectConfig>[1];
  await collectConfig({ kind: 'collectConfig', object, selector }, writer, abortAfter(5000));
  return asked;
}

const QUERY = { labelSelector: 'app=api,!dbpool.dev/profile' };
const VERSION = { namespace: 'shop', name: 'search-old', uid: 'u', resourceVersion: '7' };

test('a ConfigMap that nothing needs is deleted', async () => {
  expect(await askedWith([replicaSet('search-other')])).toEqual([QUERY, ['delete', VERSION]]);
});

test('one that a ReplicaSet without the label of the profile needs stays, and says so', async () => {
  const annotations = { 'dbpool.dev/unlabelled': 'true' };
  expect(await askedWith([replicaSet('search-old')])).toEqual([QUERY, ['mergeJson', { ...VERSION, annotations }]]);
});
