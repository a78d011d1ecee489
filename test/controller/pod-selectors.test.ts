import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { KubeObject } from '../../src/kube/types.ts';
import { BACKEND, JOBS, proven, Shop } from '../support/shop.ts';

const SERVICES = '/api/v1/namespaces/shop/services';
const BUDGETS = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const lists = () => [SERVICES, BUDGETS].map((path) => shop.api.requestsFor('GET', path).length);
const jobs = () => shop.api.requestsFor('POST', JOBS).length;
const labelled = (podLabels: object) => ({ ...proven(20), probe: { podLabels } });

/** A Service that selects the probe's pod by the label that the profile adds. */
const catching = (selector: object): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Service', spec: { selector } }) as KubeObject;

test('a probe without podLabels starts without a list', async () => {
  shop.putProfile(proven(20));
  await shop.operator.atRest();
  expect([jobs(), lists()]).toEqual([1, [0, 0]]);
});

test('a probe with podLabels starts after one list of Services and PodDisruptionBudgets, and later passes list nothing', async () => {
  shop.putProfile(labelled({ role: 'probe' }));
  await shop.operator.atRest();
  await shop.operator.lookAgain('shop/search');
  expect([jobs(), lists()]).toEqual([1, [1, 1]]);
  expect(shop.api.requestsFor('WATCH', '/api/v1/services')).toEqual([]);
});

test('a probe that the selector of a Service matches is rejected, and starts at a retry once that is gone', async () => {
  shop.store.put(`${SERVICES}/web`, catching({ role: 'probe' }));
  shop.putProfile(labelled({ role: 'probe' }));
  await shop.operator.atRest();
  expect(shop.condition('Ready')).toMatchObject({ reason: 'PodLabelsMatchBackend' });
  expect(shop.condition('Ready')?.message).toContain('Service web');
  const [before = 0] = lists();
  shop.store.remove(`${SERVICES}/web`);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 30_000 });
  onTestFinished(() => void vi.useRealTimers());
  await shop.operator.lookAgain('shop/search');
  expect(jobs()).toBe(1);
  expect(lists()[0]).toBe(before + 1);
});

test('a probe that the Deployment’s own selector matches is rejected without a list', async () => {
  shop.change(BACKEND, { spec: { ...shop.get(BACKEND).spec, selector: { matchLabels: { app: 'search-api' } } } });
  shop.putProfile(labelled({ app: 'search-api' }));
  await shop.operator.atRest();
  expect(shop.condition('Ready')).toMatchObject({ reason: 'PodLabelsMatchBackend' });
  expect([jobs(), lists()]).toEqual([0, [0, 0]]);
});
