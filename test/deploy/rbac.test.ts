import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { FIELD_MANAGER } from '../../src/core/model/naming.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { ApiServer } from '../support/api-server.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { ObjectStore } from '../support/object-store.ts';
import { authorized, manifestsIn, neededFor, rightsOf, type Rule, rulesIn, WATCHED } from '../support/rbac.ts';
import { Replica } from '../support/replica.ts';
import { BACKEND, CONFIG_MAPS, PROFILE, proven, Shop, unproven } from '../support/shop.ts';

const OPERATOR = 'operator/rbac.yaml';
const NAMESPACE = 'namespaces/watched/role.yaml';

/** The rights that were used, each once, in the order of the alphabet. */
const used = (api: ApiServer) => [...new Set(api.requests.map((request) => neededFor(request).right))].toSorted();
const given = (rules: readonly Rule[]) => rightsOf(rules).toSorted();

/** Notes who made the ConfigMaps, as the API server does: without it the operator takes none away. */
function sign(shop: Shop): void {
  for (const { body } of shop.api.requestsFor('POST', CONFIG_MAPS)) {
    const path = `${CONFIG_MAPS}/${(body as KubeObject).metadata?.name}`;
    if (shop.store.get(path) === undefined) continue;
    shop.change(path, { metadata: { ...shop.get(path).metadata, managedFields: [{ manager: FIELD_MANAGER }] } });
  }
}

/** A life of a profile in which the operator does all that it ever does. */
async function live(shop: Shop): Promise<void> {
  const { operator } = shop;
  const containers = [{ name: 'app', envFrom: [{ configMapRef: { name: 'theirs' } }] }];
  shop.change(BACKEND, { spec: { replicas: 1, template: { spec: { containers } } } });
  shop.putProfile({ ...proven(20), probe: { podLabels: { role: 'probe' } }, onDelete: 'Restore' });
  await operator.atRest();
  // The Job gets no pod, the operator reads why, and may delete it, since nothing was sent.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 15_000 });
  onTestFinished(() => void vi.useRealTimers());
  await operator.lookAgain('shop/search');
  for (const max of [30, 40, 50]) {
    shop.putProfile({ ...unproven(max), onDelete: 'Restore' });
    await operator.atRest();
    sign(shop);
    await shop.replacePods();
  }
  const metadata = { ...shop.get(PROFILE).metadata, deletionTimestamp: new Date().toISOString() };
  shop.store.remove(BACKEND);
  shop.change(PROFILE, { metadata });
  await operator.atRest();
}

describe('the rights of the operator', () => {
  test('the rights of the operator where it watches are those that it uses, and no other', async () => {
    await using shop = await Shop.open();
    await live(shop);
    expect(used(shop.api)).toEqual(given(WATCHED));
    expect(shop.operator.errors).toEqual([]);
  });

  test('the rights of the operator for its lease are those that it uses, and no other', async () => {
    await using api = await ApiServer.start();
    const rules = rulesIn(OPERATOR);
    api.otherwise = authorized((namespace) => (namespace === 'dbpool-system' ? rules : []), new ObjectStore().answer);
    const replica = new Replica({ api, clock: new FakeClock(), identity: 'a', skewMs: 0 });
    await vi.waitUntil(() => replica.state === 'leading', { interval: 1 });
    await replica.stop();
    await replica.close();
    expect([used(api), replica.errors]).toEqual([given(rules), []]);
  });

  test('the rights of the operator are the same in all namespaces and in each of a list', () => {
    expect(rulesIn(NAMESPACE)).toEqual(WATCHED);
  });

  test('the rights of the operator include no Secret and no wildcard', () => {
    const reached = [...WATCHED, ...rulesIn(OPERATOR)].flatMap(({ apiGroups, resources, verbs }) => [
      ...apiGroups,
      ...resources,
      ...verbs,
    ]);
    expect(reached).not.toContain('secrets');
    expect(reached).not.toContain('*');
  });
});

describe('the manifests for a list of namespaces', () => {
  const manifests = [...manifestsIn(OPERATOR), ...manifestsIn('operator/deployment.yaml'), ...manifestsIn(NAMESPACE)];

  test('the manifests for a list of namespaces have no object outside of a namespace', () => {
    const kinds = new Set(manifests.map(({ kind }) => kind));
    expect([...kinds].toSorted()).toEqual(['Deployment', 'Role', 'RoleBinding', 'ServiceAccount']);
  });

  test('the manifests for a list of namespaces bind each Role to the operator, and fit its own namespace, too', () => {
    const account = { kind: 'ServiceAccount', name: 'dbpool-operator', namespace: 'dbpool-system' };
    const roles = manifests.filter(({ kind }) => kind === 'Role').map(({ metadata }) => metadata.name);
    const bindings = manifests.filter(({ kind }) => kind === 'RoleBinding');
    expect(new Set(roles).size).toBe(2);
    expect(bindings.map(({ roleRef }) => [roleRef?.kind, roleRef?.name])).toEqual(roles.map((name) => ['Role', name]));
    for (const { subjects } of bindings) expect(subjects).toEqual([account]);
  });
});
