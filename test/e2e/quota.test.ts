import { describe, expect, test } from 'vitest';
import { RIGHT, shopIn, statusOf, untouched, wanted } from './probe-shop.ts';
import { apply, json, messageOf, plainBackend, ready, secret, type Status, unproven } from './shop.ts';
import { freshNamespace, kubectl, waitFor } from './support.ts';

/** A quota of the namespace that lets nobody make another object of the resource. */
async function forbid(namespace: string, resource: string): Promise<void> {
  const hard = { [resource]: '0' };
  await apply(namespace, { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard } });
  // It is in force once its controller has counted what is there.
  await waitFor('the quota to be in force', async () => {
    const { status } = await json<{ status?: { used?: object } }>('get', '-n', namespace, 'resourcequota', 'none');
    return status?.used !== undefined && resource in status.used ? { done: true } : { last: JSON.stringify(status) };
  });
}

const lift = (namespace: string) => kubectl(['delete', '-n', namespace, 'resourcequota', 'none']);

/** Waits until the status names the quota. */
const toldOfQuota = (namespace: string): Promise<Status> =>
  waitFor('the status to name the quota', async () => {
    const status = await statusOf(namespace, 'pool');
    const isTold = status !== undefined && messageOf(status).includes('exceeded quota: none');
    return isTold ? { done: status } : { last: JSON.stringify(status) };
  });

const isReady = ({ conditions = [] }: Status) => conditions.find(({ type }) => type === 'Ready')?.status;

describe.concurrent('the first profile of a namespace', () => {
  test('a quota of ConfigMaps is reported, and the profile goes on once it is gone', async () => {
    const namespace = await freshNamespace('configmaps');
    await forbid(namespace, 'count/configmaps');
    await apply(namespace, plainBackend('api', { replicas: 1 }), unproven());
    expect(isReady(await toldOfQuota(namespace))).toBe('False');
    expect(await untouched(namespace)).toBe(true);
    await lift(namespace);
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 40 } });
  });

  test('a quota of ConfigMaps is reported with a probe, too, and the profile goes on once it is gone', async () => {
    const namespace = await freshNamespace('salt');
    await shopIn(namespace, secret('db', RIGHT));
    await forbid(namespace, 'count/configmaps');
    await apply(namespace, wanted('pool', { pool: { max: 40 } }));
    expect(isReady(await toldOfQuota(namespace))).toBe('False');
    expect(await untouched(namespace)).toBe(true);
    await lift(namespace);
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 40 } });
  });

  test('a quota of Jobs is reported, and the probe runs once it is gone', async () => {
    const namespace = await freshNamespace('jobs');
    await shopIn(namespace, secret('db', RIGHT));
    await forbid(namespace, 'count/jobs.batch');
    await apply(namespace, wanted('pool', { pool: { max: 40 } }));
    expect(isReady(await toldOfQuota(namespace))).toBe('False');
    expect(await untouched(namespace)).toBe(true);
    await lift(namespace);
    expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 40 } });
  });
});
