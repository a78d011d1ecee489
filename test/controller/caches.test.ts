import { beforeEach, expect, test } from 'vitest';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { LABEL } from '../../src/core/model/naming.ts';
import type { KubeObject } from '../../src/kube/types.ts';

let enqueued: string[];
let caches: Caches;

beforeEach(() => {
  enqueued = [];
  caches = createCaches(
    undefined,
    (key) => enqueued.push(key),
    (error) => {
      throw error;
    },
  );
});

test.for([
  ['jobs', LABEL.probe],
  ['pods', LABEL.probe],
  ['replicaSets', LABEL.profile],
  ['backendPods', LABEL.profile],
] as const)('an object of the %s whose label %s is changed from a to b enqueues both profiles', ([kind, label]) => {
  const labelled = (profile: string, resourceVersion: string): KubeObject => ({
    metadata: { namespace: 'shop', name: 'x', uid: 'u', resourceVersion, labels: { [label]: profile } },
  });
  caches[kind].apply({ kind: 'apply', object: labelled('a', '1') });
  expect(enqueued).toEqual(['shop/a']);
  enqueued = [];
  caches[kind].apply({ kind: 'apply', object: labelled('b', '2') });
  expect(enqueued).toEqual(['shop/a', 'shop/b']);
  expect([caches[kind].byIndex('profile', 'shop/a').length, caches[kind].byIndex('profile', 'shop/b').length]).toEqual([
    0, 1,
  ]);
});

test('a ConfigMap of a profile enqueues it, and once it has the label of another one it is a ConfigMap of neither', () => {
  const labelled = (profile: string, resourceVersion: string): KubeObject => ({
    metadata: {
      namespace: 'shop',
      name: 'a-0123456789',
      uid: 'u',
      resourceVersion,
      labels: { [LABEL.profile]: profile },
    },
  });
  for (const [version, label] of ['a', 'b'].entries()) {
    enqueued = [];
    caches.configMaps.apply({ kind: 'apply', object: labelled(label, `${version + 1}`) });
    expect(enqueued).toEqual(['shop/a']);
  }
  expect(caches.configMaps.size).toBe(0);
});
