import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { LABEL } from '../../src/core/model/naming.ts';
import { objectPath } from '../../src/kube/paths.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { status } from '../support/answers.ts';
import { BACKEND, Shop } from '../support/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const profileOf = (name: string) => objectPath(RESOURCES.DbPoolProfile, 'shop', name);
const backendOf = (name: string) => objectPath(RESOURCES.Deployment, 'shop', name);

/** A backend of one pod and a profile that asks for `max` of its sessions. */
function put(name: string, max: number, sessions: object = {}): void {
  const { metadata: _, ...backend } = shop.get(BACKEND);
  if (shop.store.get(backendOf(name)) === undefined) shop.store.put(backendOf(name), backend);
  const spec = {
    targetRef: { name },
    pool: { min: 0, max },
    probe: { policy: 'Disabled' },
    rollout: { observeSeconds: 0 },
    database: {
      connectString: 'oracle:1521/FREEPDB1',
      credentialsSecretRef: { name: 'db' },
      sessions: { reserve: 0, ...sessions },
    },
  };
  shop.putProfile(spec, profileOf(name));
}

/** What the Deployment's controller says at the end of its rollout. */
async function finish(name: string): Promise<void> {
  const { metadata, spec } = shop.get(backendOf(name));
  const { replicas = 1 } = spec as { replicas?: number };
  const counts = { replicas, updatedReplicas: replicas, availableReplicas: replicas };
  shop.change(backendOf(name), { status: { observedGeneration: metadata.generation, ...counts } });
  await shop.operator.atRest();
}

const rollout = () =>
  shop.api.requests
    .filter(({ verb, path }) => verb === 'PATCH' && path.includes('/deployments/'))
    .map(({ path }) => path.replace(/.*\//, ''));
const reason = (name: string) => shop.condition('Ready', profileOf(name))?.reason;

describe('pods that still terminate', () => {
  const LONG = '2099-01-01T00:00:00Z';

  /** A pod with the label of `one`, owned by this ReplicaSet. */
  function leave(replicaSet: string): void {
    const labels = { [LABEL.profile]: 'one', [LABEL.configHash]: '0123456789' };
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet, uid: replicaSet, controller: true };
    const metadata = { labels, ownerReferences: [owner], deletionTimestamp: LONG };
    shop.store.put(objectPath(RESOURCES.Pod, 'shop', `of-${replicaSet}`), { apiVersion: 'v1', kind: 'Pod', metadata });
  }

  async function reasonOfTheNext(): Promise<string | undefined> {
    leave('collected');
    await shop.operator.atRest();
    put('one', 30);
    await shop.operator.atRest();
    return reason('one');
  }

  test('terminating pods are awaited when their ReplicaSet is gone (revisionHistoryLimit: 0)', async () => {
    expect(await reasonOfTheNext()).toBe('PodsTerminating');
  });

  test('terminating pods of another Deployment are not awaited', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'former', uid: 'former', controller: true };
    shop.store.put(objectPath(RESOURCES.ReplicaSet, 'shop', 'former-1'), {
      ...RESOURCES.ReplicaSet,
      metadata: { uid: 'collected', labels: { [LABEL.profile]: 'one' }, ownerReferences: [owner] },
    });
    expect(await reasonOfTheNext()).toBe('RollingOut');
  });
});

describe('profiles of one database that are created at the same time', () => {
  test('profiles of one database are rolled out one after another, each when the one before is complete', async () => {
    for (const name of ['one', 'two', 'three']) put(name, 20);
    await shop.operator.atRest();
    expect(rollout()).toHaveLength(1);
    for (const count of [1, 2, 3]) {
      expect(rollout()).toHaveLength(count);
      await finish(rollout().at(-1) ?? '');
    }
    expect(rollout().toSorted()).toEqual(['one', 'three', 'two']);
    expect(['one', 'two', 'three'].map(reason)).not.toContain('RolloutQueued');
  });

  test('profiles of one database wait for a rollout that is being written', async () => {
    const isAnswered = Promise.withResolvers<void>();
    shop.api.on('PATCH', backendOf('one'), async (exchange) => {
      await isAnswered.promise;
      await shop.store.answer(exchange);
    });
    put('one', 20);
    await shop.api.received('PATCH', backendOf('one'), 1);
    put('two', 20);
    await shop.api.received('PATCH', `${profileOf('two')}/status`, 1);
    const isHeld = rollout();
    isAnswered.resolve();
    await shop.operator.atRest();
    expect(isHeld).toEqual(['one']);
    expect(rollout()).toEqual(['one']);
    expect(reason('two')).toBe('RolloutQueued');
  });

  test('profiles of one database go on where the write of the first is rejected', async () => {
    shop.api.on('PATCH', backendOf('one'), status(403, 'Forbidden'));
    put('one', 20);
    await shop.api.received('PATCH', backendOf('one'), 1);
    put('two', 20);
    await shop.api.received('PATCH', backendOf('two'), 1);
    await shop.operator.atRest();
    expect(reason('one')).toBe('RolloutQueued');
  });
});

describe('a rollout without room', () => {
  const tight = { limit: 60, policy: 'Enforce' };
  const AUTOSCALER = '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/large';

  async function scale(name: string, replicas: number): Promise<void> {
    shop.change(backendOf(name), { spec: { ...shop.get(backendOf(name)).spec, replicas } });
    await finish(name);
  }

  /** `large` holds 40 sessions, `small` asks for 10, which is 30 at its peak. */
  async function heldBeside(): Promise<void> {
    put('large', 10);
    await shop.operator.atRest();
    await scale('large', 4);
    put('small', 10, tight);
    await shop.operator.atRest();
    expect(reason('small')).toBe('BudgetExceeded');
    expect(rollout()).toEqual(['large']);
  }

  test.for<readonly [string, () => unknown]>([
    ['there are fewer pods of another', () => scale('large', 3)],
    ['the profile of another is deleted', () => shop.store.remove(profileOf('large'))],
    ['the limit is raised', () => put('small', 10, { ...tight, limit: 70 })],
    ['it asks for less', () => put('small', 6, tight)],
  ])('a rollout without room starts by itself once %s', async ([, happens]) => {
    await heldBeside();
    await happens();
    await shop.operator.atRest();
    expect(rollout()).toEqual(['large', 'small']);
  });

  test("a rollout counts the maximum of another backend's autoscaler, while there is one", async () => {
    put('large', 10);
    await shop.operator.atRest();
    await finish('large');
    const spec = { maxReplicas: 4, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'large' } };
    shop.store.put(AUTOSCALER, { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', spec } as KubeObject);
    // Two watches: which of them tells first is nobody's promise.
    await shop.operator.atRest();
    put('small', 10, tight);
    await shop.operator.atRest();
    expect(shop.status(profileOf('small')).budget).toMatchObject({ peakSessions: 30, limit: 60, otherSessions: 40 });
    expect(rollout()).not.toContain('small');
    shop.store.remove(AUTOSCALER);
    await shop.operator.atRest();
    expect(rollout()).toContain('small');
  });

  test('a rollout counts the max that another backend reads from its envFrom', async () => {
    shop.store.put(objectPath(RESOURCES.ConfigMap, 'shop', 'shared'), {
      ...RESOURCES.ConfigMap,
      data: { DB_POOL_MAX: '55' },
    } as KubeObject);
    const template = { spec: { containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'shared' } }] }] } };
    const { metadata: _, ...backend } = shop.get(BACKEND);
    shop.store.put(backendOf('large'), { ...backend, spec: { replicas: 1, template } } as KubeObject);
    put('large', 10);
    await shop.operator.atRest();
    expect(reason('large')).toBe('VariableConflict');
    put('small', 10, tight);
    await shop.operator.atRest();
    expect(shop.status(profileOf('small')).budget).toMatchObject({ otherSessions: 55 });
    expect(reason('small')).toBe('BudgetExceeded');
  });

  test('a rollout without room is held by a restarted operator, too', async () => {
    await heldBeside();
    await shop.restartOperator();
    await shop.operator.atRest();
    expect(reason('small')).toBe('BudgetExceeded');
    expect(shop.status(profileOf('small')).budget).toMatchObject({
      otherSessions: 40,
      profiles: 2,
      summary: 'over by 10 (70/60)',
    });
    expect(rollout()).toEqual(['large']);
  });

  test('a rollout is held without a read from the API server', async () => {
    await heldBeside();
    const before = shop.api.requests.length;
    await shop.operator.lookAgain('shop/small');
    expect(shop.api.requests.slice(before)).toEqual([]);
  });
});

describe('a change of one backend', () => {
  const NEIGHBOURS = ['one', 'two', 'three'];
  const statusWrites = (names: readonly string[]) =>
    shop.api.requests.filter(
      ({ verb, path }) => verb === 'PATCH' && names.some((name) => path === `${profileOf(name)}/status`),
    );

  /** An operator that has just started writes at once what it would otherwise hold back for 5 s. */
  async function writeAll(): Promise<void> {
    await shop.restartOperator();
    await shop.operator.atRest();
  }

  /** Backends of one database, each of one pod with up to 10 sessions. */
  async function neighbours(sessions: object): Promise<void> {
    for (const name of [...NEIGHBOURS, 'large']) put(name, 10, sessions);
    await shop.operator.atRest();
    for (const _ of NEIGHBOURS) for (const name of rollout()) await finish(name);
    expect(rollout().toSorted()).toEqual(['large', 'one', 'three', 'two']);
    await finish(rollout().at(-1) ?? '');
    await writeAll();
  }

  async function scaleLarge(replicas: number): Promise<void> {
    shop.change(backendOf('large'), { spec: { ...shop.get(backendOf('large')).spec, replicas } });
    await finish('large');
  }

  test.for<readonly [string, object]>([
    ['under a limit', { limit: 200 }],
    ['where no limit is known', {}],
    ['under the policy Ignore', { limit: 20, policy: 'Ignore' }],
  ])('a change of one backend writes no status of others that still fit, %s', async ([, sessions]) => {
    await neighbours(sessions);
    const before = statusWrites(NEIGHBOURS).length;
    await scaleLarge(4);
    put('large', 20, sessions);
    await shop.operator.atRest();
    await finish('large');
    put('newcomer', 5, sessions);
    await shop.operator.atRest();
    await writeAll();
    expect(statusWrites(['large', 'newcomer']).length).toBeGreaterThan(0);
    expect(statusWrites(NEIGHBOURS).slice(before)).toEqual([]);
  });

  test('a change of one backend is in the status of each other that does not fit any more', async () => {
    await neighbours({ limit: 200 });
    await scaleLarge(18);
    await writeAll();
    for (const name of NEIGHBOURS) {
      expect(shop.condition('WithinSessionBudget', profileOf(name))).toMatchObject({ status: 'False' });
      expect(shop.status(profileOf(name)).budget).toMatchObject({ otherSessions: 200, profiles: 4 });
    }
  });
});
