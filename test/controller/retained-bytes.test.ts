/** What the caches keep of objects that are not ours, in bytes of JSON: a megabyte costs less than a kilobyte. */
import { expect, test } from 'vitest';
import { type Caches, createCaches } from '../../src/controller/watch/caches.ts';
import { LABEL, LOGON_RESULTS_NAME, MANAGED_BY, SALT_NAME } from '../../src/core/model/naming.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { WATCHED_OBJECTS } from '../support/watched-objects.ts';

const KILOBYTE = 1000;
const MEGABYTE = 1_000_000;
const LARGE = 'x'.repeat(MEGABYTE);
const MANY = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key-${index}`, 'x'.repeat(100)]));

/** The caches of an operator that holds these objects, with the profile before all others. */
function holding(objects: Partial<Record<keyof Caches, readonly object[]>>): Caches {
  const caches = createCaches(
    undefined,
    () => undefined,
    (error) => {
      throw error;
    },
  );
  for (const [kind, items] of Object.entries({ profiles: [], ...objects }) as [keyof Caches, KubeObject[]][])
    caches[kind].apply({ kind: 'replace', items, earlier: new Set(), version: '1' });
  return caches;
}

const bytesOf = (caches: Caches): number =>
  Object.values(caches).reduce((sum, { values }) => sum + JSON.stringify(values).length, 0);

const bytesWith = (objects: Parameters<typeof holding>[0]) => bytesOf(holding(objects));

const NOTHING = bytesWith({});

type Parts = { readonly metadata: object; readonly spec?: object; readonly status?: object };

/** The object of a kind, with a megabyte in fields of it. */
const withMore = (kind: keyof Caches, { metadata, spec, status }: Partial<Parts>, rest: object = {}): object => {
  const object = WATCHED_OBJECTS[kind] as unknown as Parts;
  return {
    ...object,
    ...rest,
    metadata: { ...object.metadata, ...metadata },
    spec: { ...object.spec, ...spec },
    status: { ...object.status, ...status },
  };
};

const named = (name: string, labels: object, rest: object = {}) => ({
  metadata: { namespace: 'shop', name, uid: name, resourceVersion: '1', labels },
  ...rest,
});

test.for<[string, object]>([
  ['with the label and one large value', named('foreign', MANAGED_BY, { data: { a: LARGE } })],
  ['with the label and many values', named('foreign', MANAGED_BY, { data: MANY })],
  ['with the label and binary data', named('foreign', MANAGED_BY, { binaryData: { a: LARGE } })],
  ['with both labels', named('foreign', { ...MANAGED_BY, [LABEL.profile]: 'search' }, { data: { a: LARGE } })],
  [
    'with the name of one of ours',
    named(
      'search-0123456789',
      { ...MANAGED_BY, [LABEL.profile]: 'search' },
      { data: { ...MANY, DB_POOL_MAX: LARGE, DB_POOL_MIN: LARGE } },
    ),
  ],
  [
    'with annotations like ours',
    {
      metadata: {
        namespace: 'shop',
        name: 'search-0123456789',
        labels: { [LABEL.profile]: 'search' },
        annotations: { 'dbpool.dev/rollout': LARGE, 'dbpool.dev/proof': `{"image":"${LARGE}"}`, other: LARGE },
      },
    },
  ],
  ['that is the salt', named(SALT_NAME, MANAGED_BY, { data: { salt: LARGE, ...MANY } })],
  ['of logon results', named(LOGON_RESULTS_NAME, MANAGED_BY, { data: { ...MANY, abcdef: LARGE } })],
])('a ConfigMap %s', ([, object]) => {
  expect(JSON.stringify(object).length).toBeGreaterThan(MEGABYTE);
  expect(bytesWith({ configMaps: [object] }) - NOTHING).toBeLessThan(KILOBYTE);
});

test('a thousand ConfigMaps of a kilobyte that have only our label cost nothing', () => {
  const configMaps = Array.from({ length: 1000 }, (_, index) =>
    named(`foreign-${index}`, MANAGED_BY, { data: { a: 'x' } }),
  );
  const caches = holding({ configMaps });
  expect(caches.configMaps.size).toBe(0);
});

test('thousands of Deployments that no profile names cost nothing', () => {
  const deployments = Array.from({ length: 1000 }, (_, index) =>
    withMore('deployments', { metadata: { name: `foreign-${index}` } }),
  );
  const caches = holding({ profiles: [WATCHED_OBJECTS.profiles], deployments });
  expect(caches.deployments.size).toBe(0);
});

test('a Deployment costs nothing any more once no profile names it', () => {
  const caches = holding({ profiles: [WATCHED_OBJECTS.profiles], deployments: [WATCHED_OBJECTS.deployments] });
  expect(caches.deployments.size).toBe(1);
  caches.profiles.apply({ kind: 'delete', object: WATCHED_OBJECTS.profiles });
  expect(caches.deployments.size).toBe(0);
});

const METADATA = {
  annotations: {
    other: LARGE,
    'dbpool.dev/adopted-env': LARGE,
    'kubectl.kubernetes.io/last-applied-configuration': LARGE,
  },
  labels: {},
  managedFields: [{ manager: 'x', fieldsV1: { a: LARGE } }],
};
const container = { name: 'sidecar', image: LARGE, env: [{ name: 'OTHER', value: LARGE }], args: [LARGE] };
const template = {
  metadata: { annotations: { other: LARGE } },
  spec: { containers: [container], volumes: [{ name: LARGE }] },
};

test.for<[keyof Caches, string, Partial<Parts>, object?]>([
  [
    'profiles',
    'in fields that the schema does not have',
    { spec: { ...specOf('profiles'), other: LARGE }, status: { other: LARGE } },
  ],
  ['profiles', 'in metadata', { metadata: METADATA }],
  ['profiles', 'in the value of a request', { metadata: { annotations: { 'dbpool.dev/retry-requested-at': LARGE } } }],
  ['profiles', 'in an invalid spec', { spec: { targetRef: { name: 'search-api' }, pool: { min: LARGE, [LARGE]: 1 } } }],
  [
    'profiles',
    'in a key of an invalid spec',
    { spec: { ...specOf('profiles'), probe: { podLabels: { [LARGE]: 1 } } } },
  ],
  [
    'autoscalers',
    'in metadata and metrics',
    { metadata: METADATA, spec: { ...specOf('autoscalers'), metrics: [LARGE] } },
  ],
  ['jobs', 'in metadata', { metadata: METADATA }],
  ['jobs', 'in annotations like ours', { metadata: { annotations: ours(WATCHED_OBJECTS.jobs) } }],
  ['jobs', 'in its template', { spec: { template } }],
  ['pods', 'in metadata and spec', { metadata: METADATA, spec: { containers: [container] } }],
  ['replicaSets', 'in metadata and template', { metadata: METADATA, spec: { template } }],
  ['backendPods', 'in metadata and spec', { metadata: METADATA, spec: { containers: [container] } }],
])('of the %s, an object that is larger by a megabyte %s', ([kind, , more]) => {
  const object = withMore(kind, more);
  expect(JSON.stringify(object).length).toBeGreaterThan(MEGABYTE);
  const before = bytesWith({ [kind]: [WATCHED_OBJECTS[kind]] });
  expect(bytesWith({ [kind]: [object] }) - before).toBeLessThan(KILOBYTE);
});

test('a Deployment of a profile that is larger by a megabyte, in what is not ours', () => {
  const more = withMore('deployments', { metadata: METADATA, spec: { ...specOf('deployments'), template } });
  const bytesWithBackend = (object: object) =>
    bytesWith({ profiles: [WATCHED_OBJECTS.profiles], deployments: [object] });
  expect(bytesWithBackend(more) - bytesWithBackend(WATCHED_OBJECTS.deployments)).toBeLessThan(KILOBYTE);
});

test('messages of pods are cut', () => {
  const status = {
    conditions: [{ type: 'PodScheduled', reason: 'Unschedulable', message: LARGE }],
    containerStatuses: [{ name: 'app', state: { waiting: { reason: LARGE, message: LARGE } } }],
  };
  const before = bytesWith({ backendPods: [WATCHED_OBJECTS.backendPods] });
  expect(bytesWith({ backendPods: [withMore('backendPods', { status })] }) - before).toBeLessThan(5 * KILOBYTE);
});

function specOf(kind: keyof Caches): object {
  return (WATCHED_OBJECTS[kind] as unknown as { readonly spec: object }).spec;
}

/** The annotations of the object, each with a megabyte. */
function ours({ metadata }: KubeObject): object {
  return Object.fromEntries(Object.keys(metadata?.annotations ?? {}).map((name) => [name, LARGE]));
}
