/** Times of a rollout that the status keeps are part of what is observed from the caches. */
import { expect, test } from 'vitest';
import { observeBackend } from '../../src/controller/observe/backend.ts';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { NOW, SETTINGS } from '../core/builders.ts';

/** The backend at NOW: of 3 pods, one is updated and not available. */
function observed(generation: number, status: object) {
  const identity = { namespace: 'shop', resourceVersion: '1', generation };
  const objects: Partial<Record<keyof Caches, readonly object[]>> = {
    profiles: [
      {
        ...RESOURCES.DbPoolProfile,
        metadata: { ...identity, name: 'search', uid: 'search-uid' },
        spec: { targetRef: { name: 'search-api' }, pool: { max: 40 } },
        status,
      },
    ],
    deployments: [
      {
        ...RESOURCES.Deployment,
        metadata: {
          ...identity,
          name: 'search-api',
          uid: 'search-api-uid',
          annotations: { 'deployment.kubernetes.io/revision': '2' },
        },
        spec: { replicas: 3, progressDeadlineSeconds: 600, template: { spec: { containers: [{ name: 'app' }] } } },
        status: {
          observedGeneration: 1,
          replicas: 4,
          updatedReplicas: 1,
          availableReplicas: 3,
          conditions: [{ type: 'Progressing', status: 'True', lastUpdateTime: new Date(NOW - 1000).toISOString() }],
        },
      },
    ],
  };
  const caches = createCaches(
    undefined,
    () => undefined,
    (error) => {
      throw error;
    },
  );
  for (const [kind, cache] of Object.entries(caches)) {
    const items = (objects[kind as keyof Caches] ?? []) as KubeObject[];
    cache.apply({ kind: 'replace', items, earlier: new Set(), version: '1' });
  }
  return observeBackend('shop/search', { caches, settings: SETTINGS, now: () => NOW })?.deployment;
}

const SINCE = '2026-01-01T11:40:00Z';

test('a rollout has the time since which it has come no closer to its end', () => {
  const status = { rolloutProgress: { uid: 'search-api-uid', revision: 2, replicas: 3, podsLeft: 3, since: SINCE } };
  expect(observed(1, status)?.rolloutProgress).toEqual({ replicas: 3, podsLeft: 3, since: Date.parse(SINCE) });
});

test('a change that the Deployment controller has not observed has the time since which the operator knows it', () => {
  const status = { unobserved: { uid: 'search-api-uid', observedGeneration: 1, since: SINCE } };
  expect(observed(2, status)?.unobservedSince).toBe(Date.parse(SINCE));
});
