import { beforeAll, describe, expect, test } from 'vitest';
import { apply, backend, database, databaseStats, json, plainBackend, profile, ready, secret } from './shop.ts';
import { freshNamespace, kubectl, waitFor } from './support.ts';

const right = { DB_USER: 'APP', DB_PASSWORD: 'right' };

type Changes = { pool?: object; connectString?: string; credentials?: string; target?: string };
const wanted = (
  name: string,
  { pool = {}, connectString = 'oracle:1521/FREEPDB1', credentials = 'db', target = 'api' }: Changes = {},
) =>
  profile(name, {
    targetRef: { name: target },
    pool,
    probe: { timeoutSeconds: 20 },
    database: { connectString, credentialsSecretRef: { name: credentials } },
  });

const untouched = async (namespace: string) => {
  const { metadata, spec } = await backend(namespace, 'api');
  return metadata.generation === 1 && spec.template.spec.containers[0]?.env === undefined;
};

describe('a proof before the roll', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await freshNamespace('probe');
    await Promise.all([
      database(namespace),
      apply(namespace, plainBackend('api', { replicas: 1 }), secret('db', right)),
    ]);
  });

  test('opens the pool in the cluster, and only then the backend is rolled', async () => {
    const before = await databaseStats(namespace);
    await apply(namespace, wanted('pool', { pool: { min: 3, max: 7 } }));
    const status = await ready(namespace, 'pool', 'Ready');
    expect(status.probe).toMatchObject({ outcome: 'Succeeded', reason: 'PoolOpened', attempt: 1 });
    const jobs = await json<{
      items: { metadata: { creationTimestamp: string }; status: { completionTime: string } }[];
    }>('get', '-n', namespace, 'jobs');
    const sets = await json<{ items: { metadata: { creationTimestamp: string } }[] }>(
      'get',
      '-n',
      namespace,
      'replicasets',
      '-l',
      'dbpool.dev/profile',
    );
    expect(jobs.items).toHaveLength(1);
    expect(sets.items).toHaveLength(1);
    expect(Date.parse(String(sets.items[0]?.metadata.creationTimestamp))).toBeGreaterThanOrEqual(
      Date.parse(String(jobs.items[0]?.status.completionTime)),
    );
    const after = await databaseStats(namespace);
    expect(after['failedLogons']).toBe(0);
    expect(after['logons']).toBeGreaterThan(Number(before['logons']) + 3);
    expect(after['peakSessions']).toBeLessThan(7);
  });

  test('its pod is nobody’s backend: no label of it, no endpoint, no token', async () => {
    const pods = await json<{
      items: { metadata: { labels: Record<string, string> }; spec: { automountServiceAccountToken: boolean } }[];
    }>('get', '-n', namespace, 'pods', '-l', 'dbpool.dev/probe=pool');
    expect(pods.items).toHaveLength(1);
    expect(Object.keys(pods.items[0]?.metadata.labels ?? {})).not.toContain('app');
    expect(Object.keys(pods.items[0]?.metadata.labels ?? {})).not.toContain('dbpool.dev/profile');
    expect(pods.items[0]?.spec.automountServiceAccountToken).toBe(false);
  });

  test('a changed number is proven anew, by a Job that takes the place of the one before', async () => {
    await apply(namespace, wanted('pool', { pool: { min: 4, max: 9 } }));
    const status = await ready(namespace, 'pool', 'Ready');
    expect(status).toMatchObject({ current: { min: 4, max: 9 }, probe: { outcome: 'Succeeded' } });
    await waitFor('the older Job to be gone', async () => {
      const { items } = await json<{ items: { metadata: { name: string } }[] }>('get', '-n', namespace, 'jobs');
      return items.length === 1
        ? { done: items }
        : { last: JSON.stringify(items.map(({ metadata }) => metadata.name)) };
    });
  });
});

describe('what the probe refuses', () => {
  test('a wrong password: one logon, the Deployment untouched, until a person asks again', async () => {
    const namespace = await freshNamespace('password');
    await Promise.all([
      database(namespace),
      apply(namespace, plainBackend('api', { replicas: 1 }), secret('db', { ...right, DB_PASSWORD: 'wrong' })),
    ]);
    await apply(namespace, wanted('pool'));
    const status = await ready(namespace, 'pool', 'AuthenticationFailed');
    expect(status.probe).toMatchObject({ outcome: 'Permanent', code: 'ORA-01017', attempt: 1 });
    expect(JSON.stringify(status)).not.toContain('wrong');
    expect(await databaseStats(namespace)).toMatchObject({ failedLogons: 1 });
    expect(await untouched(namespace)).toBe(true);

    await apply(namespace, secret('db', right));
    await kubectl(['annotate', '-n', namespace, 'dbpp', 'pool', 'dbpool.dev/probe-requested-at=now']);
    await ready(namespace, 'pool', 'Ready');
    expect(await databaseStats(namespace)).toMatchObject({ failedLogons: 1 });
  });

  test('a Secret that is not there is told, and picked up when it comes; so is a key', async () => {
    const namespace = await freshNamespace('secret');
    await Promise.all([database(namespace), apply(namespace, plainBackend('api', { replicas: 1 }))]);
    await apply(namespace, wanted('pool'));
    const missing = await ready(namespace, 'pool', 'SecretNotFound');
    expect(missing.conditions?.[0]?.message).toContain('secret "db" not found');
    await apply(namespace, secret('db', { DB_USER: 'APP' }));
    const half = await ready(namespace, 'pool', 'SecretKeyNotFound');
    expect(half.conditions?.[0]?.message).toContain('DB_PASSWORD');
    expect(await untouched(namespace)).toBe(true);
    await apply(namespace, secret('db', right));
    await ready(namespace, 'pool', 'Ready');
  });

  test.for<[string, string, string]>([
    ['a service that the listener does not know', 'oracle:1521/NOWHERE', 'ServiceUnknown'],
    ['a connect string that cannot be parsed', '(DESCRIPTION=(ADDRESS=', 'ConnectStringInvalid'],
  ])('%s', async ([, connectString, reason]) => {
    const namespace = await freshNamespace('refused');
    await Promise.all([
      database(namespace),
      apply(namespace, plainBackend('api', { replicas: 1 }), secret('db', right)),
    ]);
    await apply(namespace, wanted('pool', { connectString }));
    await ready(namespace, 'pool', reason);
    expect(await untouched(namespace)).toBe(true);
    expect((await databaseStats(namespace))['logons']).toBe(0);
  });
});
