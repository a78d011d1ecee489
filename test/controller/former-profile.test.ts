import { beforeEach, describe, expect, test } from 'vitest';
import { observeBackend } from '../../src/controller/observe/backend.ts';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { specSchema } from '../../src/api/v1alpha1.ts';
import { isLowering, peakSessions } from '../../src/core/budget/peak.ts';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { VARIABLES } from '../../src/core/model/variables.ts';
import { backendUsage } from '../../src/core/usage/backend-usage.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { formatState } from '../../src/core/model/config-state.ts';
import { completedRollout, DATABASE, SETTINGS } from '../core/builders.ts';

/** What the former profile, `search`, has rolled out. */
const former = poolConfig('search', specSchema.parse({ targetRef: { name: 'search-api' }, pool: { max: 100 } }).pool);
const labels = { 'dbpool.dev/profile': 'search', 'dbpool.dev/config-hash': former.hash };
const env = VARIABLES.map((name) => ({ name, valueFrom: { configMapKeyRef: { name: former.name, key: name } } }));
const template = { metadata: { labels }, spec: { containers: [{ name: 'app', env }] } };
const identity = (name: string, more: object = {}) => ({
  namespace: 'shop',
  name,
  uid: name,
  resourceVersion: '1',
  generation: 1,
  ...more,
});
const ownedBy = (kind: string, uid: string) => ({ ownerReferences: [{ kind, name: uid, uid, controller: true }] });

const podOf = (number: number, more: object = {}): KubeObject =>
  ({
    metadata: identity(`pod-${number}`, { labels, ...ownedBy('ReplicaSet', 'search-api-2'), ...more }),
    spec: template.spec,
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  }) as KubeObject;

const profileOf = (name: string, target: string, max: number) => ({
  ...RESOURCES.DbPoolProfile,
  metadata: identity(name),
  spec: { targetRef: { name: target }, pool: { min: 0, max }, database: DATABASE, probe: { policy: 'Disabled' } },
});

let told: string[];
let caches: Caches;

beforeEach(() => {
  told = [];
  caches = createCaches(
    undefined,
    (key) => told.push(key),
    (error) => {
      throw error;
    },
  );
});

/** Six pods run with 100 for the profile `search`. `isLost`: without its label, so that no cache has them. */
function usageOf(name: string, profiles: readonly object[], isLost = false) {
  const withLabel = (objects: readonly object[]) => (isLost ? [] : objects);
  const objects: Partial<Record<keyof Caches, readonly object[]>> = {
    profiles,
    deployments: [
      {
        ...RESOURCES.Deployment,
        metadata: identity('search-api', { annotations: { 'deployment.kubernetes.io/revision': '2' } }),
        spec: {
          replicas: 6,
          strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
          template: isLost ? { spec: { containers: [{ name: 'app' }] } } : template,
        },
        status: { observedGeneration: 1, replicas: 6, updatedReplicas: 6, availableReplicas: 6 },
      },
    ],
    replicaSets: withLabel([
      {
        metadata: identity('search-api-2', {
          labels,
          annotations: { 'deployment.kubernetes.io/revision': '2' },
          ...ownedBy('Deployment', 'search-api'),
        }),
        spec: { replicas: 6, template },
      },
    ]),
    backendPods: withLabel(Array.from({ length: 6 }, (_, number) => podOf(number))),
    configMaps: [
      {
        metadata: identity(former.name, {
          labels: { 'app.kubernetes.io/managed-by': 'dbpool-operator', 'dbpool.dev/profile': 'search' },
          annotations: formatState({ rollout: completedRollout }),
          ...ownedBy('Deployment', 'search-api'),
        }),
        immutable: true,
        data: former.data,
      },
    ],
  };
  for (const [kind, cache] of Object.entries(caches)) {
    const items = (objects[kind as keyof Caches] ?? []) as KubeObject[];
    cache.apply({ kind: 'replace', items, earlier: new Set(), version: '1' });
  }
  const observed = observeBackend(`shop/${name}`, { caches, settings: SETTINGS, now: () => 0 });
  const usage = observed && backendUsage(observed);
  if (usage === undefined) throw new Error('there is a backend');
  return usage;
}

describe('pods of a former profile', () => {
  test.for([
    ['a profile that was deleted with Retain and applied again under another name', []],
    ['a profile that has another target by now', [profileOf('search', 'another', 100)]],
  ] as const)('pods of %s count with what they run', ([, others]) => {
    const { pools } = usageOf('search-v2', [profileOf('search-v2', 'search-api', 40), ...others]);
    // 8 new and surge pods, of which the surge may be old ones, and 6 old ones.
    expect(peakSessions(pools).sessions).toBe(6 * 40 + 2 * 100 + 6 * 100);
    expect(isLowering(pools)).toBe(true);
  });

  test('pods of a former profile whose label somebody took away count with what it had rolled out', () => {
    const { pools } = usageOf('search-v2', [profileOf('search-v2', 'search-api', 40)], true);
    expect(pools.oldMax).toBe(100);
  });

  test('pods of a former profile make no lowering of settings that raise their max', () => {
    expect(isLowering(usageOf('search-v2', [profileOf('search-v2', 'search-api', 120)]).pools)).toBe(false);
  });

  test('pods of a former profile that terminate are waited for, and their end wakes the profile', () => {
    usageOf('search-v2', [profileOf('search-v2', 'search-api', 40)]);
    told.length = 0;
    caches.backendPods.apply({
      kind: 'apply',
      object: podOf(0, { resourceVersion: '2', deletionTimestamp: '1970-01-01T00:00:30Z' }),
    });
    expect(told).toContain('shop/search-v2');
    const observed = observeBackend('shop/search-v2', { caches, settings: SETTINGS, now: () => 0 });
    expect(observed && backendUsage(observed)?.pools.pods).toMatchObject({ terminating: 1 });
  });
});
