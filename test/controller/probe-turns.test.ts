import { afterEach, beforeEach, expect, test } from 'vitest';
import { RESOURCES } from '../../src/controller/watches.ts';
import { objectPath } from '../../src/kube/types.ts';
import { BACKEND, JOBS, proven, Shop } from '../support/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];

/** A profile for a backend of its own, with the same Secret and database as all others unless told otherwise. */
function put(name: string, database: object = {}): void {
  const path = objectPath(RESOURCES.Deployment, 'shop', name);
  const { metadata: _, ...backend } = shop.get(BACKEND);
  shop.store.put(path, backend);
  const spec = proven(20);
  shop.putProfile(
    { ...spec, targetRef: { name }, database: { ...spec.database, ...database } },
    objectPath(RESOURCES.DbPoolProfile, 'shop', name),
  );
}

const started = () => shop.api.requestsFor('POST', JOBS).length;

test('of profiles that come at the same time and share Secret and connect string, one is probed', async () => {
  for (const name of NAMES) put(name);
  await shop.operator.atRest();
  expect(started()).toBe(1);
});

test('of profiles that share nothing but their namespace, all are probed, with one salt', async () => {
  for (const name of NAMES) put(name, { connectString: `${name}:1521/FREEPDB1` });
  await shop.operator.atRest();
  await Promise.all(NAMES.map((name) => shop.operator.lookAgain(`shop/${name}`)));
  expect(started()).toBe(NAMES.length);
  const salts = shop.writes().filter((write) => write === 'POST configmaps');
  // One ConfigMap for each profile, and the salt.
  expect(salts).toHaveLength(NAMES.length + 1);
});
