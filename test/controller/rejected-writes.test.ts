/** What the API server refuses, and what a person then reads. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { LABEL, MANAGED_BY } from '../../src/core/model/naming.ts';
import { collectionPath } from '../../src/kube/paths.ts';
import type { KubeObject, ObjectMeta } from '../../src/kube/types.ts';
import { status } from '../support/answers.ts';
import type { Answer } from '../support/api-server.ts';
import { BACKEND, CONFIG_MAPS, dataOf, JOBS, PROFILE, proven, REPORT, ROLL, Shop, unproven } from '../support/shop.ts';

let shop: Shop;
let allow: () => void;
let onceAllowed: Answer;

beforeEach(async () => {
  shop = await Shop.open();
  const isAllowed = Promise.withResolvers<void>();
  allow = isAllowed.resolve;
  onceAllowed = async (exchange) => {
    await isAllowed.promise;
    await shop.store.answer(exchange);
  };
});

afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

describe('a write that the API server rejects', () => {
  test.for<[number, string, 'Stalled' | 'Reconciling']>([
    [403, 'Forbidden', 'Stalled'],
    [422, 'Invalid', 'Stalled'],
    [500, 'InternalError', 'Reconciling'],
  ])(
    'a ConfigMap that is rejected with %i %s is reported with its message, and no later write is tried',
    async ([code, reason, as]) => {
      const refusal = status(code, reason);
      shop.api.on('POST', CONFIG_MAPS, refusal, refusal, refusal, onceAllowed);
      shop.putProfile(unproven(20));
      await shop.api.received('POST', CONFIG_MAPS, 4);
      expect(shop.writes('POST configmaps')).toEqual([REPORT]);
      const error = `POST ${CONFIG_MAPS}: ${code} ${reason}: ${reason}, as scripted`;
      const ours = 'ConfigMap search-[0-9a-f]{10} could not be written, and the operator tries again';
      const message = expect.stringMatching(new RegExp(`^${ours}: ${error}$`)) as string;
      for (const [type, is] of [
        ['Ready', 'False'],
        ['ConfigRendered', 'False'],
        [as, 'True'],
      ] as const)
        expect(shop.condition(type)).toMatchObject({ status: is, reason: 'WriteRejected', message });
      allow();
      await shop.operator.atRest();
      await shop.replacePods();
      expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
      expect(shop.condition(as)).toBeUndefined();
    },
  );

  test.for<[string, 'POST' | 'PATCH', string]>([
    ['POST configmaps', 'POST', CONFIG_MAPS],
    [REPORT, 'PATCH', `${PROFILE}/status`],
  ])('a response to %s that asks to wait is followed by no request before that', async ([refused, verb, path]) => {
    shop.api.on(verb, path, status(429, 'TooManyRequests', 0.2), shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.api.received(verb, path, 2);
    const ours = shop.writes();
    expect(ours.slice(ours.indexOf(refused))).toEqual([refused, refused]);
    const errors = shop.operator.outcomes.filter(({ outcome }) => outcome.kind === 'error');
    expect(errors).toMatchObject([{ outcome: { retryInMs: 200 } }]);
    await shop.operator.atRest();
    expect(shop.dataInUse()).toEqual(dataOf(20));
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
  });

  test.for<[string, { readonly metadata: ObjectMeta }]>([
    ["without the operator's label", { metadata: {} }],
    ['under the label of another profile', { metadata: { labels: { ...MANAGED_BY, [LABEL.profile]: 'other' } } }],
  ])('a ConfigMap that is there %s is reported, with what to do', async ([, labels]) => {
    let path = '';
    shop.api.on('POST', CONFIG_MAPS, async (exchange) => {
      path = `${CONFIG_MAPS}/${(exchange.request.body as KubeObject).metadata?.name}`;
      shop.store.put(path, { apiVersion: 'v1', kind: 'ConfigMap', ...labels });
      shop.api.on('POST', CONFIG_MAPS, shop.store.answer, onceAllowed);
      await shop.store.answer(exchange);
    });
    shop.putProfile(unproven(20));
    await shop.api.received('POST', CONFIG_MAPS, 3);
    for (const type of ['Ready', 'ConfigRendered', 'Stalled'])
      expect(shop.condition(type)).toMatchObject({
        reason: 'ConfigMapConflict',
        message: expect.stringMatching(/^ConfigMap search-\w{10} exists without the labels.* Delete it\.$/),
      });
    shop.store.remove(path);
    allow();
    await shop.operator.atRest();
    expect(shop.dataInUse()).toEqual(dataOf(20));
  });

  test('a ConfigMap that the operator created, and no watch has reported, is read once and used', async () => {
    // The watch tells of nothing until the rollout has started: else it would tell of the ConfigMap before the second POST.
    const rolled = shop.api.received('PATCH', BACKEND);
    const onceRolled: Answer = async (exchange) => {
      await rolled;
      await status(500, 'InternalError')(exchange);
    };
    shop.api.on('WATCH', collectionPath(RESOURCES.ConfigMap), onceRolled, shop.store.answer);
    await shop.restartOperator();
    shop.api.on(
      'POST',
      CONFIG_MAPS,
      ({ request: { body }, tear }) => {
        const created = body as KubeObject;
        shop.store.put(`${CONFIG_MAPS}/${created.metadata?.name}`, created);
        tear();
      },
      shop.store.answer,
    );
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.writes(REPORT)).toEqual(['POST configmaps', 'POST configmaps', ROLL]);
    expect(shop.dataInUse()).toEqual(dataOf(20));
    expect(shop.api.requests.filter(({ verb, path }) => verb === 'GET' && path.startsWith(CONFIG_MAPS))).toHaveLength(
      1,
    );
    const told = shop.api.requestsFor('PATCH', `${PROFILE}/status`).map(({ body }) => JSON.stringify(body));
    expect(told.join()).not.toContain('ConfigMapConflict');
  });

  test('a Job that is there already is a conflict, which is retried and not reported', async () => {
    shop.api.on('POST', JOBS, status(409, 'AlreadyExists'), onceAllowed);
    shop.putProfile(proven(20));
    await shop.api.received('POST', JOBS, 2);
    const told = shop.api.requestsFor('PATCH', `${PROFILE}/status`).map(({ body }) => JSON.stringify(body));
    expect(told.join()).not.toContain('WriteRejected');
    allow();
    await shop.operator.atRest();
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ reason: 'Probing' });
  });

  test('a Job that somebody else created is reported, with what to do', async () => {
    shop.api.on('POST', JOBS, async (exchange) => {
      const { metadata } = exchange.request.body as KubeObject;
      shop.store.put(`${JOBS}/${metadata?.name}`, { apiVersion: 'batch/v1', kind: 'Job', metadata: { labels: {} } });
      await shop.store.answer(exchange);
    });
    shop.putProfile(proven(20));
    await shop.api.received('POST', JOBS, 3);
    for (const type of ['Ready', 'ProbeSucceeded', 'Stalled'])
      expect(shop.condition(type)).toMatchObject({
        reason: 'WriteConflict',
        message: expect.stringMatching(/^Job search-probe-\w+-1 exists without the labels.* Delete it\.$/) as string,
      });
  });

  test('a Job from a backup that no watch has reported is read once, and the next attempt has another name', async () => {
    const jobs = shop.api.received('POST', JOBS, 2);
    shop.api.on('WATCH', collectionPath(RESOURCES.Job), async (exchange) => {
      await jobs;
      await shop.store.answer(exchange);
    });
    await shop.restartOperator();
    shop.api.on(
      'POST',
      JOBS,
      async (exchange) => {
        const created = exchange.request.body as KubeObject;
        const metadata = { ...created.metadata, ownerReferences: [] };
        const ended = { type: 'Complete', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
        const restored = { ...created, metadata, status: { conditions: [ended] } };
        shop.store.put(`${JOBS}/${created.metadata?.name}`, restored);
        await shop.store.answer(exchange);
      },
      shop.store.answer,
    );
    shop.putProfile(proven(20));
    await jobs;
    await shop.operator.atRest();
    const names = shop.api.requestsFor('POST', JOBS).map(({ body }) => (body as KubeObject).metadata?.name?.slice(-2));
    expect(names).toEqual(['-1', '-2']);
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ reason: 'Probing' });
  });

  test('a rejected write to the Deployment leaves the writes before it', async () => {
    shop.api.on('PATCH', BACKEND, status(403, 'Forbidden'), onceAllowed);
    shop.putProfile(unproven(20));
    await shop.api.received('PATCH', BACKEND, 2);
    expect(shop.condition('ConfigRendered')).toMatchObject({ status: 'True', reason: 'Rendered' });
    expect(shop.condition('RolledOut')).toMatchObject({ status: 'False', reason: 'WriteRejected' });
    allow();
    await shop.operator.atRest();
    expect(shop.dataInUse()).toEqual(dataOf(20));
  });

  test('a rejected probe Job says nothing of the database', async () => {
    shop.api.on('POST', JOBS, status(403, 'Forbidden'), onceAllowed);
    shop.putProfile(proven(20));
    await shop.api.received('POST', JOBS, 2);
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ status: 'Unknown', reason: 'WriteRejected' });
    allow();
    await shop.operator.atRest();
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ status: 'Unknown', reason: 'Probing' });
  });
});
