import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { plan, planInWords } from '../../../src/core/budget/plan.ts';
import { VARIABLES } from '../../../src/core/config.ts';
import { hashOf } from '../../../src/core/hash.ts';

const planOf = (text: string, shared: readonly string[] = []) =>
  plan(
    parseAllDocuments(text).map((document): unknown => document.toJS()),
    shared,
  );

const backend = (name: string, replicas: number, more = '') => `
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: ${replicas}
  strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } }
  template: { spec: { containers: [{ name: app, readinessProbe: { tcpSocket: { port: 1 } }${more} }] } }
`;

const profile = (name: string, pool: string, sessions = '{ limit: 600, reserve: 20, policy: Enforce }') => `
---
apiVersion: dbpool.dev/v1alpha1
kind: DbPoolProfile
metadata: { name: ${name}, namespace: shop }
spec:
  targetRef: { name: ${name} }
  pool: ${pool}
  database:
    connectString: oracle:1521/FREEPDB1
    credentialsSecretRef: { name: db }
    group: tomehub
    sessions: ${sessions}
`;

test('says from files alone whether the rollouts fit', () => {
  const text = [
    backend('search', 6),
    profile('search', '{ min: 40, max: 40 }'),
    backend('orders', 1),
    profile('orders', '{ min: 5, max: 30 }'),
    `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: orders, namespace: shop }
spec: { maxReplicas: 4, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: orders } }`,
  ].join('');
  expect(planInWords(planOf(text))).toBe(
    `Database tomehub
  shop/orders: max 30 x (4 + 2 surge + 4 terminating) = 300, others 240, limit 600 - 20 reserve: 40 to spare
    Advice: min 5 is not max 30. Oracle advises pools of one size: one that grows under load logs on when the database is busiest
  shop/search: max 40 x (6 + 2 surge + 6 terminating) = 560, others 120, limit 600 - 20 reserve: 100 too many, max 32 would fit (held)
`,
  );
});

test('takes the literal in the Deployment for what its pods run with', () => {
  const text =
    backend('search', 6, ', env: [{ name: DB_POOL_MAX, value: "20" }]') + profile('search', '{ min: 40, max: 40 }');
  const [database] = planOf(text).databases;
  expect(database?.rollouts[0]?.report.message).toContain(
    'max 40 x (6 + 2 surge) + 20 x 6 terminating = 440, others 0',
  );
});

test('a change that lowers the total is not held', () => {
  const text =
    backend('search', 6, ', env: [{ name: DB_POOL_MAX, value: "80" }]') + profile('search', '{ min: 40, max: 70 }');
  expect(planOf(text).databases[0]?.rollouts[0]).toMatchObject({ isHeld: false, report: { reason: 'BudgetExceeded' } });
});

test('takes the limit that a status has learnt, where the spec gives none', () => {
  const of = hashOf({ connectString: 'oracle:1521/FREEPDB1', connectStringFrom: undefined });
  const status = `
status:
  database: { of: ${of}, limits: { processes: { inUse: 9, limit: "300" } } }
`;
  const text = backend('search', 6) + profile('search', '{ min: 40, max: 40 }', '{ policy: Warn }') + status;
  expect(planOf(text).databases[0]?.rollouts[0]?.report).toMatchObject({ peak: '560/300', reason: 'BudgetExceeded' });
});

const autoscaler = (name: string, maxReplicas: number) => `
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: ${name}, namespace: shop }
spec: { maxReplicas: ${maxReplicas}, scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: search } }
`;

test('takes the largest of several autoscalers', () => {
  const text =
    backend('search', 6) + profile('search', '{ min: 10, max: 10 }') + autoscaler('a', 7) + autoscaler('b', 20);
  const [database] = planOf(text + autoscaler('c', 8)).databases;
  expect(database?.rollouts[0]?.report.message).toContain('max 10 x (20 + 2 surge + 20 terminating) = 420');
});

describe('where the objects were read from a cluster', () => {
  const CURRENT =
    'status: { current: { hash: aaaaaaaaaa, min: 80, max: 80, timeoutSeconds: 30, recycleSeconds: 3600 } }';
  const reading = (...variables: readonly string[]) =>
    `, env: [${variables
      .map((name) => `{ name: ${name}, valueFrom: { configMapKeyRef: { name: search-aaaaaaaaaa, key: ${name} } } }`)
      .join(', ')}]`;
  const first = (env: string) =>
    planOf(backend('search', 6, env) + profile('search', '{ min: 40, max: 40 }') + CURRENT).databases[0]?.rollouts[0];

  test('the status says what the pods run with, and so what is the cure', () => {
    const rollout = first(reading(...VARIABLES));
    expect(rollout?.report.message).toContain('max 40 x 6 + 80 x (2 surge + 6 terminating) = 880');
    expect(rollout?.isHeld).toBe(false);
  });

  test('it says nothing of pods whose variables are not all of a profile', () => {
    expect(first(reading('DB_POOL_MAX'))?.report.message).toContain('= 560');
  });

  test('a Deployment is counted once: for the profile that it belongs to, else for the oldest', () => {
    const other = profile('search', '{ min: 10, max: 10 }').replace(
      'name: search',
      'name: older, creationTimestamp: 2026-01-01T00:00:00Z',
    );
    const own = profile('search', '{ min: 40, max: 40 }').replace(
      'name: search',
      'name: search, creationTimestamp: 2026-02-01T00:00:00Z',
    );
    const labelled = backend('search', 6).replace(
      'template: {',
      'template: { metadata: { labels: { dbpool.dev/profile: search } },',
    );
    const found = (text: string) => {
      const { databases, problems } = planOf(text);
      return { profiles: databases.flatMap(({ rollouts }) => rollouts.map((one) => one.profile)), problems };
    };
    expect(found(backend('search', 6) + own + other)).toEqual({
      profiles: ['shop/older'],
      problems: ['DbPoolProfile shop/search: profile older names Deployment search, too, and is heard in its place'],
    });
    expect(found(labelled + own + other)).toEqual({
      profiles: ['shop/search'],
      problems: ['DbPoolProfile shop/older: profile search names Deployment search, too, and is heard in its place'],
    });
  });
});

test('names what it cannot read or find', () => {
  const text = profile('alone', '{ min: 5, max: 40 }') + profile('wrong', '{ min: 50, max: 40 }') + backend('odd', -1);
  expect(planOf(text).problems).toEqual([
    expect.stringContaining('DbPoolProfile shop/wrong: spec.pool'),
    expect.stringContaining('Deployment shop/odd: spec.replicas'),
    'DbPoolProfile shop/alone: there is no Deployment alone among the objects',
  ]);
});

test('takes lists apart, and passes by what is of another kind', () => {
  const objects = parseAllDocuments(backend('search', 6) + profile('search', '{ min: 40, max: 40 }')).map(
    (one): unknown => one.toJS(),
  );
  const inList = plan([
    { apiVersion: 'v1', kind: 'List', items: [...objects, { apiVersion: 'v1', kind: 'Secret' }] },
    null,
    'text',
  ]);
  expect(inList).toEqual(plan(objects));
});
