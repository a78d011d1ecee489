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

  test('an unprobed profile becomes one ConfigMap with its state, one write to the Deployment, and one of its status', () => {
    expect(shop.writes()).toEqual(['POST configmaps', ROLL, REPORT]);
    expect(shop.dataInUse()).toEqual(dataOf(20));
  });

  test('a complete rollout is one write of its state and one of the status', async () => {
    await shop.replacePods();
    expect(shop.writes().slice(-2)).toEqual([MARK, REPORT]);
    expect(shop.writes(REPORT)).toEqual(['POST configmaps', ROLL, MARK]);
  });

  test('a profile whose pods are replaced is Ready, and nothing more is written', async () => {
    expect(shop.condition('Ready')).toMatchObject({ status: 'False', reason: 'RollingOut' });
    await shop.replacePods();
    expect(shop.condition('Ready')).toMatchObject({ status: 'True', reason: 'Ready' });
    expect(await askedAtRest()).toEqual([]);
  });

  test('a reconcile reads nothing but by lists and watches, one for each kind, and the backend and its pods once', async () => {
    await shop.replacePods();
    const [before] = shop.api.requestsFor('GET', PODS);
    // Evicted pods stay as objects: they must not fill the list.
    expect(before?.query).toMatchObject({
      limit: '64',
      fieldSelector: 'status.phase!=Failed,status.phase!=Succeeded',
    });
    const collections = Object.values(RESOURCES).map((resource) => collectionPath(resource));
    const read = (verb: string) => shop.api.requests.filter((one) => one.verb === verb).map(({ path }) => path);
    expect(read('GET')).toEqual(expect.arrayContaining(collections));
    expect([...read('WATCH'), PODS, collectionPath(RESOURCES.Deployment, 'shop')].toSorted()).toEqual(
      read('GET').toSorted(),
    );
    expect(shop.operator.errors).toEqual([]);
  });

  test('a restarted operator writes nothing for a settled profile', async () => {
    await shop.replacePods();
    const before = shop.writes().length;
    await shop.restartOperator();
    await shop.operator.atRest();
    expect(shop.operator.outcomes).toMatchObject([{ key: 'shop/search', outcome: { kind: 'success' } }]);
    expect(shop.writes().slice(before)).toEqual([]);
  });

  test('a status that alone differs is the only write', async () => {
    await shop.replacePods();
    const before = shop.writes().length;
    shop.change(BACKEND, { status: { ...shop.get(BACKEND).status, availableReplicas: 0 } });
    await shop.operator.atRest();
    expect(shop.writes().slice(before)).toEqual([REPORT]);
    expect(shop.condition('RolledOut')).toMatchObject({ status: 'False', reason: 'PodsUnavailable' });
  });

  test('a status that a user removed is written again', async () => {
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

  test('a changed profile is rolled out once more', async () => {
    await shop.replacePods();
    const before = shop.writes(REPORT).length;
    shop.putProfile(unproven(30));
    await shop.operator.atRest();
    expect(shop.writes(REPORT).slice(before)).toEqual(['POST configmaps', ROLL]);
    expect(shop.dataInUse()).toEqual(dataOf(30));
  });

  test('a pod of another Deployment does not count, whatever its label', async () => {
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

  test('a profile that is deleted with Restore restores the Deployment, with an invalid spec too', async () => {
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

  test('a profile that is deleted without Restore leaves its backend unchanged', async () => {
    await shop.replacePods();
    const before = shop.writes().length;
    shop.store.remove(PROFILE);
    await shop.operator.atRest();
    expect(shop.writes().slice(before)).toEqual([]);
    expect(shop.operator.outcomes.at(-1)).toMatchObject({ key: 'shop/search', outcome: { kind: 'success' } });
    expect(shop.dataInUse()).toEqual(dataOf(20));
  });
});

describe('an event on a profile whose finalizer is removed', () => {
  const LIFT = 'PATCH dbpoolprofiles/search';
  const events = collectionPath(EVENTS, 'shop');
  const letGo = async () => {
    shop.store.remove(BACKEND);
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['dbpool.dev/restore'] };
    shop.putProfile({ ...unproven(20), onDelete: 'Restore' }, PROFILE, { metadata });
    await shop.operator.atRest();
  };

  test('an event is written before the finalizer is removed', async () => {
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

  test('an event is written once, though the finalizer is removed at the second attempt', async () => {
    shop.api.on('PATCH', PROFILE, status(500, 'InternalError'), shop.store.answer);
    await letGo();
    const names = shop.api.requestsFor('POST', events).map(({ body }) => (body as KubeObject).metadata?.name);
    expect(names).toEqual([names[0], names[0]]);
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([]);
  });

  test('an event and the removal of the finalizer wait where the API server asks to wait', async () => {
    shop.api.on('POST', events, status(429, 'TooManyRequests', 0.05), shop.store.answer);
    await letGo();
    expect(shop.writes(REPORT)).toEqual(['POST events', 'POST events', LIFT]);
  });

  test.for<[string, Answer]>([
    ['rejected, as in a namespace that is being deleted', status(403, 'Forbidden')],
    ['there already', status(409, 'AlreadyExists')],
    ['too much for the API server', status(500, 'InternalError')],
    ['without a response', torn],
  ])('a finalizer is removed all the same where the event is %s', async ([, answer]) => {
    shop.api.on('POST', events, answer);
    await letGo();
    expect(shop.writes(REPORT)).toEqual(['POST events', LIFT]);
    expect(errors()).toEqual([]);
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([]);
  });
});

describe('a write', () => {
  test('a write to a Deployment that was just changed conflicts, and is tried on the new version', async () => {
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

  test('a deletion of an old ConfigMap conflicts where its state was changed meanwhile, and is decided anew', async () => {
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

  test('a write whose response is lost is not repeated', async () => {
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

  test('a status of a profile that was deleted meanwhile is no error', async () => {
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

  test('a status is never written to another profile of the name, created meanwhile', async () => {
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

  test('a status whose write fails is written again, and nothing else', async () => {
    shop.api.on('PATCH', `${PROFILE}/status`, torn, status(500, 'InternalError'), shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
    expect(shop.writes(REPORT)).toEqual(['POST configmaps', ROLL]);
  });
});

describe('an invalid profile', () => {
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
    ['settings that are no numbers', { spec: { targetRef: { name: 'api' }, pool: { min: 'many', max: {} } } }],
    [
      'the target of another and settings that are no numbers',
      { spec: { targetRef: { name: 'search-api' }, pool: { max: {} } } },
    ],
    ['a target that is no name', { spec: { targetRef: { name: '../../secrets' } } }],
    ['unknown fields', { spec: { ...unproven(5), targetRef: { name: 'other' }, deep, ...inherited }, deep }],
    ['a huge status', { status: { conditions, huge, observedGeneration: -1 } }],
    ['a status of another kind', { status: [huge] }],
    ['conditions of another shape', { status: { conditions: [null] } }],
    ['odd metadata', { metadata: { annotations: asked, labels: 7, ownerReferences: 'x' } }],
    ['null in its metadata', { metadata: { annotations: null, labels: null, managedFields: null } }],
  ])('a profile with %s disturbs no other', async ([, hostile]) => {
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
