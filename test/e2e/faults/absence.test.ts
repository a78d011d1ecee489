/** The operator, or its CRD, is taken away while there are profiles, or another operator comes. */
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { CHECKOUT } from '../../runner/folders.ts';
import { execute } from '../../runner/execute.ts';
import { allWell, leader, OPERATOR_LABEL, SYSTEM } from '../../faults/operator-pods.ts';
import type { KindNode } from '../../faults/node.ts';
import { apply, backend, plainBackend, ready, replicaSets, templateWrites, unproven, variables } from '../shop.ts';
import { freshNamespace, kubectl, NODE, PATIENTLY, run } from '../support.ts';

const node: KindNode = { run, name: NODE };
const restoring = unproven({ target: { adopt: true }, onDelete: 'Restore' });
const asItWas = { replicas: 1, env: [{ name: 'DB_POOL_MAX', value: '20' }] };

const scale = (replicas: number) =>
  kubectl(['scale', '-n', SYSTEM, 'deployment/dbpool-operator', `--replicas=${replicas}`]);

async function withoutOperator(): Promise<void> {
  await scale(0);
  // Those that are on their way out may still do what is asked for meanwhile.
  await kubectl(['wait', '-n', SYSTEM, 'pods', '-l', OPERATOR_LABEL, '--for=delete', PATIENTLY]);
}

const profilesOf = (namespace: string) => kubectl(['get', 'dbpp', '-n', namespace, '-o', 'name']);

afterEach(async () => {
  await kubectl(['apply', '--server-side', '-f', '-'], { stdin: await execute(run, ['cat', CRD]) });
  await scale(2);
  await allWell(node);
});

const CRD = join(CHECKOUT, 'crds/dbpoolprofiles.yaml');

test('a restarted operator rolls out nothing that runs as it should', async () => {
  const namespace = await freshNamespace('restarted');
  await apply(namespace, plainBackend('api', { replicas: 1 }), unproven());
  await ready(namespace, 'pool', 'Ready');
  const [writes, sets] = [await templateWrites(namespace), await replicaSets(namespace)];
  const former = await leader(node);
  await kubectl(['rollout', 'restart', '-n', SYSTEM, 'deployment/dbpool-operator']);
  await kubectl(['rollout', 'status', '-n', SYSTEM, 'deployment/dbpool-operator', PATIENTLY]);
  await leader(node, former);
  // What does not change the numbers is answered by the one that leads now.
  await apply(namespace, unproven({ rollout: { onFailure: 'Hold' } }));
  expect(await ready(namespace, 'pool', 'Ready')).toMatchObject({ current: { max: 40 } });
  expect(await templateWrites(namespace)).toBe(writes);
  expect(await replicaSets(namespace)).toBe(sets);
});

test('a profile with onDelete: Restore waits for an absent operator, which then restores what was there', async () => {
  const namespace = await freshNamespace('away');
  await apply(namespace, plainBackend('api', asItWas), restoring);
  await ready(namespace, 'pool', 'Ready');
  await withoutOperator();
  await kubectl(['delete', '-n', namespace, 'dbpp', 'pool', '--wait=false']);
  expect(await profilesOf(namespace)).toContain('pool');
  await scale(2);
  await kubectl(['wait', '-n', namespace, 'dbpp/pool', '--for=delete', PATIENTLY]);
  expect(await variables(namespace)).toEqual(['DB_POOL_MAX=20']);
});

test('the command of the docs removes a profile without an operator, and leaves the backend unchanged', async () => {
  const namespace = await freshNamespace('lifted');
  await apply(namespace, plainBackend('api', asItWas), restoring);
  await ready(namespace, 'pool', 'Ready');
  await withoutOperator();
  const before = await variables(namespace);
  const { generation } = (await backend(namespace, 'api')).metadata;
  await kubectl(['delete', '-n', namespace, 'dbpp', 'pool', '--wait=false']);
  const patch = '{"metadata":{"finalizers":null}}';
  await kubectl(['patch', '-n', namespace, 'dbpp', 'pool', '--type=merge', '-p', patch]);
  expect(await profilesOf(namespace)).toBe('');
  expect(await variables(namespace)).toEqual(before);
  expect((await backend(namespace, 'api')).metadata.generation).toBe(generation);
});

test('kubectl delete -f crds ends by itself, and restores what was to be restored', async () => {
  const namespace = await freshNamespace('crds');
  await apply(namespace, plainBackend('api', asItWas), restoring);
  await ready(namespace, 'pool', 'Ready');
  await kubectl(['delete', 'crd', 'dbpoolprofiles.dbpool.dev', PATIENTLY]);
  expect(await variables(namespace)).toEqual(['DB_POOL_MAX=20']);
});
