import { expect, test } from 'vitest';
import { change, RIGHT, shopIn, untouched, wanted } from './probe-shop.ts';
import { apply, backend, databaseStats, ready, secret } from './shop.ts';
import { freshNamespace, kubectl, PATIENTLY } from './support.ts';

test('a missing Secret, or a missing key, is reported and used once it is there', async () => {
  const namespace = await freshNamespace('secret');
  await shopIn(namespace);
  await apply(namespace, wanted('pool'));
  const missing = await ready(namespace, 'pool', 'SecretNotFound');
  expect(missing.conditions?.[0]?.message).toContain('secret "db" not found');
  await apply(namespace, secret('db', { DB_USER: 'APP' }));
  const half = await ready(namespace, 'pool', 'SecretKeyNotFound');
  expect(half.conditions?.[0]?.message).toContain('DB_PASSWORD');
  expect(await untouched(namespace)).toBe(true);
  await apply(namespace, secret('db', RIGHT));
  await ready(namespace, 'pool', 'Ready');
});

test('a quota that rejects the probe pod is reported with its message, and the probe runs once it is gone', async () => {
  const namespace = await freshNamespace('quota');
  await shopIn(namespace, secret('db', RIGHT));
  const pods = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'few' }, spec: { hard: { pods: '2' } } };
  await apply(namespace, pods);
  await kubectl(['wait', '-n', namespace, 'resourcequota/few', '--for=jsonpath={.status.used.pods}=2', PATIENTLY]);
  await apply(namespace, wanted('pool'));
  const status = await ready(namespace, 'pool', 'PodCreationFailed');
  expect(status.conditions?.[0]?.message).toContain('exceeded quota: few');
  expect(await untouched(namespace)).toBe(true);
  await kubectl(['delete', '-n', namespace, 'resourcequota', 'few']);
  await ready(namespace, 'pool', 'Ready');
});

test.for<[string, string, string]>([
  ['a service that the listener does not know', 'oracle:1521/NOWHERE', 'ServiceUnknown'],
  ['a connect string that cannot be parsed', '(DESCRIPTION=(ADDRESS=(HOST=oracle)', 'ConnectStringInvalid'],
])('a failed probe leaves the backend unchanged: %s', async ([, connectString, reason]) => {
  const namespace = await freshNamespace('refused');
  await shopIn(namespace, secret('db', RIGHT));
  await apply(namespace, wanted('pool', { connectString }));
  await ready(namespace, 'pool', reason);
  expect(await untouched(namespace)).toBe(true);
  expect((await databaseStats(namespace))['logons']).toBe(0);
});

test('a proof is renewed, and a renewal that fails makes the profile not Ready and leaves the backend unchanged', async () => {
  const namespace = await freshNamespace('periodic');
  await shopIn(namespace, secret('db', RIGHT));
  await apply(namespace, wanted('pool', { probe: { intervalSeconds: 30 } }));
  await ready(namespace, 'pool', 'Ready');
  const { generation } = (await backend(namespace, 'api')).metadata;
  await change(namespace, { faults: { connect: { kind: 'error', code: 12_528 } } });
  const status = await ready(namespace, 'pool', 'DatabaseStarting');
  expect(status.probe).toMatchObject({ outcome: 'TransientFailure', code: 'ORA-12528' });
  expect((await backend(namespace, 'api')).metadata.generation).toBe(generation);
  await change(namespace, { faults: { connect: null } });
  await ready(namespace, 'pool', 'Ready');
  expect((await backend(namespace, 'api')).metadata.generation).toBe(generation);
});
