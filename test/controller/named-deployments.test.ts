/** Of Deployments only those are kept that a profile names, and none of those is missed, whatever comes first. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { readUnread } from '../../src/controller/watch/unread.ts';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { FIELD_MANAGER } from '../../src/core/model/naming.ts';
import { Client } from '../../src/kube/client.ts';
import { collectionPath } from '../../src/kube/paths.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { list, status } from '../support/answers.ts';
import { ApiServer } from '../support/api-server.ts';
import { A_BACKEND, BACKEND, PROFILE, Shop, unproven } from '../support/shop.ts';

const DEPLOYMENTS = collectionPath(RESOURCES.Deployment, 'shop');

const until = (isMet: () => boolean) => vi.waitUntil(isMet, { interval: 1, timeout: 5000 });

describe('an operator', () => {
  let shop: Shop;
  beforeEach(async () => {
    shop = await Shop.open();
  });
  afterEach(async () => {
    await shop[Symbol.asyncDispose]();
  });

  const named = () =>
    shop.api
      .requestsFor('GET', DEPLOYMENTS)
      .filter(({ query }) => query['fieldSelector'] === 'metadata.name=search-api');

  test('a Deployment from before its profile is read once, by its name', async () => {
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
    shop.putProfile(unproven(30));
    await shop.operator.atRest();
    expect(named()).toHaveLength(1);
  });

  test('a started operator lists all Deployments once, after the profiles, and reads none apart', async () => {
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    const before = shop.api.requests.length;
    await shop.restartOperator();
    await shop.operator.atRest();
    const lists = shop.api.requests.slice(before).filter(({ verb }) => verb === 'GET');
    const index = (resource: (typeof RESOURCES)[keyof typeof RESOURCES]) =>
      lists.findIndex(({ path }) => path === collectionPath(resource));
    expect(index(RESOURCES.Deployment)).toBeGreaterThan(index(RESOURCES.DbPoolProfile));
    expect(lists.filter(({ path }) => path === DEPLOYMENTS)).toEqual([]);
  });

  test('a profile that comes again, or names its Deployment again, is served again', async () => {
    for (const _ of [1, 2]) {
      shop.putProfile(unproven(20));
      await shop.operator.atRest();
      expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
      shop.putProfile({ ...unproven(20), targetRef: { name: 'another' } });
      await shop.operator.atRest();
      expect(shop.condition('Ready')).toMatchObject({ reason: 'DeploymentNotFound' });
      shop.store.remove(PROFILE);
      await shop.operator.atRest();
    }
  });

  test('a Deployment that comes after its profile is seen by the watch', async () => {
    shop.store.remove(BACKEND);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'DeploymentNotFound' });
    shop.store.put(BACKEND, A_BACKEND);
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
    expect(named()).toHaveLength(1);
  });

  test('a list that fails is tried again, and nothing is decided before', async () => {
    shop.api.on('GET', DEPLOYMENTS, status(500, 'InternalError'), shop.store.answer);
    shop.putProfile(unproven(20));
    await until(() => shop.operator.errors.length > 0);
    expect(shop.writes()).toEqual([]);
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
  });
});

describe('what the list of a name and the watch say', () => {
  let api: ApiServer;
  let caches: Caches;
  let stop: AbortController;
  let reading: Promise<void>;
  let told: string[];
  const errors: unknown[] = [];

  const deployment = (resourceVersion: string, replicas: number): KubeObject =>
    ({
      metadata: { namespace: 'shop', name: 'search-api', uid: 'u', resourceVersion },
      spec: { replicas, template: {} },
    }) as KubeObject;
  const profile = (target: string, resourceVersion: string): KubeObject =>
    ({
      metadata: { namespace: 'shop', name: 'search', uid: 'p', resourceVersion },
      spec: { targetRef: { name: target }, pool: { min: 1, max: 2 } },
    }) as KubeObject;
  const name = (target = 'search-api', version = '2') =>
    caches.profiles.apply({ kind: 'apply', object: profile(target, version) });
  const replicas = () => caches.deployments.get('shop', 'search-api')?.replicas;
  const read = () => until(() => caches.deployments.unread.isEmpty);

  beforeEach(async () => {
    api = await ApiServer.start();
    told = [];
    errors.length = 0;
    caches = createCaches(
      undefined,
      (key) => told.push(key),
      (error) => {
        throw error;
      },
    );
    for (const cache of Object.values(caches))
      cache.apply({ kind: 'replace', items: [], earlier: new Set(), version: '10' });
    stop = new AbortController();
    reading = readUnread(new Client(api.kubeConfig(), FIELD_MANAGER), caches.deployments, stop.signal, (_, { error }) =>
      errors.push(error),
    );
  });
  afterEach(async () => {
    stop.abort();
    await reading;
    await api[Symbol.asyncDispose]();
    if (errors.length > 0) throw new AggregateError(errors);
  });

  test('an event that is newer than the list stands', async () => {
    api.on('GET', DEPLOYMENTS, async (exchange) => {
      caches.deployments.apply({ kind: 'apply', object: deployment('12', 5) });
      await list([deployment('9', 1)], '12')(exchange);
    });
    name();
    await read();
    expect(replicas()).toBe(5);
  });

  test('an event that is older than the list is ignored', async () => {
    api.on('GET', DEPLOYMENTS, list([deployment('20', 5)], '20'));
    name();
    await read();
    caches.deployments.apply({ kind: 'apply', object: deployment('15', 1) });
    expect(replicas()).toBe(5);
  });

  test('a Deployment that is deleted while it is listed does not stay', async () => {
    const late = async (exchange: Parameters<ReturnType<typeof list>>[0]) => {
      caches.deployments.apply({ kind: 'delete', object: deployment('13', 1) });
      await list([deployment('9', 1)], '12')(exchange);
    };
    api.on('GET', DEPLOYMENTS, late, list([], '13'));
    name();
    await read();
    expect(replicas()).toBeUndefined();
    expect(api.requestsFor('GET', DEPLOYMENTS)).toHaveLength(2);
  });

  test('a Deployment that no profile names any more, once its list comes, is not kept', async () => {
    api.on('GET', DEPLOYMENTS, async (exchange) => {
      if (exchange.request.query['fieldSelector'] === 'metadata.name=search-api') name('another', '3');
      await list([deployment('9', 1)], '12')(exchange);
    });
    name();
    await read();
    expect(caches.deployments.size).toBe(0);
    expect(api.requestsFor('GET', DEPLOYMENTS)).toHaveLength(2);
  });

  test('a profile whose Deployment does not exist is told once that it was looked for', async () => {
    api.on('GET', DEPLOYMENTS, list([], '12'));
    name();
    told = [];
    await read();
    expect(told).toEqual(['shop/search']);
  });

  test('a name that no Deployment can have is not asked for', () => {
    name('a,metadata.namespace=b');
    expect(caches.deployments.unread.isEmpty).toBe(true);
  });
});
