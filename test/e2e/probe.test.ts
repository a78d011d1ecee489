import { beforeAll, describe, expect, test } from 'vitest';
import { askForProbe, change, RIGHT, shopIn, statusOf, untouched, wanted } from './probe-shop.ts';
import { apply, backend, databaseStats, json, messageOf, ready, secret } from './shop.ts';
import { freshNamespace, kubectl, waitFor } from './support.ts';

type Timed = { readonly metadata: { readonly name: string; readonly creationTimestamp: string } };
type Jobs = { readonly items: readonly (Timed & { readonly status: { readonly completionTime: string } })[] };

describe('a proof before the rollout', () => {
  let namespace: string;
  beforeAll(async () => {
    namespace = await freshNamespace('probe');
    await shopIn(namespace, secret('db', RIGHT));
  });

  test('a probe opens the pool in the cluster, and only then the backend is rolled out', async () => {
    const before = await databaseStats(namespace);
    await apply(namespace, wanted('pool', { pool: { min: 3, max: 7 } }));
    const status = await ready(namespace, 'pool', 'Ready');
    expect(status.probe).toMatchObject({
      outcome: 'Succeeded',
      reason: 'PoolOpened',
      attempt: 1,
      pool: { requested: 3, opened: 3 },
      database: { service: 'FREEPDB1', user: 'APP' },
      limits: { sessionsPerUser: 'UNLIMITED', unreadableViews: ['V$RESOURCE_LIMIT', 'V$PARAMETER', 'V$SESSION'] },
      fingerprint: expect.stringMatching(/^[0-9a-f]{4}$/) as string,
    });
    expect(messageOf(status, 'WithinSessionBudget')).toContain('user APP may not read V$RESOURCE_LIMIT');
    const jobs = await json<Jobs>('get', '-n', namespace, 'jobs');
    const sets = await json<{ items: Timed[] }>('get', '-n', namespace, 'rs', '-l', 'dbpool.dev/profile');
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

  test('a probe pod has no label of the backend, is never ready, and has no token', async () => {
    const { items } = await json<{
      items: {
        metadata: { labels: Record<string, string> };
        spec: { automountServiceAccountToken: boolean; volumes?: object[] };
      }[];
    }>('get', '-n', namespace, 'pods', '-l', 'dbpool.dev/probe=pool');
    expect(items.length).toBeGreaterThan(0);
    expect(items[0]?.metadata.labels).not.toHaveProperty('app');
    expect(items[0]?.metadata.labels).not.toHaveProperty(['dbpool.dev/profile']);
    expect(items[0]?.spec).toMatchObject({
      automountServiceAccountToken: false,
      readinessGates: [{ conditionType: 'dbpool.dev/never-ready' }],
    });
    // The manifests name no pull secret: a selector of kustomize that matches more than one variable would set one.
    expect(items[0]?.spec).not.toHaveProperty('imagePullSecrets');
  });

  test('a changed setting is proven anew, and the former Job stays for a while', async () => {
    const before = (await statusOf(namespace, 'pool'))?.probe?.job;
    await apply(namespace, wanted('pool', { pool: { min: 4, max: 9 } }));
    const status = await ready(namespace, 'pool', 'Ready');
    expect(status).toMatchObject({ current: { min: 4, max: 9 }, probe: { outcome: 'Succeeded' } });
    const jobs = await json<Jobs>('get', '-n', namespace, 'jobs');
    expect(jobs.items.map(({ metadata }) => metadata.name)).toContain(before);
  });

  test('a proof outlives its Jobs and the status', async () => {
    const { generation } = (await backend(namespace, 'api')).metadata;
    await kubectl(['delete', '-n', namespace, 'jobs', '--all']);
    await kubectl(['delete', '-n', namespace, 'dbpp', 'pool']);
    await apply(namespace, wanted('pool', { pool: { min: 4, max: 9 } }));
    await ready(namespace, 'pool', 'Ready');
    expect((await json<Jobs>('get', '-n', namespace, 'jobs')).items).toHaveLength(0);
    expect((await backend(namespace, 'api')).metadata.generation).toBe(generation);
  });
});

test('a probe pod never counts for the endpoints, PodDisruptionBudget and autoscaler of a backend', async () => {
  const namespace = await freshNamespace('unseen');
  const selector = { app: 'api' };
  await shopIn(
    namespace,
    secret('db', RIGHT),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'api' }, spec: { selector, ports: [{ port: 80 }] } },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'api' },
      spec: { minAvailable: 1, selector: { matchLabels: selector } },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'api' },
      spec: {
        minReplicas: 1,
        maxReplicas: 1,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api' },
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
    },
  );
  const labels = { role: 'probe' };
  await apply(namespace, wanted('pool', { probe: { podLabels: labels } }));
  await ready(namespace, 'pool', 'Ready');

  type Slices = { items: { endpoints?: { addresses: string[]; conditions: object }[] }[] };
  const seen = async () => {
    const [slices, budget, autoscaler] = await Promise.all([
      json<Slices>('get', '-n', namespace, 'endpointslices', '-l', 'kubernetes.io/service-name=api'),
      json<{ status: Record<string, number> }>('get', '-n', namespace, 'pdb', 'api'),
      json<{ status?: { currentReplicas?: number; desiredReplicas?: number } }>('get', '-n', namespace, 'hpa', 'api'),
    ]);
    const { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods } = budget.status;
    return JSON.stringify({
      endpoints: slices.items.flatMap(({ endpoints = [] }) => endpoints.map(({ addresses }) => addresses)).flat(),
      budget: { currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods },
      autoscaler: autoscaler.status?.currentReplicas,
    });
  };
  const before = await waitFor('the former pod to be gone from all of them', async () => {
    const text = await seen();
    const { endpoints, budget, autoscaler } = JSON.parse(text) as {
      endpoints: string[];
      budget: { currentHealthy: number; expectedPods: number };
      autoscaler?: number;
    };
    const isQuiet =
      endpoints.length === 1 && budget.currentHealthy === 1 && budget.expectedPods === 1 && autoscaler === 1;
    return isQuiet ? { done: text } : { last: text };
  });
  await change(namespace, { faults: { challenge: { kind: 'delay', ms: 700 } } });
  await askForProbe(namespace, 'pool', 'once-more');
  const during = new Set<string>();
  for (let attempt = 1; attempt < 2; attempt = (await statusOf(namespace, 'pool'))?.probe?.attempt ?? 1)
    during.add(await seen());
  expect(during).toEqual(new Set([before]));
  expect(await seen()).toBe(before);
});

test('a probe whose labels match the backend is rejected, with the object that selects it', async () => {
  const namespace = await freshNamespace('labels');
  await shopIn(namespace, secret('db', RIGHT));
  await apply(namespace, wanted('pool', { probe: { podLabels: { app: 'api' } } }));
  const status = await ready(namespace, 'pool', 'PodLabelsMatchBackend');
  expect(status.conditions?.[0]?.message).toContain('the selector of Deployment api matches it');
  expect(await untouched(namespace)).toBe(true);
  await apply(namespace, wanted('pool', { probe: { podLabels: { role: 'probe' } } }));
  await ready(namespace, 'pool', 'Ready');
});
