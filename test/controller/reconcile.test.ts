import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { ANNOTATION, FIELD_MANAGER } from '../../src/core/model/naming.ts';
import { collectionPath, objectPath } from '../../src/kube/paths.ts';
import { EVENTS, type KubeObject } from '../../src/kube/types.ts';
import type { ProfileStatus } from '../../src/api/v1alpha1.ts';
import { status, torn } from '../support/answers.ts';
import type { Answer } from '../support/api-server.ts';
import { BACKEND, CONFIG_MAPS, dataOf, MARK, PODS, PROFILE, REPORT, ROLL, Shop, unproven } from '../support/shop.ts';

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'former', controller: true };

let shop: Shop;

beforeEach(async () => {
  shop = await Shop.open();
});

afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const errors = () =>
  shop.operator.outcomes.flatMap(({ outcome }) => (outcome.kind === 'error' ? [String(outcome.error)] : []));

/** What is asked of the API server while nothing changes and the profile is looked at once more. */
async function askedAtRest(key = 'shop/search') {
  const before = shop.api.requests.length;
  await shop.operator.lookAgain(key);
  return shop.api.requests.slice(before);
}

/** An answer before which something happens. */
const after =
  (happens: () => unknown): Answer =>
  async (exchange) => {
    await happens();
    await shop.store.answer(exchange);
  };

describe('a profile without a probe', () => {
  beforeEach(async () => {
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
  });

  test('is one ConfigMap with its mark, and one write to the Deployment, then its status, once', () => {
    expect(shop.writes()).toEqual(['POST configmaps', ROLL, REPORT]);
    expect(shop.dataInUse()).toEqual(dataOf(20));
  });

  test('is marked as good once its pods are replaced, then its status is written, once', async () => {
    await shop.replacePods();
    expect(shop.writes().slice(-2)).toEqual([MARK, REPORT]);
    expect(shop.writes(REPORT)).toEqual(['POST configmaps', ROLL, MARK]);
  });

  test('is Ready once the pods are replaced, and then silence', async () => {
    expect(shop.condition('Ready')).toMatchObject({ status: 'False', reason: 'RollingOut' });
    await shop.replacePods();
    expect(shop.condition('Ready')).toMatchObject({ status: 'True', reason: 'Ready' });
    expect(await askedAtRest()).toEqual([]);
  });

  test('is never read but by lists and watches, one for each kind', async () => {
    await shop.replacePods();
    const collections = Object.values(RESOURCES).map((resource) => collectionPath(resource));
    const read = (verb: string) => shop.api.requests.filter((one) => one.verb === verb).map(({ path }) => path);
    expect(read('GET')).toEqual(expect.arrayContaining(collections));
    expect(read('WATCH').toSorted()).toEqual(read('GET').toSorted());
    expect(shop.operator.errors).toEqual([]);
  });

  test('is left as it is by an operator that is started again', async () => {
    await shop.replacePods();
    const before = shop.writes().length;
    await shop.restartOperator();
    await shop.operator.atRest();
    expect(shop.operator.outcomes).toMatchObject([{ key: 'shop/search', outcome: { kind: 'success' } }]);
    expect(shop.writes().slice(before)).toEqual([]);
  });

  test('has its status alone written where that alone differs', async () => {
    await shop.replacePods();
    const before = shop.writes().length;
    shop.change(BACKEND, { status: { ...shop.get(BACKEND).status, availableReplicas: 0 } });
    await shop.operator.atRest();
    expect(shop.writes().slice(before)).toEqual([REPORT]);
    expect(shop.condition('RolledOut')).toMatchObject({ status: 'False', reason: 'RollingOut' });
  });

  test('whose status somebody took away gets it again', async () => {
    await shop.replacePods();
    const told = shop.status();
    const before = shop.writes().length;
    shop.change(PROFILE, { status: {} });
    await shop.operator.atRest();
    expect(shop.writes().slice(before)).toEqual([REPORT]);
    const timeless = ({ conditions = [], ...rest }: ProfileStatus) => ({
      ...rest,
      conditions: conditions.map((one) => ({ ...one, lastTransitionTime: undefined })),
    });
    expect(timeless(shop.status())).toEqual(timeless(told));
  });

  test('that is changed is rolled once more', async () => {
    await shop.replacePods();
    const before = shop.writes(REPORT).length;
    shop.putProfile(unproven(30));
    await shop.operator.atRest();
    expect(shop.writes(REPORT).slice(before)).toEqual(['POST configmaps', ROLL]);
    expect(shop.dataInUse()).toEqual(dataOf(30));
  });

  test('counts only pods of its Deployment, whatever label others carry', async () => {
    await shop.replacePods();
    const ours = shop.get(`${PODS}/search-api-1`);
    const crash = { terminated: { exitCode: 1, finishedAt: '2099-01-01T00:00:00Z' } };
    const containerStatuses = [{ name: 'app', ready: false, restartCount: 9, lastState: crash }];
    const metadata = { labels: ours.metadata.labels ?? {}, ownerReferences: [{ ...OWNER, uid: 'former' }] };
    const status = { phase: 'Running', containerStatuses };
    shop.store.put(`${PODS}/former-1`, { ...ours, metadata, status } as KubeObject);
    shop.store.put(`${PODS}/former-2`, { ...ours, metadata });
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
    expect(shop.status().pods).toEqual({ available: 1, desired: 1, updated: 1, summary: '1/1' });
  });

  test('that is deleted with Restore puts back, also where its spec cannot be read any more', async () => {
    await shop.replacePods();
    const before = shop.writes(REPORT).length;
    const windows = [{ schedule: 'never', durationSeconds: 60 }];
    shop.putProfile({ ...unproven(20), onDelete: 'Restore', rollout: { windows } }, PROFILE, {
      metadata: {
        ...shop.get(PROFILE).metadata,
        deletionTimestamp: '2026-01-01T00:00:00Z',
        finalizers: ['dbpool.dev/restore'],
      },
    });
    await shop.operator.atRest();
    expect(shop.writes(REPORT)[before]).toBe(ROLL);
    expect(JSON.stringify(shop.api.requestsFor('PATCH', BACKEND).at(-1)?.body)).toContain('"$patch":"delete"');
  });

  test('that is deleted ends quietly, and leaves its backend as it is', async () => {
    await shop.replacePods();
    const before = shop.writes().length;
    shop.store.remove(PROFILE);
    await shop.operator.atRest();
    expect(shop.writes().slice(before)).toEqual([]);
    expect(shop.operator.outcomes.at(-1)).toMatchObject({ key: 'shop/search', outcome: { kind: 'success' } });
    expect(shop.dataInUse()).toEqual(dataOf(20));
  });
});

describe('a profile whose finalizer is lifted', () => {
  const LIFT = 'PATCH dbpoolprofiles/search';
  const events = collectionPath(EVENTS, 'shop');
  const letGo = async () => {
    shop.store.remove(BACKEND);
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['dbpool.dev/restore'] };
    shop.putProfile({ ...unproven(20), onDelete: 'Restore' }, PROFILE, { metadata });
    await shop.operator.atRest();
  };

  test('says so before, in an event on itself', async () => {
    await letGo();
    expect(shop.writes(REPORT)).toEqual(['POST events', LIFT]);
    const { namespace, name, uid } = shop.get(PROFILE).metadata;
    const [told] = shop.api.requestsFor('POST', events);
    expect(told?.body).toMatchObject({
      metadata: { namespace: 'shop' },
      involvedObject: { apiVersion: 'dbpool.dev/v1alpha1', kind: 'DbPoolProfile', namespace, name, uid },
      type: 'Normal',
      reason: 'Restored',
      message: 'Deployment search-api is deleted: there is nothing to restore',
      source: { component: 'dbpool-operator' },
      count: 1,
    });
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([]);
  });

  test('says so once, though it is lifted only at the second try', async () => {
    shop.api.on('PATCH', PROFILE, status(500, 'InternalError'), shop.store.answer);
    await letGo();
    const names = shop.api.requestsFor('POST', events).map(({ body }) => (body as KubeObject).metadata?.name);
    expect(names).toEqual([names[0], names[0]]);
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([]);
  });

  test('waits with both where the server asks to wait', async () => {
    shop.api.on('POST', events, status(429, 'TooManyRequests', 0.05), shop.store.answer);
    await letGo();
    expect(shop.writes(REPORT)).toEqual(['POST events', 'POST events', LIFT]);
  });

  test.for<[string, Answer]>([
    ['refused, as in a namespace that goes', status(403, 'Forbidden')],
    ['there already', status(409, 'AlreadyExists')],
    ['too much for the API server', status(500, 'InternalError')],
    ['not answered', torn],
  ])('goes all the same where its event is %s', async ([, answer]) => {
    shop.api.on('POST', events, answer);
    await letGo();
    expect(shop.writes(REPORT)).toEqual(['POST events', LIFT]);
    expect(errors()).toEqual([]);
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([]);
  });
});

describe('a write', () => {
  test('to a Deployment that somebody else has just written is not done, but tried on what it is now', async () => {
    const edit = after(() => shop.change(BACKEND, { spec: { ...shop.get(BACKEND).spec, paused: true } }));
    shop.api.on('PATCH', BACKEND, edit, shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect([...new Set(errors())]).toEqual([`ApiError: PATCH ${BACKEND}: 409 Conflict: Conflict, as scripted`]);
    const told = shop.api.requestsFor('PATCH', `${PROFILE}/status`).map(({ body }) => JSON.stringify(body));
    expect(told.join()).not.toContain('WriteRejected');
    const [theirs, ours] = [1, 1];
    expect(shop.get(BACKEND).metadata.generation).toBe(1 + theirs + ours);
    await shop.replacePods();
    expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
  });

  test('that deletes old numbers is not done, but looked at again, where they were marked meanwhile', async () => {
    for (const max of [20, 30]) {
      shop.putProfile(unproven(max));
      await shop.operator.atRest();
      await shop.replacePods();
    }
    const [first] = shop.api.requestsFor('POST', CONFIG_MAPS).map(({ body }) => body as KubeObject);
    const old = `${CONFIG_MAPS}/${first?.metadata?.name}`;
    const change = (changes: object) => shop.change(old, { metadata: { ...shop.get(old).metadata, ...changes } });
    // As the API server notes it.
    change({ managedFields: [{ manager: FIELD_MANAGER }] });
    let isLeft = false;
    const late: Answer = async (exchange) => {
      // As one does who leads by now, and is about to roll to them once more.
      change({ annotations: { 'dbpool.dev/rollout': '{}' } });
      await shop.store.answer(exchange);
      isLeft = shop.store.get(old) !== undefined;
    };
    shop.api.on('DELETE', old, late, shop.store.answer);
    shop.putProfile(unproven(40));
    await shop.operator.atRest();
    await shop.replacePods();
    expect(isLeft).toBe(true);
    expect(errors()).toContainEqual(expect.stringMatching(/DELETE .*409 Conflict/));
    expect(shop.store.get(old)).toBeUndefined();
  });

  test('whose answer is lost is not done twice', async () => {
    const lost: Answer = ({ request: { body }, tear }) => {
      const created = body as KubeObject;
      shop.store.put(`${CONFIG_MAPS}/${created.metadata?.name}`, created);
      tear();
    };
    shop.api.on('POST', CONFIG_MAPS, lost, shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    await shop.replacePods();
    expect(shop.dataInUse()).toEqual(dataOf(20));
    expect(shop.writes().filter((write) => write === ROLL)).toHaveLength(1);
    expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
  });

  test('of a status for a profile that was deleted meanwhile is no failure', async () => {
    shop.api.on(
      'PATCH',
      BACKEND,
      after(() => shop.store.remove(PROFILE)),
    );
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.writes(REPORT)).toEqual(['POST configmaps', ROLL]);
    expect(errors()).toEqual([]);
  });

  test('of a status lands on no other profile of the name, made while it was on its way', async () => {
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    await shop.replacePods();
    const landed: unknown[] = [];
    const answer: Answer = async (exchange) => {
      await shop.store.answer(exchange);
      landed.push(shop.status().observedGeneration);
    };
    const late: Answer = async (exchange) => {
      shop.store.remove(PROFILE);
      shop.putProfile(unproven(30));
      await answer(exchange);
    };
    shop.api.on('PATCH', `${PROFILE}/status`, late, answer);
    shop.putProfile(unproven(40));
    await shop.operator.atRest();
    // It has no second generation.
    expect(landed).toEqual([undefined, 1]);
  });

  test('of a status that comes to nothing is tried again, and that alone', async () => {
    shop.api.on('PATCH', `${PROFILE}/status`, torn, status(500, 'InternalError'), shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
    expect(shop.writes(REPORT)).toEqual(['POST configmaps', ROLL]);
  });
});

describe('a profile that nobody can make sense of', () => {
  const path = objectPath(RESOURCES.DbPoolProfile, 'shop', 'hostile');
  const huge = 'x'.repeat(100_000);
  const conditions = Array.from({ length: 1000 }, () => ({
    type: 'Ready',
    status: 'Maybe',
    message: 'x'.repeat(1000),
  }));
  const deep = JSON.parse(`${'{"a":'.repeat(500)}1${'}'.repeat(500)}`) as object;
  const inherited = JSON.parse('{"__proto__":{"targetRef":1},"constructor":2}') as object;
  const asked = { [ANNOTATION.probeRequestedAt]: [1] };

  test.for<[string, object]>([
    ['no spec', { spec: undefined }],
    ['null in its spec', { spec: null }],
    ['text in its spec', { spec: huge }],
    ['numbers that are none', { spec: { targetRef: { name: 'api' }, pool: { min: 'many', max: {} } } }],
    ['the same target and numbers that are none', { spec: { targetRef: { name: 'search-api' }, pool: { max: {} } } }],
    ['a target that is no name', { spec: { targetRef: { name: '../../secrets' } } }],
    ['unknown fields', { spec: { ...unproven(5), targetRef: { name: 'other' }, deep, ...inherited }, deep }],
    ['a huge status', { status: { conditions, huge, observedGeneration: -1 } }],
    ['a status of another kind', { status: [huge] }],
    ['conditions that are none', { status: { conditions: [null] } }],
    ['odd metadata', { metadata: { annotations: asked, labels: 7, ownerReferences: 'x' } }],
    ['null in its metadata', { metadata: { annotations: null, labels: null, managedFields: null } }],
  ])('for %s hurts itself alone', async ([, hostile]) => {
    shop.putProfile({ targetRef: { name: 'other' } }, path, hostile);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    await shop.replacePods();
    expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
    expect(shop.condition('Ready', path)).toMatchObject({ status: 'False' });
    expect(errors()).toEqual([]);
    expect(await askedAtRest('shop/hostile')).toEqual([]);
  });
});
