import { afterEach, describe, expect, test, vi } from 'vitest';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { objectPath } from '../../src/kube/paths.ts';
import { neededFor, type Rule, WATCHED } from '../support/rbac.ts';
import { A_BACKEND, BACKEND, PROFILE, Shop, unproven } from '../support/shop.ts';

const TWO = { namespaces: ['shop', 'search'], profileSelector: undefined };
const OURS = { namespaces: undefined, profileSelector: 'team=search' };

const there = objectPath(RESOURCES.DbPoolProfile, 'search', 'search');
const backendThere = objectPath(RESOURCES.Deployment, 'search', 'search-api');
const elsewhere = objectPath(RESOURCES.DbPoolProfile, 'elsewhere', 'search');

/** Roles in these namespaces, and no ClusterRole. */
const inNamespaces =
  (...names: readonly string[]) =>
  (namespace: string | undefined): readonly Rule[] =>
    namespace !== undefined && names.includes(namespace) ? WATCHED : [];

let shop: Shop;

afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

/** Where the operator asked for something. */
const asked = () => new Set(shop.api.requests.map((request) => neededFor(request).namespace));
const until = (isMet: () => boolean) => vi.waitUntil(isMet, { interval: 5, timeout: 5000 });

describe('a list of namespaces', () => {
  test('an operator for a list of namespaces needs a Role in each, reads no other, and serves both', async () => {
    shop = await Shop.open(TWO, inNamespaces('shop', 'search'));
    shop.store.put(backendThere, A_BACKEND);
    for (const path of [PROFILE, there, elsewhere]) shop.putProfile(unproven(20), path);
    await until(() => shop.condition('Ready') !== undefined && shop.condition('Ready', there) !== undefined);
    await shop.operator.atRest();
    for (const path of [PROFILE, there]) expect(shop.condition('Ready', path)).toMatchObject({ reason: 'RollingOut' });
    expect(shop.store.get(elsewhere)).not.toHaveProperty('status');
    expect(asked()).toEqual(new Set(['shop', 'search']));
    expect(shop.operator.errors).toEqual([]);
  });

  test('an operator for a list of namespaces serves one without the Role of the other', async () => {
    const granted = ['shop'];
    shop = await Shop.open(TWO, (namespace) => inNamespaces(...granted)(namespace));
    shop.store.put(backendThere, A_BACKEND);
    shop.putProfile(unproven(20), there);
    shop.putProfile(unproven(20));
    await until(() => shop.condition('Ready')?.reason === 'RollingOut');
    expect(shop.store.get(there)).not.toHaveProperty('status');
    expect(String(shop.operator.errors[0])).toMatch(/GET .*\/namespaces\/search\/.*: 403 Forbidden/);
    granted.push('search');
    await until(() => shop.condition('Ready', there)?.reason === 'RollingOut');
  });

  test('a namespace is served once each of its kinds is listed, and not before', async () => {
    const withoutConfigMaps = WATCHED.filter(({ resources }) => !resources.includes('configmaps'));
    shop = await Shop.open(TWO, (namespace) => (namespace === 'shop' ? WATCHED : withoutConfigMaps));
    shop.store.put(backendThere, A_BACKEND);
    shop.putProfile(unproven(20), there);
    shop.putProfile(unproven(20));
    await until(() => shop.condition('Ready')?.reason === 'RollingOut');
    await shop.operator.lookAgain('search/search');
    expect(shop.store.get(there)).not.toHaveProperty('status');
  });

  test('a namespace that is deleted and created again is served', async () => {
    shop = await Shop.open(TWO, inNamespaces('shop', 'search'));
    const rollout = async () => {
      shop.store.put(backendThere, A_BACKEND);
      shop.putProfile(unproven(20), there);
      await until(() => shop.condition('Ready', there)?.reason === 'RollingOut');
      await shop.operator.atRest();
    };
    await rollout();
    for (const request of shop.api.requests)
      if (request.verb === 'POST') shop.store.remove(`${request.path}/${nameIn(request.body)}`);
    for (const path of [backendThere, there]) shop.store.remove(path);
    await shop.operator.atRest();
    await rollout();
    expect(shop.operator.errors).toEqual([]);
  });
});

describe('a selector of profiles', () => {
  const labelled = (team: string) => ({ metadata: { ...shop.store.get(PROFILE)?.metadata, labels: { team } } });

  test('a profile that the selector does not match is ignored', async () => {
    shop = await Shop.open(OURS);
    shop.putProfile(unproven(20), PROFILE, labelled('other'));
    await shop.operator.atRest();
    expect(shop.writes()).toEqual([]);
    shop.putProfile(unproven(20), PROFILE, labelled('search'));
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
  });

  test('a profile that the selector does not match any more is forgotten, and nothing is written', async () => {
    shop = await Shop.open(OURS);
    shop.putProfile({ ...unproven(20), onDelete: 'Restore' }, PROFILE, labelled('search'));
    await shop.operator.atRest();
    await shop.replacePods();
    const [writes, backend, looks] = [shop.writes().length, shop.get(BACKEND), shop.operator.outcomes.length];
    shop.putProfile({ ...unproven(30), onDelete: 'Restore' }, PROFILE, labelled('other'));
    await shop.operator.atRest();
    expect(shop.operator.outcomes.length).toBeGreaterThan(looks);
    shop.change(PROFILE, { metadata: { ...shop.get(PROFILE).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
    await shop.operator.lookAgain('shop/search');
    expect(shop.writes().slice(writes)).toEqual([]);
    expect(shop.get(BACKEND)).toEqual(backend);
  });
});

const nameIn = (body: unknown) => (body as { readonly metadata: { readonly name: string } }).metadata.name;
