/** A restart of the operator in a large cluster in which all is settled: it reads everything, and writes nothing. */
import { expect, test, vi } from 'vitest';
import { collectionPath } from '../../src/kube/paths.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { ApiServer } from '../support/api-server.ts';
import { ObjectStore } from '../support/object-store.ts';
import { OperatorProcess } from '../support/operator-process.ts';
import { BACKEND, PROFILE, Shop, unproven } from '../support/shop.ts';

const PROFILES = 5000;

/** Far more than it takes: a machine may be busy with others. */
const PATIENCE_MS = 100_000;

/** A settled shop of one backend, its objects by path: what the operator itself made of it. */
async function settledShop(): Promise<ReadonlyMap<string, KubeObject>> {
  await using shop = await Shop.open();
  shop.putProfile(unproven(20));
  await shop.operator.atRest();
  await shop.replacePods();
  expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
  return new Map(shop.store.entries());
}

/** The same shop under another name of its namespace, with uids of its own. */
function copied([path, object]: readonly [string, KubeObject], name: string): readonly [string, KubeObject] {
  const text = JSON.stringify(object)
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, `$&-${name}`)
    .replaceAll(/"shop(["/])/g, `"${name}$1`);
  return [path.replace('/shop/', `/${name}/`), JSON.parse(text) as KubeObject];
}

test(`a restart with ${PROFILES} settled profiles writes nothing`, { timeout: 2 * PATIENCE_MS }, async () => {
  const shop = await settledShop();
  await using api = await ApiServer.start();
  const store = new ObjectStore();
  api.otherwise = store.answer;
  for (let index = 0; index < PROFILES; index += 1)
    for (const entry of shop) store.put(...copied(entry, `shop-${index}`));

  const from = performance.now();
  await using operator = OperatorProcess.start(api, 'restarted');
  await operator.said('became leader', PATIENCE_MS);
  const leadsMs = performance.now() - from;
  // It is looked at after all the others, so once it is reported on, they have been looked at.
  const last = [...shop].filter(([path]) => [PROFILE, BACKEND].includes(path)).map((entry) => copied(entry, 'last'));
  for (const [path, object] of last) store.put(path, { ...object, status: undefined } as KubeObject);
  const isReported = () => store.get(PROFILE.replace('/shop/', '/last/'))?.status !== undefined;
  await vi.waitUntil(isReported, { interval: 5, timeout: PATIENCE_MS });
  const settledMs = performance.now() - from;

  const writes = api.requests.filter(({ verb, path }) => !['GET', 'WATCH'].includes(verb) && !path.includes('/leases'));
  expect(writes.filter(({ path }) => !path.includes('/namespaces/last/'))).toEqual([]);
  const lists = api.requests.filter(({ verb, path }) => verb === 'GET' && !path.includes('/leases'));
  expect(new Set(lists.map(({ path }) => path))).toContain(collectionPath(RESOURCES.DbPoolProfile));
  console.log(
    `${PROFILES} profiles: ${lists.length} lists, leads after ${Math.round(leadsMs)} ms, all looked at after ${Math.round(settledMs)} ms`,
  );
});
