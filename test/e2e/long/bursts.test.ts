import { expect, test } from 'vitest';
import { PlainClient } from '../../../bench/cluster/plain-client.ts';
import { eachOf } from '../../../bench/concurrency.ts';
import { backend, deployments, profile, profiles, setMax } from '../../../bench/shop.ts';
import { type AuditedRequest, auditOf, isTemplateWrite } from '../../support/audit.ts';
import { json } from '../shop.ts';
import { measured } from '../../support/measured.ts';
import { auditOfOperator, freshNamespace, NODE, run, waitFor } from '../support.ts';

const COUNT = 200;
const AT_A_TIME = 16;
const MAX = { first: 40, burst: 50, second: 60 } as const;
const DEPLOYMENT_CONTROLLER = 'system:serviceaccount:kube-system:deployment-controller';

/** The controller may be about to start a rollout at the very moment in which the next template is written. */
const AT_THAT_MOMENT = COUNT / 20;

const names = Array.from({ length: COUNT }, (_, index) => `b${String(index + 1).padStart(3, '0')}`);

const endOf = ({ at, ms }: AuditedRequest) => at + ms;

/** The operator's writes of templates in the namespace, once there are so many. */
const writesOf = (namespace: string, count: number): Promise<readonly AuditedRequest[]> =>
  waitFor(`${count} templates to be written`, async () => {
    const writes = (await auditOfOperator(namespace)).filter(
      (request) => request.namespace === namespace && isTemplateWrite(request),
    );
    return writes.length >= count ? { done: writes } : { last: `${writes.length} are` };
  });

type Sets = {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly ownerReferences: readonly { readonly name: string }[] };
    readonly spec: { readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } } };
  }[];
};

/** Waits until the controller has seen each template. */
const observed = (namespace: string) =>
  waitFor('the Deployment controller to observe all templates', async () => {
    const { items } = await json<{
      items: readonly { metadata: { generation: number }; status: { observedGeneration?: number } }[];
    }>('get', '-n', namespace, 'deployments');
    const late = items.filter(({ metadata, status }) => status.observedGeneration !== metadata.generation);
    return late.length === 0 ? { done: true } : { last: `${late.length} are not observed` };
  });

/** ReplicaSets that the controller made of a template after the operator had written the next one. */
async function outOfDate(namespace: string, writes: readonly AuditedRequest[]): Promise<number> {
  const made = (await auditOf(run, NODE, DEPLOYMENT_CONTROLLER, [namespace])).filter(
    ({ verb, resource, code }) => verb === 'create' && resource === 'replicasets' && code === 201,
  );
  const newest = new Map(writes.toSorted((a, b) => a.at - b.at).map((write) => [write.name, endOf(write)]));
  const lastMade = new Map(made.toSorted((a, b) => a.at - b.at).map((one) => [backendOf(one.name), one]));
  return made.filter((one) => {
    const writtenAt = newest.get(backendOf(one.name)) ?? Number.POSITIVE_INFINITY;
    return one.at > writtenAt && lastMade.get(backendOf(one.name)) !== one;
  }).length;
}

const backendOf = (replicaSet = ''): string => replicaSet.slice(0, replicaSet.lastIndexOf('-'));

test('a second burst of 200 changes within a minute is written as fast as the first', async () => {
  const client = new PlainClient(String(process.env['DBPOOL_TEST_KUBECONFIG']), AT_A_TIME);
  const namespace = await freshNamespace('bursts');
  await eachOf(names, AT_A_TIME, async (name) => {
    await client.create(deployments(namespace), backend(name));
    await client.create(profiles(namespace), profile(name, MAX.first));
  });
  await writesOf(namespace, COUNT);
  await observed(namespace);

  const burst = async (max: number, soFar: number): Promise<number> => {
    const startedAt = Date.now();
    await eachOf(names, AT_A_TIME, async (name) => void (await setMax(client, profiles(namespace), name, max)));
    const writes = await writesOf(namespace, soFar + COUNT);
    return Math.max(...writes.map(endOf)) - startedAt;
  };
  const first = await burst(MAX.burst, COUNT);
  const second = await burst(MAX.second, 2 * COUNT);
  client.close();

  await observed(namespace);
  const writes = await writesOf(namespace, 3 * COUNT);
  const late = await outOfDate(namespace, writes);
  const { items } = await json<Sets>('get', '-n', namespace, 'replicasets');
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
  measured(
    `bursts of ${COUNT} changes to the last template: ${seconds(first)} and ${seconds(second)}; ${items.length} ReplicaSets, ${late} of them out of date when they were made`,
  );
  // Each change is one template, and each template is at most one rollout.
  expect(writes).toHaveLength(3 * COUNT);
  expect(items.length).toBeLessThanOrEqual(COUNT + writes.length);
  expect(late).toBeLessThanOrEqual(AT_THAT_MOMENT);
  // Where each template waits until the controller has observed the last one, the second burst takes four times as long.
  expect(second).toBeLessThanOrEqual(2 * first);
});
