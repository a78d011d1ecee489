import { describe, expect, test } from 'vitest';
import { DEFAULT_STRATEGY } from '../../src/core/model/strategy.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { placementOf, strategyOf, transformDeployment } from '../../src/transform/deployment.ts';

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
    conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out.' }],
  },
} as unknown as KubeObject;

test('what client-side apply applied last is kept as a hash and names of pool variables, and never as text', () => {
  const env = [
    { name: 'DB_POOL_MAX', value: '20' },
    { name: 'PASSWORD', value: 'tiger' },
  ];
  const text = JSON.stringify({ spec: { template: { spec: { containers: [{ name: 'app', env }] } } } });
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': text };
  const found = transformDeployment({ metadata: { annotations } });
  expect(found.lastApplied).toEqual({ hash: expect.any(String) as string, variables: ['app/DB_POOL_MAX'] });
  expect(JSON.stringify(found)).not.toContain('tiger');
});

test('who owns only the name of a variable has not set its source', () => {
  const withParts = (parts: object) => ({
    'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:env': parts } } } } },
  });
  const [name, ref] = ['k:{"name":"DB_POOL_MAX"}', { 'f:configMapKeyRef': {} }];
  const owners = (managers: Readonly<Record<string, object>>) => {
    const managedFields = Object.entries(managers).map(([manager, parts]) => ({
      manager,
      fieldsV1: withParts({ [name]: { '.': {}, 'f:name': {}, ...parts } }),
    }));
    return transformDeployment({ ...backend, metadata: { managedFields } }).containers[0]?.env[0];
  };
  const adopted = owners({ kubectl: {}, argocd: { 'f:valueFrom': { '.': {} } }, operator: { 'f:valueFrom': ref } });
  expect(adopted).toMatchObject({ managers: ['kubectl', 'argocd', 'operator'], sourceManagers: ['operator'] });
  const undone = owners({ operator: {}, kubectl: { 'f:valueFrom': { '.': {}, ...ref } }, helm: { 'f:value': {} } });
  expect(undone?.sourceManagers).toEqual(['kubectl', 'helm']);
});

describe('the last writer', () => {
  const entry = (manager: string, second: number, changes: object = {}) => ({
    manager,
    time: `2026-01-01T00:00:0${second}Z`,
    ...changes,
  });
  const owner = entry('kubectl-client-side-apply', 0);
  const own = entry('dbpool-operator', 2);
  test.for<[string, string | undefined, object[]]>([
    ['the newest other manager, whatever it wrote', 'kubectl-replace', [entry('kubectl-replace', 3), own, owner]],
    ['a manager that wrote in the same second as the operator', 'helm', [own, entry('helm', 2), owner]],
    ['not the operator, where others wrote before it', undefined, [owner, own]],
    ['no writer of the status or of replicas', undefined, [own, entry('hpa', 3, { subresource: 'scale' }), owner]],
    ['whoever created the Deployment, where the operator has no entry', 'kubectl-client-side-apply', [owner]],
    ['nobody, where no entry is there', undefined, []],
  ])('the last writer is %s', ([, expected, managedFields]) => {
    expect(transformDeployment({ metadata: { managedFields } }).lastWriter).toBe(expected);
  });
});

describe('a Deployment', () => {
  test('a Deployment keeps of its containers the variables of the pool alone, with their sources and owners', () => {
    const [container] = transformDeployment(backend).containers;
    expect(container?.name).toBe('app');
    expect(container?.env.map(({ name, source, managers }) => ({ name, source, managers }))).toEqual([
      {
        name: 'DB_POOL_MAX',
        source: { kind: 'value', value: '20' },
        managers: ['kubectl-client-side-apply', 'argocd'],
      },
      { name: 'DB_POOL_MIN', source: { kind: 'configMap', name: 'pool', key: 'min' }, managers: [] },
      { name: 'DB_POOL_TIMEOUT', source: { kind: 'other', description: 'key k of Secret s' }, managers: [] },
      { name: 'DB_POOL_RECYCLE', source: { kind: 'other', description: 'a fieldRef' }, managers: [] },
    ]);
    expect(container?.env[0]?.entry).toEqual({ name: 'DB_POOL_MAX', value: '20' });
    expect(JSON.stringify(transformDeployment(backend))).not.toContain('never kept');
  });

  test('a Deployment keeps its default container and that its progress deadline has passed', () => {
    expect(transformDeployment(backend)).toMatchObject({
      defaultContainer: 'app',
      generation: 3,
      status: { deadlineExceeded: 'timed out' },
    });
  });
});

describe('the last progress of a rollout', () => {
  const wroteStatus = { manager: 'kube-controller-manager', subresource: 'status', time: '2026-01-01T12:00:05Z' };
  const wroteSpec = { manager: 'kubectl', time: '2026-01-01T12:00:09Z' };
  const progressing = (reason: string) => ({ type: 'Progressing', reason, lastUpdateTime: '2026-01-01T12:00:03Z' });
  const seenWith = (counts: object, ...conditions: object[]) =>
    transformDeployment({
      metadata: { managedFields: [wroteStatus, wroteSpec] },
      status: { replicas: 4, updatedReplicas: 1, ...counts, conditions },
    } as unknown as KubeObject).status.progressedAt;
  const AT = Date.parse('2026-01-01T12:00:00Z');

  test('the last progress of a rollout is the last update of the condition Progressing', () => {
    expect(seenWith({}, progressing('ReplicaSetUpdated'))).toBe(AT + 3000);
  });

  test('the last progress of a rollout without a progress deadline is the last change of the status', () => {
    expect(seenWith({})).toBe(AT + 5000);
  });

  test('the last progress of an undo is not the completion of the rollout before it', () => {
    expect(seenWith({}, progressing('NewReplicaSetAvailable'))).toBe(AT + 5000);
  });

  test('the last progress of a complete rollout is not told: its pods may become ill later', () => {
    expect(seenWith({ updatedReplicas: 4 }, progressing('NewReplicaSetAvailable'))).toBeUndefined();
  });

  test('the last progress of a rollout that nobody has written a status for is not known', () => {
    expect(transformDeployment({})).toMatchObject({
      progressDeadlineSeconds: 600,
      status: { progressedAt: undefined },
    });
  });
});

describe('the last write of a Deployment', () => {
  const scaledLast = (...managedFields: readonly object[]) =>
    transformDeployment({ metadata: { managedFields } } as unknown as KubeObject).wasScaledLast;
  const wrote = (seconds: number, subresource?: string) => ({
    manager: 'any',
    time: `2026-01-01T12:00:0${seconds}Z`,
    ...(subresource !== undefined && { subresource }),
  });

  test.for<readonly [string, readonly object[], boolean]>([
    ['an autoscaler', [wrote(1), wrote(2, 'scale'), wrote(3, 'status')], true],
    ['somebody else', [wrote(2, 'scale'), wrote(3)], false],
    ['one of two in the same second', [wrote(2, 'scale'), wrote(2)], false],
    ['nobody', [], false],
  ])('the last write of a Deployment was a scaling where it was that of %s: %s', ([, entries, expected]) => {
    expect(scaledLast(...entries)).toBe(expected);
  });
});

describe('the rest of a pod template', () => {
  type Template = { metadata?: object; spec: { containers: { name: string; image?: string; env?: object[] }[] } };
  const restOf = (template: Template) => {
    const { foreignTemplateHash, annotationsHash } = transformDeployment({
      spec: { template },
    } as unknown as KubeObject);
    return { foreignTemplateHash, annotationsHash };
  };
  const app = { name: 'app', image: 'v1', env: [{ name: 'OTHER', value: '1' }] };
  const before = restOf({ spec: { containers: [app] } });

  test('the hash of the foreign template does not change with what the operator writes', () => {
    const env = [...app.env, { name: 'DB_POOL_MAX', value: '20' }];
    const labels = { 'dbpool.dev/profile': 'p', 'dbpool.dev/config-hash': 'c' };
    expect(restOf({ metadata: { labels }, spec: { containers: [{ ...app, env }] } })).toEqual(before);
  });

  test('the hash of the foreign template does not change with kubectl rollout restart', () => {
    const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T11:59:30Z' };
    expect(restOf({ metadata: { annotations }, spec: { containers: [app] } })).toEqual(before);
  });

  test.for<[string, Template]>([
    ['an image', { spec: { containers: [{ ...app, image: 'v2' }] } }],
    ['another variable', { spec: { containers: [{ ...app, env: [] }] } }],
    ['a label', { metadata: { labels: { release: 'v2' } }, spec: { containers: [app] } }],
  ])('the hash of the foreign template changes with %s, and that of the annotations does not', ([, template]) => {
    const { foreignTemplateHash, annotationsHash } = restOf(template);
    expect([foreignTemplateHash === before.foreignTemplateHash, annotationsHash]).toEqual([
      false,
      before.annotationsHash,
    ]);
  });

  test('an annotation changes the hash of the annotations alone', () => {
    const after = restOf({ metadata: { annotations: { checksum: 'v2' } }, spec: { containers: [app] } });
    expect(after.foreignTemplateHash).toBe(before.foreignTemplateHash);
    expect(after.annotationsHash).not.toBe(before.annotationsHash);
  });
});

test('a Deployment keeps the number of terminating pods and the readiness probe of each container', () => {
  const containers = [{ name: 'app', readinessProbe: { tcpSocket: { port: 1 } } }, { name: 'side' }];
  const seen = transformDeployment({
    spec: { template: { spec: { containers } } },
    status: { terminatingReplicas: 2 },
  } as Parameters<typeof transformDeployment>[0]);
  expect(seen.status.terminatingReplicas).toBe(2);
  expect(seen.containers.map(({ hasReadinessProbe }) => hasReadinessProbe)).toEqual([true, false]);
});

describe('a strategy', () => {
  test.for<readonly [string, unknown, ReturnType<typeof strategyOf>]>([
    ['that is not said is the default', undefined, DEFAULT_STRATEGY],
    ['of recreating', { type: 'Recreate' }, { kind: 'Recreate' }],
    [
      'of numbers and shares',
      { type: 'RollingUpdate', rollingUpdate: { maxSurge: '30%', maxUnavailable: 0 } },
      { kind: 'RollingUpdate', maxSurge: '30%', maxUnavailable: 0 },
    ],
    [
      'that makes no sense is the default',
      { rollingUpdate: { maxSurge: 'many', maxUnavailable: -1 } },
      DEFAULT_STRATEGY,
    ],
  ])('a strategy %s', ([, strategy, is]) => {
    expect(strategyOf(strategy as Parameters<typeof strategyOf>[0])).toEqual(is);
  });
});

describe('the placement of a backend', () => {
  test('the placement of a backend is how its pods get a node and find hosts, and nothing that makes them its pods', () => {
    const placement = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'database', operator: 'Exists' }],
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['db'] }],
      dnsPolicy: 'None',
      dnsConfig: { nameservers: ['10.0.0.2'] },
      runtimeClassName: 'gvisor',
    };
    const rest = { containers: [{ name: 'app' }], priorityClassName: 'high', serviceAccountName: 'api', nodeName: 'n' };
    expect(placementOf({ ...rest, ...placement })).toEqual(placement);
  });

  test('the placement of a backend has its affinity to nodes and pods, and no anti-affinity', () => {
    const nodeAffinity = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } };
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'host' }] };
    expect(placementOf({ containers: [], affinity: { nodeAffinity, podAntiAffinity } })).toEqual({
      affinity: { nodeAffinity },
    });
    expect(placementOf({ containers: [], affinity: { podAntiAffinity } })).toEqual({});
  });

  test('the placement of an empty template is empty', () => {
    expect(placementOf({ containers: [] })).toEqual({});
    expect(placementOf(undefined)).toEqual({});
  });
});
