/** An upgrade of the operator, while profiles are probed: both images run probes until the new one leads. */
import { afterAll, expect, test } from 'vitest';
import { allWell, SYSTEM } from '../../faults/operator-pods.ts';
import { type KindNode, shell } from '../../faults/node.ts';
import { askForProbe, attempted, RIGHT, shopIn, wanted } from '../probe-shop.ts';
import { apply, ready, secret } from '../shop.ts';
import { auditOfOperator, freshNamespace, kubectl, NODE, OPERATOR_IMAGE, PATIENTLY, run } from '../support.ts';

const node: KindNode = { run, name: NODE };

/** The same program: what is tested is which name a policy admits. */
const NEXT = OPERATOR_IMAGE.replace(/:[^:]*$/, ':next');

const admit = (images: object): Promise<string> =>
  kubectl(['patch', 'configmap', 'dbpool-probe-images', '-n', SYSTEM, '-p', JSON.stringify({ data: images })]);

async function runImage(image: string): Promise<void> {
  const env = [{ name: 'PROBE_IMAGE', value: image }];
  const spec = { template: { spec: { containers: [{ name: 'operator', image, env }] } } };
  await kubectl(['patch', 'deployment', 'dbpool-operator', '-n', SYSTEM, '-p', JSON.stringify({ spec })]);
  await kubectl(['rollout', 'status', '-n', SYSTEM, 'deployment/dbpool-operator', PATIENTLY]);
  await allWell(node);
}

afterAll(async () => {
  await runImage(OPERATOR_IMAGE);
  await admit({ current: OPERATOR_IMAGE, former: null });
});

test('probes run with the former image and with the new one, and none is refused', async () => {
  const namespace = await freshNamespace('upgrade');
  const since = Date.now();
  await shell(node, `ctr -n k8s.io images tag --force docker.io/library/${OPERATOR_IMAGE} docker.io/library/${NEXT}`);
  await shopIn(namespace, secret('db', RIGHT));
  await apply(namespace, wanted('pool'));
  await ready(namespace, 'pool', 'Ready');

  await admit({ current: NEXT, former: OPERATOR_IMAGE });
  await askForProbe(namespace, 'pool', 'before');
  await attempted(namespace, 'pool', 2);
  await runImage(NEXT);
  await askForProbe(namespace, 'pool', 'after');
  await attempted(namespace, 'pool', 3);
  await ready(namespace, 'pool', 'Ready');

  const image = '{.items[*].spec.template.spec.containers[0].image}';
  const images = await kubectl(['get', 'jobs', '-n', namespace, '-o', `jsonpath=${image}`]);
  expect(new Set(images.trim().split(' '))).toContain(NEXT);
  const made = (await auditOfOperator('"resource":"jobs"', `"namespace":"${namespace}"`)).filter(
    ({ verb, at }) => verb === 'create' && at >= since,
  );
  expect(made.map(({ code }) => code)).toEqual([201, 201, 201]);
});
