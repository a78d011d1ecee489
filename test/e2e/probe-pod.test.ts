import { expect, test } from 'vitest';
import { execute } from '../runner/execute.ts';
import { attempted, change, RIGHT, shopIn, statusOf, untouched, wanted } from './probe-shop.ts';
import { apply, databaseStats, json, messageOf, plainBackend, ready, secret } from './shop.ts';
import { mutating } from './admission.ts';
import { BACKEND_IMAGE, freshNamespace, kubectl, NODE, notYet, run, waitFor } from './support.ts';

/** Until it is told to end. */
const RUNS_ON = 'process.on("SIGTERM", () => process.exit()); setInterval(() => {}, 1000)';

test('a probe image that cannot be pulled is reported with the kubelet’s message, and the probe runs once it can', async () => {
  const namespace = await freshNamespace('image');
  await shopIn(namespace, secret('db', RIGHT));
  const patch = "op: 'replace', path: '/spec/containers/0/image', value: 'nobody/has:this'";
  const mend = await mutating(namespace, 'dbpool.dev/probe', patch);
  await apply(namespace, wanted('pool'));
  const status = await ready(namespace, 'pool', 'ImagePullFailed');
  expect(messageOf(status)).toMatch(/The probe's pod cannot start: .*nobody\/has:this/);
  expect(await untouched(namespace)).toBe(true);
  await mend();
  await ready(namespace, 'pool', 'Ready');
});

test('a sidecar that does not end is reported, and the verdict counts all the same', async () => {
  const namespace = await freshNamespace('sidecar');
  await shopIn(namespace, secret('db', RIGHT));
  const sidecar = `Object.spec.containers{name: 'mesh', image: '${BACKEND_IMAGE}', command: ['node', '-e', '${RUNS_ON}']}`;
  const mend = await mutating(
    namespace,
    'dbpool.dev/probe',
    `op: 'add', path: '/spec/containers/-', value: ${sidecar}`,
  );
  await apply(namespace, wanted('pool'));
  expect(messageOf(await ready(namespace, 'pool', 'SidecarStillRunning'))).toContain('spec.probe.podLabels');
  expect(await untouched(namespace)).toBe(true);
  // What ends it is another one's word: here a person's, who ends the sidecar.
  await mend();
  const container = '{.items[0].status.containerStatuses[?(@.name=="mesh")].containerID}';
  const id = await kubectl(['get', '-n', namespace, 'pods', '-l', 'dbpool.dev/probe', '-o', `jsonpath=${container}`]);
  // From the node: a command that runs in the container may be ended with it.
  const kill = ['ctr', '-n', 'k8s.io', 'tasks', 'kill', '--signal', 'SIGTERM', id.trim().replace('containerd://', '')];
  await execute(run, ['docker', 'exec', NODE, ...kill]);
  await ready(namespace, 'pool', 'Ready');
});

test('a native sidecar does not disturb a probe', async () => {
  const namespace = await freshNamespace('native');
  await shopIn(namespace, secret('db', RIGHT));
  const sidecar = `Object.spec.initContainers{name: 'mesh', image: '${BACKEND_IMAGE}', restartPolicy: 'Always', command: ['node', '-e', '${RUNS_ON}']}`;
  await mutating(
    namespace,
    'dbpool.dev/probe',
    "op: 'add', path: '/spec/initContainers', value: []",
    `op: 'add', path: '/spec/initContainers/-', value: ${sidecar}`,
  );
  await apply(namespace, wanted('pool'));
  await ready(namespace, 'pool', 'Ready');
  type Pods = {
    readonly items: readonly { readonly spec: { readonly initContainers?: readonly { name: string }[] } }[];
  };
  const { items } = await json<Pods>('get', '-n', namespace, 'pods', '-l', 'dbpool.dev/probe');
  expect(items.map(({ spec }) => spec.initContainers?.map(({ name }) => name))).toEqual([['mesh']]);
});

test('a probe pod without a node is reported with the scheduler’s message, and runs once there is one', async () => {
  const namespace = await freshNamespace('node');
  const nodeSelector = { [`test/${namespace}`]: 'here' };
  await shopIn(namespace, secret('db', RIGHT), plainBackend('placed', { replicas: 0, pod: { nodeSelector } }));
  await apply(namespace, wanted('pool', { target: 'placed' }));
  expect(messageOf(await ready(namespace, 'pool', 'Unschedulable'))).toMatch(
    /didn't match Pod's node affinity\/selector/,
  );
  await kubectl(['label', 'node', NODE, `test/${namespace}=here`]);
  try {
    await ready(namespace, 'pool', 'Ready');
  } finally {
    await kubectl(['label', 'node', NODE, `test/${namespace}-`]);
  }
});

test('a probe pod that is preempted is inconclusive, and tried again', async () => {
  const namespace = await freshNamespace('preempted');
  const resource = `test.dev/${namespace}`;
  const room = (count: string) =>
    kubectl([
      'patch',
      'node',
      NODE,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify({ status: { capacity: { [resource]: count } } }),
    ]);
  const one = { [resource]: '1' };
  await shopIn(namespace, secret('db', RIGHT));
  await room('1');
  // Each pod that is made from here on takes the one place there is.
  await apply(namespace, {
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'one' },
    spec: { limits: [{ type: 'Container', default: one, defaultRequest: one }] },
  });
  // The first logon hangs; the next one will not.
  await change(namespace, { faults: { challenge: { kind: 'hang', times: 1 } } });
  await apply(namespace, wanted('pool', { probe: { timeoutSeconds: 100 } }));
  await waitFor('the probe to hang in its logon', async () => {
    const { connects = 0 } = await databaseStats(namespace);
    return connects > 0 ? { done: connects } : { last: 'nobody has connected' };
  });
  // The kubelet may refuse the first pods: it learns of the node's places after the scheduler.
  const attempt = ((await statusOf(namespace, 'pool'))?.probe?.attempt ?? 0) + 1;
  const priority = {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name: namespace },
    value: 1000,
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'urgent' },
    spec: {
      priorityClassName: namespace,
      restartPolicy: 'Never',
      containers: [{ name: 'app', image: BACKEND_IMAGE, command: ['node', '-e', RUNS_ON] }],
    },
  };
  await apply(namespace, priority);
  // The API server takes up priorities after a while: until then it knows none of this name.
  await waitFor('the pod to be taken', () => apply(namespace, pod).then(() => ({ done: true }), notYet));
  const { probe } = await attempted(namespace, 'pool', attempt);
  expect(probe).toMatchObject({
    outcome: 'Inconclusive',
    reason: expect.stringMatching(/Interrupted|ProbeDisrupted/),
  });
  expect(await untouched(namespace)).toBe(true);
  // The next one has no place before this is gone.
  await kubectl(['delete', '-n', namespace, 'pod', 'urgent']);
  await ready(namespace, 'pool', 'Ready');
  expect((await statusOf(namespace, 'pool'))?.probe).toMatchObject({ attempt: attempt + 1, outcome: 'Succeeded' });
  await kubectl(['delete', 'priorityclass', namespace]);
  await kubectl([
    'patch',
    'node',
    NODE,
    '--subresource=status',
    '--type=json',
    '-p',
    JSON.stringify([{ op: 'remove', path: `/status/capacity/test.dev~1${namespace}` }]),
  ]);
});

test('a connect string that is missing in its Secret is reported, and used once it is there', async () => {
  const namespace = await freshNamespace('place');
  const connectStringFrom = { configMapKeyRef: { name: 'place', key: 'url' } };
  await shopIn(namespace, secret('db', RIGHT));
  await apply(namespace, wanted('pool', { database: { connectString: undefined, connectStringFrom } }));
  expect(messageOf(await ready(namespace, 'pool', 'ConfigMapNotFound'))).toContain('configmap "place" not found');
  const place = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'place' }, data });
  await apply(namespace, place({ uri: 'oracle:1521/FREEPDB1' }));
  expect(messageOf(await ready(namespace, 'pool', 'ConfigMapKeyNotFound'))).toContain('key url');
  expect(await untouched(namespace)).toBe(true);
  await apply(namespace, place({ url: 'oracle:1521/FREEPDB1' }));
  await ready(namespace, 'pool', 'Ready');
});

test('two profiles with the same credentials are probed one after another, and the one that waits says so', async () => {
  const namespace = await freshNamespace('turns');
  await shopIn(namespace, secret('db', RIGHT), plainBackend('other', { replicas: 0 }));
  await change(namespace, { faults: { challenge: { kind: 'hang' } } });
  await apply(namespace, wanted('pool', { probe: { timeoutSeconds: 20 } }));
  await ready(namespace, 'pool', 'Probing');
  await apply(namespace, wanted('other', { target: 'other' }));
  await ready(namespace, 'other', 'ProbeQueued');
  await change(namespace, { faults: { challenge: null } });
  await ready(namespace, 'other', 'Ready');
});
