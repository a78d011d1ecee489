import { beforeEach, describe, expect, test } from 'vitest';
import { DatabaseGroups } from '../../src/controller/observe/database-groups.ts';
import { InFlight } from '../../src/controller/observe/in-flight.ts';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { Action } from '../../src/core/model/action.ts';
import { ApiError, TransportError } from '../../src/kube/errors.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { SETTINGS } from '../core/builders.ts';
import { A_BACKEND } from '../support/shop.ts';

let told: string[];
let groups: DatabaseGroups;
let inFlight: InFlight;
let caches: Caches;
/** Milliseconds since the epoch. */
let now: number;

/** Two backends of one database, each with a profile that asks for 20. */
beforeEach(() => {
  told = [];
  now = 0;
  caches = createCaches(
    undefined,
    (key) => groups.markDirty(key),
    (error) => {
      throw error;
    },
  );
  inFlight = new InFlight();
  groups = new DatabaseGroups({
    caches,
    settings: SETTINGS,
    now: () => now,
    inFlight,
    enqueue: (key) => told.push(key),
  });
  const metadata = (name: string) => ({ namespace: 'shop', name, uid: name, resourceVersion: '1', generation: 1 });
  const containers = [{ name: 'app', envFrom: [{ configMapRef: { name: 'shared' } }] }];
  const spec = { replicas: 1, template: { spec: { containers } } };
  const backends = ['one', 'two'].map((name) => ({ ...A_BACKEND, metadata: metadata(name), spec }));
  const profiles = ['one', 'two'].map((name): KubeObject => {
    const database = { connectString: 'oracle:1521/FREEPDB1', credentialsSecretRef: { name: 'db' } };
    const spec = { targetRef: { name }, pool: { min: 0, max: 20 }, database };
    return { ...RESOURCES.DbPoolProfile, metadata: metadata(name), spec } as KubeObject;
  });
  for (const cache of Object.values(caches)) {
    const items = cache === caches.deployments ? backends : cache === caches.profiles ? profiles : [];
    cache.apply({ kind: 'replace', items, earlier: new Set(), version: '1' });
  }
});

const toMax = (max: number): Action => ({
  kind: 'rollOut',
  force: false,
  object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'shop', name: 'one' } },
  max,
});
const usagesOf = (name: string) => groups.groupOf('shop/two').members.filter((usage) => usage.name === name);
const seen = () => usagesOf('one').map(({ pools }) => [pools.phase, pools.newMax]);
const write = (came: () => Promise<void>) => inFlight.during('shop/one', [toMax(40)], came);
const answered = (code: number, reason: string) => new ApiError('PATCH', { code, reason });

const atRest = [['NotDue', 20]];
const rolling = [['Rolling', 40]];

test('the envFrom of a backend, once read, wakes the others of its database once', () => {
  const max = () => usagesOf('one').map(({ pools }) => pools.oldMax);
  const sources = (text: string) => [{ name: 'shared', data: { DB_POOL_MAX: text } }];
  expect(max()).toEqual([undefined]);
  told.length = 0;
  groups.setEnvFromData('shop/one', sources('100'));
  expect(max()).toEqual([100]);
  expect(told.toSorted()).toEqual(['shop/one', 'shop/two']);
  told.length = 0;
  groups.setEnvFromData('shop/one', sources('100'));
  expect(max()).toEqual([100]);
  expect(told).toEqual([]);
  groups.setEnvFromData('shop/one', undefined);
  expect(max()).toEqual([undefined]);
});

test('a rollout without progress is stuck from its deadline on, and wakes the others of its database then', () => {
  const rollingOut = {
    ...A_BACKEND,
    metadata: { namespace: 'shop', name: 'one', uid: 'one', resourceVersion: '2', generation: 1 },
    spec: {
      replicas: 1,
      progressDeadlineSeconds: 2_147_483_647,
      template: { spec: { containers: [{ name: 'app' }] } },
    },
    status: {
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 1,
      conditions: [{ type: 'Progressing', reason: 'ReplicaSetUpdated', lastUpdateTime: '1970-01-01T00:00:10Z' }],
    },
  };
  caches.deployments.apply({ kind: 'apply', object: rollingOut });
  now = 1_809_999;
  groups.groupOf('shop/one');
  expect(usagesOf('one').map(({ pools }) => pools.phase)).toEqual(['Rolling']);
  told.length = 0;
  now = 1_810_000;
  // The profile is reconciled at the deadline, which its decision asks for.
  groups.groupOf('shop/one');
  expect(told.toSorted()).toEqual(['shop/one', 'shop/two']);
  expect(usagesOf('one').map(({ pools }) => pools.phase)).toEqual(['Stuck']);
});

test('a rollout that is being written counts with its new max', async () => {
  const answer = Promise.withResolvers<void>();
  const writing = write(() => answer.promise);
  expect(seen()).toEqual(rolling);
  answer.resolve();
  await writing;
  expect(seen()).toEqual(atRest);
});

test('all members of a group share one array until one of them changes', async () => {
  const { members } = groups.groupOf('shop/two');
  expect(members.map(({ name }) => name)).toEqual(['one', 'two']);
  expect(groups.groupOf('shop/one').members).toBe(members);
  groups.setEnvFromData('shop/one', [{ name: 'shared', data: { DB_POOL_MAX: '100' } }]);
  const changed = groups.groupOf('shop/two').members;
  expect(changed).not.toBe(members);
  await write(() => {
    expect(groups.groupOf('shop/two').members).not.toBe(changed);
    return Promise.resolve();
  });
  expect(groups.groupOf('shop/two').members).toBe(changed);
});

describe('a write of a rollout', () => {
  test.for<readonly [string, Error]>([
    ['got no response', new TransportError('PATCH', undefined)],
    ['conflicted, maybe with itself', answered(409, 'Conflict')],
  ])('a rollout whose write %s counts until the next pass over its profile', async ([, error]) => {
    await expect(write(() => Promise.reject(error))).rejects.toBe(error);
    expect(seen()).toEqual(rolling);
    await inFlight.during('shop/one', [], () => Promise.resolve());
    expect(seen()).toEqual(atRest);
  });

  test('a rollout whose write was rejected does not count', async () => {
    const error = answered(403, 'Forbidden');
    await expect(write(() => Promise.reject(error))).rejects.toBe(error);
    expect(seen()).toEqual(atRest);
  });

  test.for<readonly [string, () => Promise<void>]>([
    ['done', () => Promise.resolve()],
    ['rejected', () => Promise.reject(answered(403, 'Forbidden'))],
  ])('a rollout whose write was %s wakes the others alone, and not its own profile', async ([, came]) => {
    seen();
    told.length = 0;
    await write(came).catch(() => undefined);
    expect(told).toEqual(['shop/two']);
  });
});
