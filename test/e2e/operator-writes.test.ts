/** What the operator's identity may write, whoever has it: requests are made as its ServiceAccount. */
import { beforeAll, describe, expect, test } from 'vitest';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { probeJob } from '../../src/core/probe/job.ts';
import { profile as observedProfile, SETTINGS, spec } from '../core/builders.ts';
import { OPERATOR_USER } from '../support/audit.ts';
import { mirroring, stamping, stampingJobs } from './admission.ts';
import { apply, messageOf, plainBackend, ready, unproven, variables } from './shop.ts';
import { freshNamespace, kubectl, OPERATOR_IMAGE } from './support.ts';

type Json = { [key: string]: unknown };

const LABELS = { 'app.kubernetes.io/managed-by': 'dbpool-operator' };

const asOperator = (command: readonly string[], object: object, where = namespace): Promise<string> =>
  kubectl([...command, '-n', where, '--as', OPERATOR_USER, '-f', '-'], { stdin: JSON.stringify(object) });

const create = (object: object, where?: string) => asOperator(['create', '--dry-run=server'], object, where);

/** By server-side apply, which sends nothing but this patch. */
const patch = (object: object) =>
  asOperator(
    ['apply', '--server-side', '--force-conflicts', '--field-manager=dbpool-operator', '--dry-run=server'],
    object,
  );

const remove = (kind: string, name: string, where = namespace): Promise<string> =>
  kubectl(['delete', kind, name, '-n', where, '--as', OPERATOR_USER, '--wait=false', '--dry-run=server']);

let namespace: string;
beforeAll(async () => {
  namespace = await freshNamespace('writes');
  const env = [
    { name: 'DB_POOL_MAX', value: '20' },
    { name: 'TZ', value: 'UTC' },
  ];
  await apply(namespace, plainBackend('api', { replicas: 0, env }), {
    ...unproven({ suspend: true }),
  });
});

/** As the operator makes it, for a profile with all references. */
function rendered(): Json & { readonly metadata: Json } {
  const wanted = spec({
    database: {
      connectString: 'oracle:1521/FREEPDB1',
      credentialsSecretRef: { name: 'db' },
      walletSecretRef: { name: 'wallet', passwordKey: 'password' },
      caConfigMapKeyRef: { name: 'ca', key: 'ca.crt' },
    },
  });
  const attempt = {
    proofKey: '0123456789',
    podDigest: '0123456789',
    number: 1,
    failures: 0,
    attemptsWithoutVerdict: 0,
    isForced: true,
  };
  const observed = {
    profile: observedProfile({ namespace }),
    settings: { ...SETTINGS, probeImage: OPERATOR_IMAGE },
    probes: [],
    deployment: undefined,
  };
  const config = poolConfig('search', wanted.pool);
  return { ...probeJob({ observed, spec: wanted, config }, attempt) };
}

type Changes = { readonly job?: Json; readonly pod?: Json; readonly container?: Json; readonly metadata?: Json };

/** The Job with other fields in it, in its pod, and in its container. */
function rogue({ job: fields = {}, pod = {}, container = {}, metadata = {} }: Changes): object {
  const job = rendered() as { metadata: Json; spec: { template: { spec: { containers: [Json] } } } };
  const { spec: podSpec } = job.spec.template;
  const containers = [{ ...podSpec.containers[0], ...container }];
  const template = { ...job.spec.template, spec: { ...podSpec, containers, ...pod } };
  return { ...job, metadata: { ...job.metadata, ...metadata }, spec: { ...job.spec, template, ...fields } };
}

const volumes = [
  { name: 'wallet', hostPath: { path: '/' } },
  { name: 'ca', configMap: { name: 'ca' } },
];
const other = { name: 'other', image: OPERATOR_IMAGE };
const manualSelector = { manualSelector: true, selector: { matchLabels: LABELS } };

describe('a Job of the operator', () => {
  test('is its probe', async () => {
    expect(await create(rendered())).toContain('created');
  });

  test.for<[string, Changes, string]>([
    ['another image', { container: { image: 'busybox' } }, 'containers[0].image'],
    ['a command', { container: { command: ['sh'] } }, 'the container of a probe has no command'],
    ['other arguments', { container: { args: ['-e', '1'] } }, 'containers[0].args'],
    [
      'a variable of the runtime',
      { container: { env: [{ name: 'NODE_OPTIONS', value: '-r x' }] } },
      'containers[0].env',
    ],
    ['variables of a whole Secret', { container: { envFrom: [{ secretRef: { name: 'db' } }] } }, 'has no envFrom'],
    [
      'another program',
      { container: { volumeMounts: [{ name: 'ca', mountPath: '/app' }] } },
      'containers[0].volumeMounts',
    ],
    ['a hook', { container: { lifecycle: { preStop: { exec: { command: ['sh'] } } } } }, 'has no lifecycle'],
    ['privileges', { container: { securityContext: { privileged: true } } }, 'containers[0].securityContext'],
    ['the user root', { pod: { securityContext: { runAsUser: 0 } } }, 'spec.securityContext'],
    ['a token', { pod: { automountServiceAccountToken: true } }, 'automountServiceAccountToken'],
    ['another account', { pod: { serviceAccountName: 'admin' } }, 'automountServiceAccountToken'],
    ['a folder of the node', { pod: { volumes } }, 'spec.volumes'],
    ['a second container', { pod: { containers: [other, { ...other, name: 'second' }] } }, 'has one container'],
    ['an init container', { pod: { initContainers: [other] } }, 'has no initContainers'],
    ['the network of its node', { pod: { hostNetwork: true } }, 'has no hostNetwork'],
    ['a node', { pod: { nodeName: 'n' } }, 'has no nodeName'],
    ['a priority', { pod: { priorityClassName: 'system-node-critical' } }, 'has no priorityClassName'],
    ['a field that no probe has', { pod: { hostUsers: false } }, 'has no hostUsers'],
    ['repeated pods', { job: { backoffLimit: 3 } }, 'spec: a probe has one pod, once'],
    ['a selector of its own', { job: manualSelector }, 'spec: a probe has one pod, once'],
    [
      'indexes',
      { job: { maxFailedIndexes: 1, backoffLimitPerIndex: 1, completionMode: 'Indexed' } },
      'has no backoffLimitPerIndex',
    ],
    ['no label of the operator', { metadata: { labels: { app: 'other' } } }, 'metadata.labels'],
    ['no owner', { metadata: { ownerReferences: [] } }, 'metadata.ownerReferences'],
  ])('is refused with %s', async ([, changes, field]) => {
    const refused = create(rogue(changes));
    await expect(refused).rejects.toThrow("ValidatingAdmissionPolicy 'dbpool-operator-jobs'");
    await expect(refused).rejects.toThrow(field);
  });

  test('is deleted, and no Job of others', async () => {
    const containers = [other];
    const job = {
      ...rogue({
        pod: { containers, restartPolicy: 'Never' },
        metadata: { name: 'theirs', labels: { app: 'theirs' }, ownerReferences: [] },
      }),
    };
    await apply(namespace, { ...job, spec: { ...(job as { spec: Json }).spec, suspend: true } });
    await expect(remove('job', 'theirs')).rejects.toThrow('metadata.labels: not a Job of the operator');
  });
});

const deployment = (fields: Json, metadata: Json = {}): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', ...metadata },
  spec: fields,
});
const withPod = (pod: Json): object => deployment({ template: { spec: pod } });
const withContainer = (container: Json): object => withPod({ containers: [{ name: 'app', ...container }] });
const fromConfigMap = (name: string) => ({ configMapKeyRef: { name: 'pool-0123456789', key: name } });

describe('in a Deployment, the operator', () => {
  test.for<[string, object]>([
    ['a variable', withContainer({ env: [{ name: 'DB_POOL_MIN', valueFrom: fromConfigMap('DB_POOL_MIN') }] })],
    ['the value of one that it restores', withContainer({ env: [{ name: 'DB_POOL_MAX', value: '30' }] })],
    [
      'labels of the pod template',
      deployment({ template: { metadata: { labels: { 'dbpool.dev/profile': 'pool' } } } }),
    ],
    ['its annotation', deployment({}, { annotations: { 'dbpool.dev/adopted-env': '{}' } })],
  ])('may set %s', async ([, object]) => {
    expect(await patch(object)).toContain('serverside-applied');
  });

  test.for<[string, object, string]>([
    ['the image', withContainer({ image: 'busybox' }), 'image'],
    ['the command', withContainer({ command: ['sh'] }), 'command'],
    ['a mount', withContainer({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }), 'volumes'],
    ['a limit', withContainer({ resources: { limits: { cpu: '1' } } }), 'does not change resources'],
    ['a hook', withContainer({ lifecycle: { postStart: { exec: { command: ['sh'] } } } }), 'lifecycle'],
    ['privileges', withContainer({ securityContext: { privileged: true } }), 'securityContext'],
    ['a variable of the runtime', withContainer({ env: [{ name: 'LD_PRELOAD', value: '/x.so' }] }), 'containers.env'],
    ['a variable of its owner', withContainer({ env: [{ name: 'TZ', value: 'CET' }] }), 'containers.env'],
    ['a container', withPod({ containers: [other] }), 'neither adds nor removes a container'],
    ['an init container', withPod({ initContainers: [other] }), 'initContainers'],
    ['the service account', withPod({ serviceAccountName: 'admin' }), 'serviceAccount'],
    ['the network of the node', withPod({ hostNetwork: true }), 'hostNetwork'],
    ['a node', withPod({ nodeName: 'n' }), 'nodeName'],
    [
      'a field that it does not know',
      withPod({ hostUsers: false }),
      'spec.template.spec: the operator does not change hostUsers',
    ],
    [
      'a finalizer of pods',
      deployment({ template: { metadata: { finalizers: ['a.b/c'] } } }),
      'spec.template.metadata',
    ],
    ['replicas', deployment({ replicas: 5 }), 'spec: the operator does not change replicas'],
    ['a label', deployment({}, { labels: { app: 'other' } }), 'metadata: the operator does not change labels'],
    ['an annotation of others', deployment({}, { annotations: { other: 'x' } }), 'metadata.annotations'],
  ])('may not set %s', async ([, object, field]) => {
    // A mount needs its volume, which the API server asks for before it asks a policy.
    const volumes = field === 'volumes' ? { volumes: [{ name: 'v', emptyDir: {} }] } : {};
    const { spec: fields } = object as { spec: { template?: { spec: Json } } };
    if (fields.template !== undefined) Object.assign(fields.template.spec ?? {}, volumes);
    const refused = patch(object);
    await expect(refused).rejects.toThrow("ValidatingAdmissionPolicy 'dbpool-operator-deployments'");
    await expect(refused).rejects.toThrow(field);
  });
});

test('a Deployment of twenty containers with three hundred variables each costs a policy too little to be refused', async () => {
  const env = Array.from({ length: 300 }, (_, index) => ({ name: `VARIABLE_${index}`, value: 'as it is' }));
  const containers = Array.from({ length: 20 }, (_, index) => ({ name: `app-${index}`, image: 'as-it-was', env }));
  const labels = { app: 'large' };
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  const large = { ...deployment(spec), metadata: { name: 'large' } };
  await kubectl(['create', '-n', namespace, '-f', '-'], { stdin: JSON.stringify(large) });
  const changed = (entry: Json) => ({
    ...deployment({ template: { spec: { containers: [{ name: 'app-19', env: [entry] }] } } }),
    metadata: { name: 'large' },
  });
  expect(await patch(changed({ name: 'DB_POOL_MAX', value: '30' }))).toContain('serverside-applied');
  await expect(patch(changed({ name: 'VARIABLE_299', value: 'another' }))).rejects.toThrow('containers.env');
});

const OWNERS = [{ apiVersion: 'dbpool.dev/v1alpha1', kind: 'DbPoolProfile', name: 'pool', uid: '1' }];

const configMap = (name: string, metadata: Json = {}, data: Json = { DB_POOL_MAX: '40' }): object => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, labels: LABELS, ownerReferences: OWNERS, ...metadata },
  data,
});

describe('the operator', () => {
  test('writes its own ConfigMaps, and no others', async () => {
    expect(await create(configMap('pool-0123456789'))).toContain('created');
    await expect(create(configMap('pool-0123456789', { labels: {} }))).rejects.toThrow('metadata.labels');
    await expect(create(configMap('pool-0123456789', { ownerReferences: [] }))).rejects.toThrow(
      'metadata.ownerReferences',
    );
    const program = configMap('pool-0123456789', {}, { 'probe.mjs': 'import()' });
    await expect(create(program)).rejects.toThrow('data: a key');
    await expect(create(configMap('settings'))).rejects.toThrow('metadata.name');
    await expect(remove('configmap', 'kube-root-ca.crt')).rejects.toThrow('not a ConfigMap of the operator');
  });

  test('writes nothing in a namespace of the system, nor what images it may run', async () => {
    await expect(create(configMap('pool-0123456789'), 'kube-system')).rejects.toThrow('a namespace of the system');
    await expect(create({ ...rendered(), metadata: { name: 'probe' } }, 'kube-system')).rejects.toThrow(
      'a namespace of the system',
    );
    await expect(remove('configmap', 'dbpool-probe-images', 'dbpool-system')).rejects.toThrow('or in its own');
  });

  test('changes of a profile the finalizer alone', async () => {
    const profile = (fields: object, metadata: object = {}) => ({
      ...unproven({}),
      ...fields,
      metadata: { name: 'pool', ...metadata },
    });
    const apiVersion = 'dbpool.dev/v1alpha1';
    const bare = { apiVersion, kind: 'DbPoolProfile', spec: undefined };
    expect(await patch(profile(bare, { finalizers: ['dbpool.dev/restore'] }))).toContain('serverside-applied');
    const wider = { ...bare, spec: { targetRef: { name: 'other' } } };
    await expect(patch(profile(wider))).rejects.toThrow('does not change spec');
    await expect(patch(profile(bare, { labels: { team: 'mine' } }))).rejects.toThrow('does not change labels');
    await expect(patch(profile(bare, { finalizers: ['example.com/mine'] }))).rejects.toThrow('metadata.finalizers');
  });
});

describe('where other webhooks change what the operator writes', () => {
  test('stamps in the pod template hold nothing up', async () => {
    const stamped = await freshNamespace('stamped');
    await apply(stamped, plainBackend('api', { replicas: 1 }));
    await stamping(stamped);
    await apply(stamped, unproven({}));
    await ready(stamped, 'pool', 'Ready');
    expect((await variables(stamped)).join()).toMatch(/DB_POOL_MAX@pool-/);
  });

  test('stamps in the pod template of a probe hold nothing up', async () => {
    const stamped = await freshNamespace('stamped-jobs');
    await stampingJobs(stamped);
    const job = rogue({ metadata: { namespace: stamped } });
    expect(await asOperator(['create', '--dry-run=server', '-o', 'yaml'], job, stamped)).toContain(
      'example.com/stamp: stamped',
    );
  });

  test('a probe with another image is refused, and its profile says by which policy and field', async () => {
    const mirrored = await freshNamespace('mirrored');
    await apply(mirrored, plainBackend('api', { replicas: 1 }));
    const mend = await mirroring(mirrored, 'mirror.example/probe:1');
    const database = { connectString: 'oracle:1521/FREEPDB1', credentialsSecretRef: { name: 'db' } };
    await apply(mirrored, unproven({ probe: {}, database }));
    const status = await ready(mirrored, 'pool', 'WriteRejected');
    expect(messageOf(status)).toContain("ValidatingAdmissionPolicy 'dbpool-operator-jobs'");
    expect(messageOf(status)).toContain('spec.template.spec.containers[0].image');
    await mend();
    await ready(mirrored, 'pool', 'SecretNotFound');
  });
});
