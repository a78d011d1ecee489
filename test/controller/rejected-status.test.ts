/** A status that the API server rejects, whole or in part, and what a user then reads. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProfileStatus } from '../../src/api/v1alpha1.ts';
import { StatusRejections } from '../../src/controller/act/status-rejections.ts';
import { denied, overQuota, status, tooLarge } from '../support/answers.ts';
import type { Answer } from '../support/api-server.ts';
import { violationsOf } from '../support/crd.ts';
import { BACKEND, CONFIG_MAPS, JOBS, PROFILE, proven, Shop, unproven } from '../support/shop.ts';

const STATUS = `${PROFILE}/status`;

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const sent = (body: unknown): ProfileStatus => (body as { readonly status: ProfileStatus }).status;
const statuses = () => shop.api.requestsFor('PATCH', STATUS).map(({ body }) => sent(body));

/** Accepts what the CRD accepts; rejects the rest as an API server does. */
const byTheCrd: Answer = async (exchange) => {
  const violations = violationsOf(sent(exchange.request.body));
  await (violations.length > 0 ? status(500, violations.join()) : shop.store.answer)(exchange);
};

/** Rejects a status while it has one of these fields. */
const without =
  (answer: Answer, ...fields: readonly (keyof ProfileStatus)[]): Answer =>
  async (exchange) => {
    const isIn = (field: keyof ProfileStatus) => field in sent(exchange.request.body);
    await (fields.some(isIn) ? answer : shop.store.answer)(exchange);
  };

describe('the first profile of a namespace in which the operator may not create', () => {
  test.for<[string, Answer, RegExp]>([
    ['a quota', overQuota, /exceeded quota: no-config/],
    ['an admission webhook', denied, /admission webhook "names.example.com" denied the request/],
    ['the size of a request', tooLarge, /Request entity too large/],
    ['a missing right', status(403, 'Forbidden'), /403 Forbidden/],
  ])(
    'a user reads that %s keeps ConfigMaps from being created, in a status that the CRD accepts',
    async ([, answer, cause]) => {
      shop.api.on('POST', CONFIG_MAPS, answer);
      shop.api.on('PATCH', STATUS, byTheCrd);
      shop.putProfile(proven(20));
      await shop.api.received('POST', CONFIG_MAPS, 3);
      expect(shop.condition('Ready')).toMatchObject({
        reason: 'WriteRejected',
        message: expect.stringMatching(cause) as string,
      });
      const types = shop.status().conditions?.map(({ type }) => type) ?? [];
      expect(new Set(types).size).toBe(types.length);
    },
  );

  test('a salt that cannot be created concerns the probe', async () => {
    shop.api.on('POST', CONFIG_MAPS, async (exchange) => {
      const { metadata } = exchange.request.body as { readonly metadata: { readonly name: string } };
      await (metadata.name === 'dbpool-fingerprint-salt' ? overQuota : shop.store.answer)(exchange);
    });
    shop.putProfile(proven(20));
    await shop.api.received('POST', CONFIG_MAPS, 4);
    expect(shop.condition('ConfigRendered')).toMatchObject({ status: 'True', reason: 'Rendered' });
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ status: 'Unknown', reason: 'WriteRejected' });
  });

  test('a quota on Jobs concerns the probe, too', async () => {
    shop.api.on('POST', JOBS, overQuota);
    shop.api.on('PATCH', STATUS, byTheCrd);
    shop.putProfile(proven(20));
    await shop.api.received('POST', JOBS, 3);
    expect(shop.condition('ProbeSucceeded')?.message).toMatch(/exceeded quota/);
    expect(shop.condition('Stalled')).toMatchObject({ reason: 'WriteRejected' });
  });
});

describe('a rejected status', () => {
  test('a status that is rejected once is written in full', async () => {
    shop.api.on('PATCH', STATUS, status(422, 'Invalid'), shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.status()).toMatchObject({ desired: { max: 20 } });
    expect(shop.condition('Ready')?.message).not.toContain('rejected');
  });

  test.for([
    ['422 Invalid', status(422, 'Invalid')],
    ['413 RequestEntityTooLarge', tooLarge],
    ['500 InternalError', status(500, 'InternalError')],
    ['400 BadRequest', denied],
  ] as const)('a status that is rejected again with %s is reduced, and Ready says why', async ([error, answer]) => {
    shop.api.on('PATCH', STATUS, without(answer, 'desired'));
    shop.putProfile(unproven(20));
    await shop.api.received('PATCH', STATUS, 3);
    await shop.operator.atRest();
    expect(shop.status().conditions?.map(({ type }) => type)).toEqual(['Ready', 'Reconciling']);
    expect(shop.condition('Ready')?.message).toContain(`because the API server rejected it: PATCH ${STATUS}: ${error}`);
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
  });

  test('a status that is rejected is not sent again with each event', async () => {
    shop.api.on('PATCH', STATUS, without(status(422, 'Invalid'), 'desired'));
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    const before = statuses().length;
    for (let pass = 0; pass < 5; pass += 1) await shop.operator.lookAgain('shop/search');
    expect(statuses().length).toBe(before);
  });

  test('a status that is rejected in every form is not sent again with each event', async () => {
    shop.api.on('PATCH', STATUS, status(403, 'Forbidden'));
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    // Whole, again, reduced, and without the fields of before.
    expect(statuses().length).toBe(4);
    for (let pass = 0; pass < 5; pass += 1) await shop.operator.lookAgain('shop/search');
    expect(statuses().length).toBe(4);
    shop.api.on('PATCH', STATUS, shop.store.answer);
    shop.putProfile(unproven(30));
    await shop.operator.atRest();
    expect(shop.status()).toMatchObject({ desired: { max: 30 } });
  });

  test('a status that is rejected is sent at once after an edit of the spec, with the newest cause', async () => {
    shop.api.on('PATCH', STATUS, without(status(422, 'Invalid'), 'desired'));
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    shop.api.on('PATCH', STATUS, without(denied, 'desired'));
    shop.putProfile(unproven(30));
    await shop.operator.atRest();
    expect(shop.condition('Ready')?.message).toMatch(/no label team$/);
    shop.api.on('PATCH', STATUS, shop.store.answer);
    shop.putProfile(unproven(40));
    await shop.operator.atRest();
    expect(shop.status()).toMatchObject({ desired: { max: 40 } });
    expect(shop.condition('Ready')?.message).not.toContain('rejected');
  });

  test('a reduced status has the fields that were accepted before, unless they are rejected by now', async () => {
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.status().pods).toBeDefined();
    shop.api.on('PATCH', STATUS, without(status(422, 'Invalid'), 'current'));
    await shop.replacePods();
    expect(shop.status()).toMatchObject({ desired: { max: 20 }, pods: { desired: 1 } });
    expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
    shop.api.on('PATCH', STATUS, without(status(422, 'Invalid'), 'pods'));
    shop.putProfile(unproven(30));
    await shop.operator.atRest();
    expect(Object.keys(shop.status()).toSorted()).toEqual(['conditions', 'observedGeneration']);
  });

  test('the error of a write is reported although the status that reports it is rejected', async () => {
    shop.api.on('PATCH', BACKEND, denied);
    shop.api.on('PATCH', STATUS, without(status(422, 'Invalid'), 'desired'));
    shop.putProfile(unproven(20));
    await shop.api.received('PATCH', BACKEND, 4);
    expect(shop.condition('Ready')).toMatchObject({ reason: 'WriteRejected' });
    expect(shop.condition('Ready')?.message).toMatch(/no label team.* rejected it: .*422 Invalid/s);
    const errors = shop.operator.outcomes.map(({ outcome }) => (outcome.kind === 'error' ? String(outcome.error) : ''));
    expect(errors.at(-1)).toContain('no label team');
  });

  test('a profile that is deleted before its status is written ends without an error', async () => {
    shop.api.on('PATCH', STATUS, async (exchange) => {
      shop.store.remove(PROFILE);
      await shop.store.answer(exchange);
    });
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.operator.outcomes.every(({ outcome }) => outcome.kind === 'success')).toBe(true);
  });
});

describe('StatusRejections', () => {
  const profile = { namespace: 'shop', name: 'search', generation: 1 };

  test('the pause is none after the first rejection, then 5 s, doubling up to 5 minutes', () => {
    let now = 0;
    const rejections = new StatusRejections(() => now);
    const pauses = Array.from({ length: 9 }, () => {
      rejections.note(profile, '422');
      const waitMs = rejections.holding(profile)?.waitMs ?? 0;
      now += waitMs;
      return waitMs / 1000;
    });
    expect(pauses).toEqual([0, 5, 10, 20, 40, 80, 160, 300, 300]);
  });

  test('a pause ends with an edit of the spec, and is forgotten', () => {
    const rejections = new StatusRejections(() => 0);
    expect([rejections.note(profile, '422'), rejections.note(profile, '413')]).toEqual([1, 2]);
    expect(rejections.holding(profile)).toEqual({ error: '413', isTotal: false, waitMs: 5000 });
    expect(rejections.holding({ ...profile, generation: 2 })).toBeUndefined();
    rejections.forget('shop/search');
    expect(rejections.holding(profile)).toBeUndefined();
  });
});
