import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { RESOURCES } from '../../src/controller/watch/resources.ts';
import { LABEL } from '../../src/core/model/naming.ts';
import { objectPath } from '../../src/kube/paths.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { verdict } from '../core/builders.ts';
import { BACKEND, JOBS, PODS, proven, Shop, type Stored } from '../support/shop.ts';

let shop: Shop;
beforeEach(async () => {
  shop = await Shop.open();
});
afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six'];

/** A profile for a backend of its own, with the same Secret and database as all others unless told otherwise. */
function put(name: string, database: object = {}): void {
  const path = objectPath(RESOURCES.Deployment, 'shop', name);
  const { metadata: _, ...backend } = shop.get(BACKEND);
  shop.store.put(path, backend);
  const spec = proven(20);
  shop.putProfile(
    { ...spec, targetRef: { name }, database: { ...spec.database, ...database } },
    objectPath(RESOURCES.DbPoolProfile, 'shop', name),
  );
}

const started = () => shop.api.requestsFor('POST', JOBS).length;

test('profiles with one Secret and connect string that are created at the same time start one probe', async () => {
  for (const name of NAMES) put(name);
  await shop.operator.atRest();
  expect(started()).toBe(1);
});

test('profiles with connect strings of their own start a probe each, with one salt', async () => {
  for (const name of NAMES) put(name, { connectString: `${name}:1521/FREEPDB1` });
  await shop.operator.atRest();
  expect(started()).toBe(NAMES.length);
  const salts = shop.writes().filter((write) => write === 'POST configmaps');
  // One ConfigMap for each profile, and the salt.
  expect(salts).toHaveLength(NAMES.length + 1);
});

/** What the kubelet says of a Job's pod. */
async function putPod(profile: string, state: object): Promise<void> {
  const job = jobOf(profile);
  shop.store.put(`${PODS}/${job?.metadata.name}-x`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      labels: { [LABEL.probe]: profile },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: '', uid: job?.metadata.uid, controller: true }],
    },
    status: { containerStatuses: [{ name: 'probe', state }] },
  } as KubeObject);
  await shop.operator.atRest();
}

const jobOf = (profile: string) =>
  shop.api
    .requestsFor('POST', JOBS)
    .flatMap(({ body }) => (shop.store.get(`${JOBS}/${(body as Stored).metadata.name}`) as Stored | undefined) ?? [])
    .find(({ metadata }) => metadata.labels?.[LABEL.probe] === profile);

test('a profile with the Secret of another starts its probe once the result of that one is recorded', async () => {
  for (const name of NAMES) put(name);
  await shop.operator.atRest();
  for (const count of [2, 3, 4]) {
    await endProbe();
    expect(started()).toBe(count);
  }
});

/** The probe that runs ends: its pod and then its Job. */
async function endProbe(): Promise<void> {
  const [profile = ''] = NAMES.filter((name) => {
    const job = jobOf(name) as { readonly status?: { readonly conditions?: object } } | undefined;
    return job !== undefined && job.status?.conditions === undefined;
  });
  const finishedAt = new Date().toISOString();
  const refused = verdict({ outcome: 'TransientFailure', reason: 'ConnectionRefused', stage: 'connect' });
  await putPod(profile, { terminated: { exitCode: 11, message: JSON.stringify(refused), finishedAt } });
  const conditions = [{ type: 'Failed', status: 'True', lastTransitionTime: finishedAt }];
  shop.change(`${JOBS}/${jobOf(profile)?.metadata.name}`, { status: { conditions } });
  await shop.operator.atRest();
}

test.for([
  { waiting: { reason: 'Unschedulable', message: 'no node' }, afterMs: 9000, next: 'one' },
  { waiting: { reason: 'Unschedulable', message: 'no node' }, afterMs: 11_000, next: 'two' },
  {
    waiting: { reason: 'CreateContainerConfigError', message: 'secret "db" not found' },
    afterMs: 11_000,
    next: 'one',
  },
])(
  'a probe pod with $waiting.reason: after $afterMs ms the probe of profile $next has the slot',
  async ({ waiting, afterMs, next }) => {
    put('one');
    await shop.operator.atRest();
    await putPod('one', { waiting });
    put('two');
    await shop.operator.atRest();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + afterMs });
    onTestFinished(() => void vi.useRealTimers());
    await shop.operator.lookAgain('shop/two');
    await shop.operator.lookAgain('shop/one');
    expect(['one', 'two'].filter((name) => jobOf(name) !== undefined)).toEqual([next]);
  },
);

test('a Job that ends before its pod is seen to end keeps its slot', async () => {
  put('one');
  await shop.operator.atRest();
  await putPod('one', { running: {} });
  put('two');
  await shop.operator.atRest();
  const conditions = [{ type: 'Failed', status: 'True', lastTransitionTime: new Date().toISOString() }];
  shop.change(`${JOBS}/${jobOf('one')?.metadata.name}`, { status: { conditions } });
  await shop.operator.atRest();
  await shop.operator.lookAgain('shop/two');
  expect(jobOf('two')).toBeUndefined();
});
