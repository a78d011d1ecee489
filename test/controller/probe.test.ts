import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ANNOTATION, LABEL } from '../../src/core/model/naming.ts';
import type { KubeObject, ObjectMeta } from '../../src/kube/types.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { EXIT_CODES } from '../../src/contract/verdict.ts';
import { verdict } from '../core/builders.ts';
import { dataOf, JOBS, PODS, PROFILE, proven, REPORT, ROLL, Shop, type Stored } from '../support/shop.ts';

let shop: Shop;
let job: Stored;

beforeEach(async () => {
  shop = await Shop.open();
  shop.putProfile(proven(20));
  await shop.operator.atRest();
  job = jobs()[0] as Stored;
});

afterEach(async () => {
  await shop[Symbol.asyncDispose]();
});

/** The Jobs that were ever asked for and are still there. */
const jobs = () =>
  shop.api
    .requestsFor('POST', JOBS)
    .flatMap(({ body }) => shop.store.get(`${JOBS}/${(body as Stored).metadata.name}`) ?? []);

/** The writes up to the first probe of a namespace: the numbers, the salt, the place for what databases say, the Job. */
const FIRST_PROBE = ['POST configmaps', 'POST configmaps', 'PATCH configmaps/dbpool-logon-results', 'POST jobs'];

/** Does what the kubelet does at the end of the probe's pod. */
function endPod(said: Verdict, jobUid?: string): Promise<void> {
  const finishedAt = new Date().toISOString();
  const terminated = { exitCode: EXIT_CODES[said.outcome], message: JSON.stringify(said), finishedAt };
  return putPod({ terminated }, jobUid);
}

/** A pod as the Job's controller makes it, in this state. */
async function putPod(state: object, jobUid = job.metadata.uid): Promise<void> {
  const { metadata, spec } = job as { metadata: ObjectMeta; spec: { template: { metadata: object; spec: object } } };
  shop.store.put(`${PODS}/${metadata.name}-x`, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...spec.template.metadata,
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: metadata.name, uid: jobUid, controller: true }],
    },
    spec: spec.template.spec,
    status: { containerStatuses: [{ name: 'probe', state }] },
  } as KubeObject);
  await shop.operator.atRest();
}

/** Does what the Job's controller does once the pod has ended. */
async function endJob(type: 'Complete' | 'Failed'): Promise<void> {
  const conditions = [{ type, status: 'True', lastTransitionTime: new Date().toISOString() }];
  shop.change(`${JOBS}/${job.metadata.name}`, { status: { conditions } });
  await shop.operator.atRest();
}

test('a profile with a probe becomes a ConfigMap, the shared ConfigMaps and a Job, and leaves the Deployment alone', () => {
  expect(shop.writes(REPORT)).toEqual(FIRST_PROBE);
  expect(shop.condition('ProbeSucceeded')).toMatchObject({ status: 'Unknown', reason: 'Probing' });
  expect(shop.dataInUse()).toBeUndefined();
  expect(job.metadata.labels?.[LABEL.probe]).toBe('search');
});

describe('a proof', () => {
  test('a proof rolls out the Deployment once the pod says Succeeded and the Job agrees', async () => {
    await endPod(verdict());
    expect(shop.writes()).not.toContain(ROLL);
    await endJob('Complete');
    expect(shop.writes().filter((write) => write === ROLL)).toHaveLength(1);
    expect(shop.dataInUse()).toEqual(dataOf(20));
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ status: 'True', reason: 'PoolOpened' });
    await shop.replacePods();
    expect(shop.condition('Ready')).toMatchObject({ status: 'True' });
  });

  test('a proof is not read from a Job before its pod is seen', async () => {
    await endJob('Complete');
    expect(shop.writes()).not.toContain(ROLL);
    await endPod(verdict());
    expect(shop.dataInUse()).toEqual(dataOf(20));
    expect(jobs()).toHaveLength(1);
  });

  test('a proof is not read from a pod that is not the Job’s', async () => {
    await endPod(verdict(), 'another');
    await endJob('Complete');
    expect(shop.writes()).not.toContain(ROLL);
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ status: 'Unknown' });
  });

  test('a probe of another database is not waited for by a changed profile, nor deleted before its result', async () => {
    const { database } = proven(30);
    shop.putProfile({ ...proven(30), database: { ...database, connectString: 'other:1521/FREEPDB1' } });
    await shop.operator.atRest();
    expect(shop.store.get(`${JOBS}/${job.metadata.name}`)).toBeDefined();
    expect(jobs()).toHaveLength(2);
    expect(shop.writes()).not.toContain(ROLL);
  });

  test('a probe of other settings is waited for, because it logs on with the same credentials', async () => {
    await putPod({ running: {} });
    shop.putProfile(proven(30));
    await shop.operator.atRest();
    expect(jobs()).toHaveLength(1);
    expect(shop.condition('ProbeSucceeded')).toMatchObject({ reason: 'ProbeQueued' });
    await endPod(verdict());
    await endJob('Complete');
    await shop.operator.lookAgain('shop/search');
    expect(jobs()).toHaveLength(2);
    expect(shop.writes()).not.toContain(ROLL);
  });
});

describe('a rejected logon', () => {
  const refused = verdict({
    outcome: 'PermanentFailure',
    reason: 'AuthenticationFailed',
    stage: 'logon',
    message: 'The database rejected the logon.',
    remediation: 'Put the right password into the Secret.',
    code: 'ORA-01017',
  });

  beforeEach(async () => {
    await endPod(refused);
    await endJob('Failed');
  });

  test('a rejected logon rolls out nothing, says what to do, and is not tried again by itself', async () => {
    expect(shop.condition('Ready')).toMatchObject({ status: 'False', reason: 'AuthenticationFailed' });
    expect(shop.condition('Stalled')?.message).toBe(
      `${refused.message} ${refused.remediation} The operator does not retry until a probe is requested (dbpool.dev/probe-requested-at) or the spec changes.`,
    );
    expect(shop.status().probe).toMatchObject({ outcome: 'PermanentFailure', code: 'ORA-01017' });
    const before = shop.api.requests.length;
    await shop.operator.lookAgain('shop/search');
    expect(shop.api.requests.slice(before)).toEqual([]);
    expect(shop.writes(REPORT)).toEqual(FIRST_PROBE);
    expect(shop.dataInUse()).toBeUndefined();
  });

  test('a rejected logon is tried once more on a request', async () => {
    const annotations = { [ANNOTATION.probeRequestedAt]: '2026-01-01T12:00:00Z' };
    shop.change(PROFILE, { metadata: { ...shop.get(PROFILE).metadata, annotations } });
    await shop.operator.atRest();
    expect(jobs()).toHaveLength(2);
    expect(jobs()[1]?.metadata.annotations).toMatchObject({ ...annotations, [ANNOTATION.attempt]: '2' });
    expect(jobs()[1]).toMatchObject({
      spec: { template: { metadata: { annotations: { [ANNOTATION.forceLogon]: 'true' } } } },
    });
  });
});

test('a Job without a pod is reported with the event of its controller', async () => {
  shop.store.put('/api/v1/namespaces/shop/events/search-probe.1', {
    apiVersion: 'v1',
    kind: 'Event',
    involvedObject: { kind: 'Job', uid: job.metadata.uid },
    reason: 'FailedCreate',
    message: 'exceeded quota: few',
  } as KubeObject);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5000 });
  onTestFinished(() => void vi.useRealTimers());
  await shop.operator.lookAgain('shop/search');
  expect(shop.condition('Ready')).toMatchObject({ status: 'False', reason: 'PodCreationFailed' });
  expect(shop.condition('Ready')?.message).toContain('exceeded quota: few');
});
