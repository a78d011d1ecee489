import { expect, test } from 'vitest';
import { change, RIGHT } from './probe-shop.ts';
import { apply, database, databaseStats, json, messageOf, profile, ready, secret, type Status } from './shop.ts';
import { BACKEND_IMAGE, freshNamespace, kubectl, PATIENTLY, waitFor } from './support.ts';

const NAMES = ['cart', 'orders', 'search'] as const;

/** Sessions that each pod holds from its start to its end: min is max. */
const SESSIONS = 4;

/** One pod each is 12; one rollout is 4 of surge and 4 that terminate more. Three at a time are too much. */
const LIMIT = 20;

/** A pod is ready when the test says so, and not before: no rollout ends by chance. */
const GATE = 'test.dbpool.dev/let-in';

/** Seconds for which a pod that is to end keeps its sessions. */
const LINGER_SECONDS = 5;

/** The example backend with its real pool, of one pod, which is replaced by one more before it goes. */
const backendOf = (name: string, sessions = SESSIONS, lifecycle = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, test: 'budget' } },
      spec: {
        terminationGracePeriodSeconds: 10,
        readinessGates: [{ conditionType: GATE }],
        containers: [
          {
            name: 'app',
            image: BACKEND_IMAGE,
            env: [
              { name: 'DB_POOL_MIN', value: String(sessions) },
              { name: 'DB_POOL_MAX', value: String(sessions) },
              { name: 'DB_CONNECT_STRING', value: 'oracle:1521/FREEPDB1' },
              { name: 'DB_USER', value: RIGHT.DB_USER },
              { name: 'DB_PASSWORD', value: RIGHT.DB_PASSWORD },
            ],
            readinessProbe: { httpGet: { path: '/api/live', port: 8080 }, periodSeconds: 1, timeoutSeconds: 10 },
            lifecycle,
          },
        ],
      },
    },
  },
});

/** Pods that the database refuses stay: their rollout is not taken back. */
const profileOf = (name: string, policy: string, sessions = SESSIONS, rest = {}): object =>
  profile(name, {
    rollout: { onFailure: 'Hold' },
    ...rest,
    targetRef: { name, adopt: true },
    pool: { min: sessions, max: sessions },
    probe: { policy: 'Disabled' },
    database: {
      connectString: 'oracle:1521/FREEPDB1',
      credentialsSecretRef: { name: 'db' },
      sessions: { limit: LIMIT, reserve: 0, policy },
    },
  });

type Pods = {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
    readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
  }[];
};

/** The pods that are there and were not let in, by their backend. */
async function waitingPods(namespace: string) {
  const { items } = await json<Pods>('get', 'pods', '-n', namespace, '-l', 'test=budget');
  const hasNot = ({ status: { conditions = [] } }: Pods['items'][number]) =>
    !conditions.some(({ type }) => type === GATE);
  return items.filter(hasNot).map(({ metadata }) => ({ name: metadata.name, backend: metadata.labels['app'] ?? '' }));
}

async function letIn(namespace: string, pod: string): Promise<void> {
  const status = { conditions: [{ type: GATE, status: 'True' }] };
  await kubectl(['patch', 'pod', pod, '-n', namespace, '--subresource=status', '-p', JSON.stringify({ status })]);
}

const sessionsAre = (namespace: string, wanted: number) =>
  waitFor(`${wanted} sessions`, async () => {
    const { sessions } = await databaseStats(namespace);
    return sessions === wanted ? { done: sessions } : { last: String(sessions) };
  });

const refusals = async (namespace: string) => {
  const { refused = 0, failedLogons = 0 } = await databaseStats(namespace);
  return refused + failedLogons;
};

/** Backends whose pods hold so many sessions each, in a database that has no more than the limit. */
async function backendsOf(purpose: string, sizes: Readonly<Record<string, number>>, lifecycle = {}): Promise<string> {
  const namespace = await freshNamespace(purpose);
  const names = Object.keys(sizes);
  await database(namespace);
  const backends = Object.entries(sizes).map(([name, sessions]) => backendOf(name, sessions, lifecycle));
  await apply(namespace, secret('db', RIGHT), ...backends);
  await sessionsAre(
    namespace,
    Object.values(sizes).reduce((sum, sessions) => sum + sessions, 0),
  );
  for (const { name } of await waitingPods(namespace)) await letIn(namespace, name);
  await kubectl(['wait', '-n', namespace, 'deployment', ...names, '--for=condition=Available', PATIENTLY]);
  await change(namespace, { limits: { sessions: LIMIT } });
  return namespace;
}

const threeBackends = (purpose: string) =>
  backendsOf(purpose, Object.fromEntries(NAMES.map((name) => [name, SESSIONS])));

/** Of two backends one rests with 10; from 4 to 8, the other would have 12 while both its pods are there. */
async function besideALargeOne(policy: 'Enforce' | 'Warn'): Promise<string> {
  const linger = { preStop: { sleep: { seconds: LINGER_SECONDS } } };
  const namespace = await backendsOf(`large-${policy.toLowerCase()}`, { large: 10, orders: 4 }, linger);
  await apply(namespace, profileOf('large', policy, 10, { suspend: true }));
  await ready(namespace, 'large', 'Suspended');
  await apply(namespace, profileOf('orders', policy, 8));
  return namespace;
}

const TOO_MANY = 'max 8 x (1 + 1 surge) + 4 x 1 terminating = 20, others 10, limit 20: 10 too many';

/** Lets in what comes up, one after another; the backends, in the order in which they were rolled. */
async function rollAll(namespace: string): Promise<readonly string[]> {
  const order: string[] = [];
  while (order.length < NAMES.length) {
    const came = await waitFor('the pod of the next rollout', async () => {
      const pods = await waitingPods(namespace);
      const { sessions = 0 } = await databaseStats(namespace);
      const isUp = pods.length > 0 && sessions === (NAMES.length + pods.length) * SESSIONS;
      return isUp ? { done: pods } : { last: `${JSON.stringify(pods)} ${sessions}` };
    });
    expect(came).toHaveLength(1);
    for (const { name, backend } of came) {
      order.push(backend);
      await letIn(namespace, name);
    }
  }
  return order;
}

test('three rollouts under Enforce run one after another, and no session is refused', async () => {
  const namespace = await threeBackends('enforce');
  await apply(namespace, ...NAMES.map((name) => profileOf(name, 'Enforce')));
  expect((await rollAll(namespace)).toSorted()).toEqual([...NAMES]);
  const statuses = await Promise.all(NAMES.map((name) => ready(namespace, name, 'Ready')));
  expect(statuses.map((status) => messageOf(status, 'WithinSessionBudget'))).toEqual(
    NAMES.map(() => 'max 4 x (1 + 1 surge + 1 terminating) = 12, limit 20: it fits beside the other backends'),
  );
  expect(await refusals(namespace)).toBe(0);

  // 5 x (1 + 1) + 4 + 8 others: two too many, until there are fewer others.
  await apply(namespace, profileOf('orders', 'Enforce', 5));
  const held: Status = await ready(namespace, 'orders', 'BudgetExceeded');
  expect(messageOf(held)).toContain('others 8, limit 20: 2 too many, max 4 would fit');
  await kubectl(['scale', '-n', namespace, 'deployment/cart', '--replicas=0']);
  const [pod] = await waitFor('the pod of the rollout that was held', async () => {
    const pods = await waitingPods(namespace);
    return pods.length > 0 ? { done: pods } : { last: '' };
  });
  expect(pod?.backend).toBe('orders');
  await letIn(namespace, pod?.name ?? '');
  await ready(namespace, 'orders', 'Ready');
  expect(await refusals(namespace)).toBe(0);
});

test('three rollouts under Ignore run at once, and the database refuses sessions', async () => {
  const namespace = await threeBackends('ignore');
  await apply(namespace, ...NAMES.map((name) => profileOf(name, 'Ignore')));
  const refused = await waitFor('a session that is refused', async () => {
    const count = await refusals(namespace);
    return count > 0 ? { done: count } : { last: JSON.stringify(await databaseStats(namespace)) };
  });
  expect(refused).toBeGreaterThan(0);
  expect((await waitingPods(namespace)).map(({ backend }) => backend).toSorted()).toEqual([...NAMES]);
});

test('a rollout under Enforce without room beside another backend waits until the last session of that one has ended', async () => {
  const namespace = await besideALargeOne('Enforce');
  expect(messageOf(await ready(namespace, 'orders', 'BudgetExceeded'))).toContain(TOO_MANY);
  await kubectl(['scale', '-n', namespace, 'deployment/large', '--replicas=0']);
  await sessionsAre(namespace, 4 + 8);
  const [pod] = await waitingPods(namespace);
  await letIn(namespace, pod?.name ?? '');
  await ready(namespace, 'orders', 'Ready');
  expect(await refusals(namespace)).toBe(0);
});

test('a rollout under Warn without room starts, with the same sum, and the database refuses sessions', async () => {
  const namespace = await besideALargeOne('Warn');
  const refused = await waitFor('a session that is refused', async () => {
    const count = await refusals(namespace);
    return count > 0 ? { done: count } : { last: JSON.stringify(await databaseStats(namespace)) };
  });
  expect(refused).toBeGreaterThan(0);
  expect(messageOf(await ready(namespace, 'orders', 'RollingOut'), 'WithinSessionBudget')).toContain(TOO_MANY);
});

test.for<readonly [string, { readonly pool: object; readonly sessions?: object }, RegExp]>([
  [
    'a pool that grows',
    { pool: { min: 5, max: 40 } },
    /spec\.pool\.min 5 differs from spec\.pool\.max 40\. Oracle recommends pools of a fixed size/,
  ],
  [
    'a single pod above the limit',
    { pool: { min: 30, max: 30, poolsPerPod: 4 }, sessions: { limit: 100 } },
    /A single pod may open 120 sessions, but spec\.database\.sessions leaves 80/,
  ],
  [
    'a policy that can enforce nothing',
    { pool: { min: 5, max: 5 }, sessions: { policy: 'Enforce' } },
    /Enforce has no effect/,
  ],
])('kubectl apply warns of %s, and applies it', async ([, { pool, sessions = {} }, warning]) => {
  const namespace = await freshNamespace('advice');
  const one = profile('pool', {
    targetRef: { name: 'api' },
    pool,
    probe: { policy: 'Disabled' },
    database: { connectString: 'oracle:1521/FREEPDB1', credentialsSecretRef: { name: 'db' }, sessions },
  });
  const options = { stdin: JSON.stringify(one) };
  const strictly = kubectl(['create', '-n', namespace, '--warnings-as-errors', '-f', '-'], options);
  await expect(strictly).rejects.toThrow(warning);
  await kubectl(['get', '-n', namespace, 'dbpp', 'pool']);
});
