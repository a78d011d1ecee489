/** What other field managers wrote and the operator has to replace or remove; and a namespace that is being deleted. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FINALIZER } from '../../src/core/model/naming.ts';
import { logOutcome } from '../../src/operator/outcome-log.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { status, terminating } from '../support/answers.ts';
import { BACKEND, CONFIG_MAPS, JOBS, PROFILE, proven, Shop, unproven } from '../support/shop.ts';

const EVENTS = '/api/v1/namespaces/shop/events';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const restoring = { ...unproven(20), onDelete: 'Restore' };
const deleteProfile = () =>
  shop.change(PROFILE, { metadata: { ...shop.get(PROFILE).metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });

/** What a leader logs as an error. */
const errors = () => {
  const lines: string[] = [];
  const log = {
    ...createLog('silent'),
    debug: () => undefined,
    info: () => undefined,
    error: (_: unknown, text: string) => lines.push(text),
  };
  for (const { key, outcome } of shop.operator.outcomes) logOutcome(log as never, key, outcome);
  return lines;
};

describe('a finalizer', () => {
  test('a finalizer that another field manager owns, as after a restore from a backup, is removed, and others stay', async () => {
    const managedFields = [{ manager: 'velero-server', operation: 'Update', apiVersion: 'dbpool.dev/v1alpha1' }];
    const metadata = { finalizers: ['of/others', FINALIZER], managedFields };
    shop.putProfile(restoring, PROFILE, { metadata });
    await shop.operator.atRest();
    shop.store.remove(BACKEND);
    deleteProfile();
    await shop.operator.atRest();
    expect(shop.get(PROFILE).metadata.finalizers).toEqual(['of/others']);
    const [write] = shop.api.requestsFor('PATCH', PROFILE);
    // A server-side apply removes only what its manager owns.
    expect(write?.headers['content-type']).toBe('application/merge-patch+json');
  });

  test('a finalizer is removed from the list as it is by then', async () => {
    shop.putProfile(restoring);
    await shop.operator.atRest();
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([FINALIZER]);
    shop.store.remove(BACKEND);
    shop.api.on(
      'PATCH',
      PROFILE,
      async (exchange) => {
        // Another controller adds its finalizer at this moment.
        shop.change(PROFILE, { metadata: { ...shop.get(PROFILE).metadata, finalizers: [FINALIZER, 'of/others'] } });
        await shop.store.answer(exchange);
      },
      shop.store.answer,
    );
    deleteProfile();
    await shop.operator.atRest();
    expect(shop.get(PROFILE).metadata.finalizers).toEqual(['of/others']);
    expect(errors()).toEqual([]);
  });
});

describe('the state on a ConfigMap that came back from a backup', () => {
  test('state that another field manager wrote is replaced as a whole, entries that are void included', async () => {
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    const [path = ''] = [...shop.store.entries()].map(([at]) => at).filter((at) => at.startsWith(CONFIG_MAPS));
    await shop.replacePods();
    const writes = shop.api.requestsFor('PATCH', path);
    expect(writes.length).toBeGreaterThan(0);
    for (const { headers, body } of writes) {
      expect(headers['content-type']).toBe('application/merge-patch+json');
      expect(body).toMatchObject({ metadata: { annotations: { 'dbpool.dev/failed': null } } });
    }
    expect(Object.keys(shop.get(path).metadata.annotations ?? {})).not.toContain('dbpool.dev/failed');
    expect(shop.get(path).metadata.annotations?.['dbpool.dev/last-good']).toBeDefined();
  });
});

describe('a namespace that is being deleted', () => {
  /** Nothing can be created any more; all else works, as in a cluster. */
  const terminate = () => {
    for (const collection of [CONFIG_MAPS, JOBS, EVENTS]) shop.api.on('POST', collection, terminating);
  };

  test('a profile whose ConfigMap cannot be created any more is left alone: no error, no status, no retry', async () => {
    terminate();
    shop.putProfile(proven(20));
    await shop.operator.atRest();
    expect(new Set(shop.writes())).toEqual(new Set(['POST configmaps']));
    expect(shop.operator.outcomes.map(({ outcome }) => outcome.kind)).not.toContain('error');
    expect(errors()).toEqual([]);
  });

  test('a profile with onDelete: Restore goes once its Deployment is gone, though no event and no ConfigMap can be written', async () => {
    shop.putProfile(restoring);
    await shop.operator.atRest();
    await shop.replacePods();
    terminate();
    for (const path of [...shop.store.entries()].map(([at]) => at).filter((at) => at.startsWith(CONFIG_MAPS)))
      shop.store.remove(path);
    deleteProfile();
    await shop.operator.atRest();
    shop.store.remove(BACKEND);
    await shop.operator.atRest();
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([]);
    expect(errors()).toEqual([]);
  });

  test('a finalizer is removed although an action before it cannot create its object', async () => {
    // The results of a logon are recorded before all else.
    shop.putProfile({ ...proven(20), onDelete: 'Restore' });
    await shop.operator.atRest();
    terminate();
    shop.api.on('PATCH', `${CONFIG_MAPS}/dbpool-logon-results`, terminating);
    shop.store.remove(`${CONFIG_MAPS}/dbpool-logon-results`);
    shop.store.remove(BACKEND);
    deleteProfile();
    await shop.operator.atRest();
    expect(shop.get(PROFILE).metadata.finalizers).toEqual([]);
    expect(errors()).toEqual([]);
  });

  test('a write to an object that is gone causes no error and no status', async () => {
    shop.api.on('PATCH', BACKEND, status(404, 'NotFound'), status(404, 'NotFound'), shop.store.answer);
    shop.putProfile(unproven(20));
    await shop.operator.atRest();
    const told = shop.api.requestsFor('PATCH', `${PROFILE}/status`).map(({ body }) => JSON.stringify(body));
    expect(told.join()).not.toContain('WriteRejected');
    expect(errors()).toEqual([]);
  });
});
