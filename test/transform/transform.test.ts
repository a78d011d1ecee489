import { describe, expect, test } from 'vitest';
import {
  projectConfigMap,
  projectDeployment,
  projectJob,
  projectProbePod,
  projectProfile,
} from '../../src/transform/transform.ts';
import { projectPod } from '../../src/transform/backend-pod.ts';
import { projectReplicaSet } from '../../src/transform/replica-set.ts';
import type { KubeObject } from '../../src/kube/types.ts';

const fieldsOf = (container: string, ...variables: string[]) => ({
  'f:spec': {
    'f:template': {
      'f:spec': {
        'f:containers': {
          [`k:{"name":"${container}"}`]: {
            '.': {},
            'f:env': Object.fromEntries(
              variables.map((name) => [`k:{"name":"${name}"}`, { '.': {}, 'f:name': {}, 'f:value': {} }]),
            ),
          },
        },
      },
    },
  },
});

const backend = {
  metadata: {
    namespace: 'shop',
    name: 'search-api',
    uid: 'u',
    resourceVersion: '7',
    generation: 3,
    managedFields: [
      { manager: 'kubectl-client-side-apply', operation: 'Update', fieldsV1: fieldsOf('app', 'DB_POOL_MAX', 'OTHER') },
      { manager: 'argocd', operation: 'Apply', fieldsV1: fieldsOf('app', 'DB_POOL_MAX') },
      { manager: 'kube-controller-manager', operation: 'Update', fieldsV1: { 'f:status': {} } },
    ],
  },
  spec: {
    replicas: 2,
    template: {
      metadata: { annotations: { 'kubectl.kubernetes.io/default-container': 'app' } },
      spec: {
        containers: [
          {
            name: 'app',
            env: [
              { name: 'OTHER', value: 'never kept in memory' },
              { name: 'DB_POOL_MAX', value: '20' },
              { name: 'DB_POOL_MIN', valueFrom: { configMapKeyRef: { name: 'pool', key: 'min' } } },
              { name: 'DB_POOL_TIMEOUT', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } },
              { name: 'DB_POOL_RECYCLE', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            ],
          },
        ],
      },
    },
  },
  status: {
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }],
  },
} as unknown as KubeObject;

describe('a Deployment', () => {
  test('keeps of its containers the variables of the pool alone, with their sources and owners', () => {
    const [container] = projectDeployment(backend).containers;
    expect(container?.name).toBe('app');
    expect(container?.env.map(({ name, source, managers }) => ({ name, source, managers }))).toEqual([
      {
        name: 'DB_POOL_MAX',
        source: { kind: 'value', value: '20' },
        managers: ['kubectl-client-side-apply', 'argocd'],
      },
      { name: 'DB_POOL_MIN', source: { kind: 'configMap', name: 'pool', key: 'min' }, managers: [] },
      { name: 'DB_POOL_TIMEOUT', source: { kind: 'other', words: 'key k of Secret s' }, managers: [] },
      { name: 'DB_POOL_RECYCLE', source: { kind: 'other', words: 'a fieldRef' }, managers: [] },
    ]);
    expect(container?.env[0]?.entry).toEqual({ name: 'DB_POOL_MAX', value: '20' });
    expect(JSON.stringify(projectDeployment(backend))).not.toContain('never kept');
  });

  test('tells its default container and that its progress deadline has passed', () => {
    expect(projectDeployment(backend)).toMatchObject({
      defaultContainer: 'app',
      generation: 3,
      status: { deadlineExceeded: 'timed out' },
    });
  });
});

describe('the rest of a pod template', () => {
  type Template = { metadata?: object; spec: { containers: { name: string; image?: string; env?: object[] }[] } };
  const restOf = (template: Template) => projectDeployment({ spec: { template } } as unknown as KubeObject).rest;
  const app = { name: 'app', image: 'v1', env: [{ name: 'OTHER', value: '1' }] };
  const before = restOf({ spec: { containers: [app] } });

  test('is the same whatever the operator writes', () => {
    const env = [...app.env, { name: 'DB_POOL_MAX', value: '20' }];
    const labels = { 'dbpool.dev/profile': 'p', 'dbpool.dev/config': 'c' };
    expect(restOf({ metadata: { labels }, spec: { containers: [{ ...app, env }] } })).toBe(before);
  });

  test.for<[string, Template]>([
    ['an image', { spec: { containers: [{ ...app, image: 'v2' }] } }],
    ['another variable', { spec: { containers: [{ ...app, env: [] }] } }],
    [
      'a restart',
      { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } }, spec: { containers: [app] } },
    ],
  ])('is another with %s', ([, template]) => {
    expect(restOf(template)).not.toBe(before);
  });
});

describe('when a spec was changed', () => {
  const at = (...managedFields: object[]) =>
    projectProfile({ metadata: { creationTimestamp: '2026-01-01T00:00:00Z', managedFields } }).specChangedAt;

  test('is when somebody but the operator last wrote to the object, and not to its status', () => {
    expect(at()).toBe(Date.UTC(2026, 0, 1));
    expect(
      at(
        { manager: 'kubectl', time: '2026-01-02T00:00:00Z' },
        { manager: 'argocd', time: '2026-01-03T00:00:00Z' },
        { manager: 'dbpool-operator', time: '2026-01-04T00:00:00Z' },
        { manager: 'somebody', subresource: 'status', time: '2026-01-05T00:00:00Z' },
      ),
    ).toBe(Date.UTC(2026, 0, 3));
  });
});

/** A pod spec in which two of the four variables, and another one, come from ConfigMaps. */
const pointed = {
  containers: [
    { name: 'side' },
    {
      name: 'app',
      env: [
        { name: 'DB_POOL_MIN', valueFrom: { configMapKeyRef: { name: 'search-c', key: 'DB_POOL_MIN' } } },
        { name: 'DB_POOL_MAX', valueFrom: { configMapKeyRef: { name: 'search-c', key: 'DB_POOL_MAX' } } },
        { name: 'DB_POOL_RECYCLE', value: '60' },
        { name: 'OTHER', valueFrom: { configMapKeyRef: { name: 'other', key: 'OTHER' } } },
      ],
    },
  ],
};

test('a ReplicaSet of a backend keeps its uid and the ConfigMaps that the variables come from', () => {
  const object = { metadata: { uid: 'set' }, spec: { template: { spec: pointed } } };
  expect(projectReplicaSet(object as unknown as KubeObject)).toMatchObject({ uid: 'set', configMaps: ['search-c'] });
});

test('a ReplicaSet and a pod of a backend keep the DB_POOL_MAX that somebody set by hand, by the container', () => {
  const literal = (name: string, ...values: string[]) => ({
    name,
    env: values.map((value) => ({ name: 'DB_POOL_MAX', value })),
  });
  // Of two entries, Kubernetes takes the last.
  const spec = { containers: [literal('app', '7', '99'), literal('side'), literal('odd', 'many')] };
  const set = { spec: { template: { spec } } } as unknown as KubeObject;
  expect(projectReplicaSet(set).maxByHand).toEqual({ app: 99 });
  expect(projectPod({ spec } as unknown as KubeObject).maxByHand).toEqual({ app: 99 });
  expect(projectPod({ spec: pointed } as unknown as KubeObject).maxByHand).toBeUndefined();
});

describe('a pod of a backend', () => {
  test('keeps of its containers how they fare', () => {
    const container = {
      name: 'app',
      ready: false,
      restartCount: 2,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      lastState: { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-01-01T00:00:00Z' } },
    };
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:01Z' }];
    const object = {
      metadata: { labels: { 'dbpool.dev/config': 'c' }, ownerReferences: [{ uid: 'set', controller: true }] },
      spec: pointed,
      status: { conditions, containerStatuses: [container] },
    };
    expect(projectPod(object as unknown as KubeObject)).toMatchObject({
      config: 'c',
      ownerUid: 'set',
      configMaps: ['search-c'],
      isReady: false,
      readyChangedAt: Date.UTC(2026, 0, 1, 0, 0, 1),
      containers: [
        {
          name: 'app',
          restarts: 2,
          startedAt: undefined,
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
          crash: { exitCode: 137, reason: 'OOMKilled', at: Date.UTC(2026, 0, 1) },
        },
      ],
    });
  });

  test('that ended well has not crashed', () => {
    const ended = { name: 'app', ready: false, restartCount: 1, lastState: { terminated: { exitCode: 0 } } };
    const projected = projectPod({ status: { containerStatuses: [ended] } } as unknown as KubeObject);
    expect(projected.containers[0]?.crash).toBeUndefined();
  });
});

describe('a profile', () => {
  const object = (spec: unknown, status?: unknown) =>
    ({ metadata: { namespace: 'shop', name: 'p', uid: 'u', generation: 1 }, spec, status }) as KubeObject;

  test('with a spec that the schema takes has its defaults', () => {
    const { spec } = projectProfile(object({ targetRef: { name: 'api' }, probe: { policy: 'Disabled' } }));
    expect(spec).toMatchObject({
      kind: 'valid',
      spec: { pool: { min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600 }, probe: { timeoutSeconds: 60 } },
    });
  });

  test.for<[string, unknown, RegExp]>([
    [
      'a number that is none',
      { targetRef: { name: 'api' }, pool: { min: 'many' } },
      /^spec\.pool\.min: .*expected number.*, got "many"$/,
    ],
    [
      'min above max',
      { targetRef: { name: 'api' }, pool: { min: 9, max: 3 } },
      /^spec\.pool: min must not be greater than max/,
    ],
    [
      'what may hold a password',
      { targetRef: { name: 'api' }, database: { connectString: 'a/secret@b '.repeat(500) } },
      /^(?!.*secret).*spec\.database\./,
    ],
    ['no target', {}, /^spec\.targetRef: /],
    ['no spec', undefined, /^spec\.: /],
  ])('with %s is invalid, and says where and what', ([, spec, problem]) => {
    const projected = projectProfile(object(spec)).spec;
    expect(projected.kind === 'invalid' && projected.problem).toMatch(problem);
  });

  test('with a spec that cannot be read still names its Deployment, where that can be', () => {
    const windows = [{ cron: 'x', durationSeconds: 60 }];
    const named = { targetRef: { name: 'api' }, rollout: { windows } };
    expect(projectProfile(object(named)).spec).toMatchObject({ kind: 'invalid', target: 'api' });
    expect(projectProfile(object(null)).spec).toMatchObject({ kind: 'invalid', target: undefined });
  });

  test('with a status that nobody here wrote is taken as one without', () => {
    expect(projectProfile(object({}, { conditions: 'none' })).status).toEqual({});
  });
});

describe('a probe', () => {
  test('Job that failed says so once its condition is True', () => {
    const job = (conditions: unknown[]) =>
      projectJob({
        metadata: { name: 'j', annotations: { 'dbpool.dev/attempt': '2' } },
        status: { conditions },
      } as unknown as KubeObject);
    expect(job([{ type: 'Failed', status: 'False' }]).end).toBeUndefined();
    expect(
      job([
        { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ]),
    ).toMatchObject({
      attempt: 2,
      end: { succeeded: false, at: Date.UTC(2026, 0, 1), reason: 'BackoffLimitExceeded' },
    });
  });

  test('pod that nobody can schedule waits for that', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }];
    expect(
      projectProbePod({ metadata: { name: 'p' }, status: { conditions } } as unknown as KubeObject).waiting,
    ).toEqual({
      reason: 'Unschedulable',
      message: '0/1 nodes',
    });
  });
});

test.for([{}, { metadata: {} }, { metadata: { labels: null }, spec: null, status: null }, { spec: { template: {} } }])(
  'an object as bare as %j still yields a value',
  (object) => {
    for (const project of [
      projectProfile,
      projectDeployment,
      projectConfigMap,
      projectJob,
      projectProbePod,
      projectPod,
      projectReplicaSet,
    ]) {
      expect(project(object as unknown as KubeObject)).toHaveProperty('namespace', '');
    }
  },
);
