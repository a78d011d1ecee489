/** Writes that the API server rejects as conflicts: those that pass are silent, those that do not are reported. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LastingConflictError } from '../../src/controller/act/conflicts.ts';
import { LABEL } from '../../src/core/model/naming.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { fieldConflict, status } from '../support/answers.ts';
import type { Answer } from '../support/api-server.ts';
import { A_BACKEND, BACKEND, PROFILE, Shop, unproven } from '../support/shop.ts';

const STATUS = `${PROFILE}/status`;
const MAX = '.spec.template.spec.containers[name="app"].env[name="DB_POOL_MAX"].valueFrom.configMapKeyRef.name';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

/** The backend as somebody else wrote it, observed by its controller. */
function putBackend(template: object, managedFields: readonly object[] = []): void {
  const status = { observedGeneration: 2, replicas: 1, updatedReplicas: 1, availableReplicas: 1 };
  const metadata = { ...shop.get(BACKEND).metadata, managedFields: [...managedFields] };
  shop.store.put(BACKEND, { ...A_BACKEND, metadata, spec: { replicas: 1, template }, status } as KubeObject);
}

describe('a conflict that does not pass', () => {
  test('a conflict of field managers is reported with the other manager and the field', async () => {
    shop.api.on('PATCH', BACKEND, fieldConflict('kubectl', MAX));
    shop.putProfile(unproven(20));
    await shop.api.received('PATCH', BACKEND, 3);
    for (const type of ['Ready', 'RolledOut', 'Stalled'])
      expect(shop.condition(type)).toMatchObject({
        reason: 'WriteConflict',
        message: expect.stringMatching(
          /^Deployment search-api could not be written: kubectl set fields that the operator has to set.*adopt: true\. PATCH .* conflict with "kubectl" using apps\/v1: \.spec\.template.*DB_POOL_MAX/,
        ) as string,
      });
  });

  test('a conflict that does not pass is logged as an error', async () => {
    shop.api.on('PATCH', BACKEND, fieldConflict('kubectl', MAX));
    shop.putProfile(unproven(20));
    await shop.api.received('PATCH', BACKEND, 4);
    const errors = shop.operator.outcomes.map(({ outcome }) => (outcome.kind === 'error' ? outcome.error : undefined));
    expect(errors.at(-1)).toBeInstanceOf(LastingConflictError);
  });

  test('a conflict of field managers ends once they give up the field', async () => {
    shop.api.on('PATCH', BACKEND, fieldConflict('kubectl', MAX), fieldConflict('kubectl', MAX), shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
    expect(shop.condition('Stalled')).toBeUndefined();
  });

  test('a label of another profile that somebody else owns is reported, too', async () => {
    const labels = { [LABEL.profile]: 'orders', [LABEL.configHash]: '0123456789' };
    putBackend({ metadata: { labels }, spec: { containers: [{ name: 'app' }] } });
    shop.api.on(
      'PATCH',
      BACKEND,
      fieldConflict('kubectl-client-side-apply', `.spec.template.metadata.labels.${LABEL.profile}`),
    );
    shop.putProfile(unproven(20));
    await shop.api.received('PATCH', BACKEND, 3);
    expect(shop.condition('Ready')).toMatchObject({
      reason: 'WriteConflict',
      message: expect.stringContaining('kubectl-client-side-apply set fields') as string,
    });
  });

  test('a conflict without a cause is reported where the object does not change', async () => {
    shop.api.on('PATCH', BACKEND, status(409, 'Conflict'));
    shop.putProfile(unproven(20));
    await shop.api.received('PATCH', BACKEND, 3);
    expect(shop.condition('Ready')).toMatchObject({
      reason: 'WriteConflict',
      message: expect.stringContaining('although nobody has changed the object') as string,
    });
  });
});

describe('a conflict that passes', () => {
  test('a conflict is not reported while the watch has not shown the object as it is', async () => {
    // The Deployment changes at each try, and the watch is behind: the same version is sent again and again.
    const { metadata } = shop.get(BACKEND);
    let tries = 0;
    const changing: Answer = async (exchange) => {
      tries += 1;
      await (tries < 4 ? status(409, 'Conflict') : shop.store.answer)(exchange);
    };
    shop.api.on('GET', BACKEND.replace('/search-api', ''), shop.store.answer, async ({ response }) => {
      const items = [{ metadata: { ...metadata, resourceVersion: `newer ${tries}` } }];
      response.end(JSON.stringify({ items }));
      await Promise.resolve();
    });
    shop.api.on('PATCH', BACKEND, changing);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    const told = shop.api.requestsFor('PATCH', STATUS).map(({ body }) => JSON.stringify(body));
    expect(tries).toBe(4);
    expect(told.join()).not.toContain('WriteConflict');
    expect(shop.condition('Ready')).toMatchObject({ reason: 'RollingOut' });
  });

  test('a single conflict causes no further request', async () => {
    shop.api.on('PATCH', BACKEND, status(409, 'Conflict'), shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    const isNamed = ({ query }: { readonly query: Readonly<Record<string, string>> }) =>
      query['fieldSelector']?.startsWith('metadata.name=') === true;
    // The one is from when the profile came and first named the backend.
    expect(shop.api.requests.filter(isNamed)).toHaveLength(1);
  });
});

describe('variables from a ConfigMap of kustomize, whose suffix looks like the hash of a configuration', () => {
  const env = ['DB_POOL_MIN', 'DB_POOL_MAX'].map((name) => ({
    name,
    valueFrom: { configMapKeyRef: { name: 'search-9642bcdf75', key: name } },
  }));
  const owned = Object.fromEntries(env.map(({ name }) => [`k:{"name":"${name}"}`, { '.': {} }]));
  const managed = {
    manager: 'kubectl-client-side-apply',
    operation: 'Update',
    apiVersion: 'apps/v1',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:env': owned } } } } },
    },
  };

  test('variables from a ConfigMap of kustomize are reported with their owner, and nothing is written', async () => {
    putBackend({ spec: { containers: [{ name: 'app', env }] } }, [managed]);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    expect(shop.condition('Ready')).toMatchObject({
      reason: 'VariableConflict',
      message: expect.stringContaining('set by kubectl-client-side-apply') as string,
    });
    expect(shop.api.requestsFor('PATCH', BACKEND)).toEqual([]);
  });
});
