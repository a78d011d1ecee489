import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { podDigest, fieldDigests } from '../../../src/core/probe/pod-digest.ts';
import { probePodSpec, renderedPodDigest } from '../../../src/core/probe/pod.ts';
import { DATABASE, SETTINGS, spec } from '../builders.ts';

const withAll = spec({
  database: {
    ...DATABASE,
    walletSecretRef: { name: 'wallet', passwordKey: 'WALLET_PASSWORD' },
    caConfigMapKeyRef: { name: 'ca', key: 'ca.crt' },
  },
});
const config = poolConfig('search', withAll.pool);
const rendered = probePodSpec(withAll, config, { settings: SETTINGS, placement: {} });
const digest = renderedPodDigest(withAll, config, SETTINGS);

type Pod = Parameters<typeof podDigest>[0];
const [container] = rendered.containers;
const withContainer = (changes: object): Pod => ({ ...rendered, containers: [{ ...container, ...changes }] });

describe('the digest of a probe pod', () => {
  test.for<[string, Pod]>([
    ['as it was sent', rendered],
    [
      'with what the API server puts in',
      withContainer({ imagePullPolicy: 'IfNotPresent', command: undefined, envFrom: [] }),
    ],
    [
      'with the ids and rights of its cluster',
      withContainer({ securityContext: { runAsUser: 1_000_700_000, capabilities: { drop: ['ALL'] } } }),
    ],
    ['with its termination message where it was', withContainer({ terminationMessagePath: '/dev/termination-log' })],
    [
      'with another container, and its volume',
      {
        ...rendered,
        containers: [...rendered.containers, { name: 'proxy', image: 'mesh' }],
        volumes: [...rendered.volumes, { name: 'certs', emptyDir: {} }],
      },
    ],
  ])('a probe pod %s has the digest of its Job', ([, pod]) => {
    expect(podDigest(pod)).toBe(digest);
  });

  test.for<[string, Pod]>([
    ['of another image', withContainer({ image: 'evil' })],
    ['with a command', withContainer({ command: ['true'] })],
    ['with other arguments', withContainer({ args: ['-e', 'process.exit(0)'] })],
    [
      'with one variable more',
      withContainer({ env: [...(container?.env ?? []), { name: 'NODE_OPTIONS', value: '-r x' }] }),
    ],
    ['with variables from elsewhere', withContainer({ envFrom: [{ configMapRef: { name: 'x' } }] })],
    ['without its mounts', withContainer({ volumeMounts: [] })],
    [
      'with something to run after its start',
      withContainer({ lifecycle: { postStart: { exec: { command: ['x'] } } } }),
    ],
    [
      'with another wallet',
      {
        ...rendered,
        volumes: rendered.volumes.map((one) => (one.name === 'wallet' ? { ...one, secret: { secretName: 'x' } } : one)),
      },
    ],
    ['with a shared process namespace', { ...rendered, shareProcessNamespace: true }],
    ['with the processes of its node', { ...rendered, hostPID: true }],
    ['with the network of its node', { ...rendered, hostNetwork: true }],
    ['that is started again', { ...rendered, restartPolicy: 'OnFailure' }],
    ['with all rights', withContainer({ securityContext: { privileged: true } })],
    ['that may get more rights', withContainer({ securityContext: { allowPrivilegeEscalation: true } })],
    ['with a right more', withContainer({ securityContext: { capabilities: { add: ['NET_ADMIN'] } } })],
    ['with its termination message elsewhere', withContainer({ terminationMessagePath: '/etc/hostname' })],
    ['with its log for its termination message', withContainer({ terminationMessagePolicy: 'FallbackToLogsOnError' })],
    ['that somebody debugs', { ...rendered, ephemeralContainers: [{ name: 'debugger' }] }],
    ['without the container', { ...rendered, containers: [] }],
    ['with the container twice', { ...rendered, containers: [...rendered.containers, ...rendered.containers] }],
  ])('a probe pod %s has another digest', ([, pod]) => {
    expect(podDigest(pod)).not.toBe(digest);
  });
});

test.for<[string, Pod]>([
  ['image', withContainer({ image: 'evil' })],
  ['env', withContainer({ env: [] })],
  ['hostPID', { ...rendered, hostPID: true }],
  ['terminationMessage', withContainer({ terminationMessagePolicy: 'FallbackToLogsOnError' })],
])('a probe pod with another %s differs in that part alone', ([name, pod]) => {
  const [as, is] = [fieldDigests(rendered), fieldDigests(pod)];
  expect(Object.keys(is).filter((part) => is[part] !== as[part])).toEqual([name]);
});

/** What the kubelet makes of a value. */
const expanded = (value: string) =>
  value.replaceAll(/\$\$|\$\((\w+)\)/g, (found) => (found === '$$' ? '$' : 'a value of the container'));

test.for(['(X=$(DB_PASSWORD))', 'db:1521/a$$b', 'db:1521/v$x', '(X=$$(DB_PASSWORD))'])(
  'the connect string %s reaches the probe unchanged',
  (connectString) => {
    const asked = spec({ database: { ...DATABASE, connectString } });
    const variables: readonly { name: string; value?: string }[] =
      probePodSpec(asked, config, { settings: SETTINGS, placement: {} }).containers[0]?.env ?? [];
    expect(expanded(variables.find(({ name }) => name === 'DB_CONNECT_STRING')?.value ?? '')).toBe(connectString);
  },
);

test('the probe knows that its connect string comes from a Secret, and only then', () => {
  const { connectString: _, ...rest } = DATABASE;
  const names = (connectStringFrom: object) =>
    probePodSpec(spec({ database: { ...rest, connectStringFrom } }), config, {
      settings: SETTINGS,
      placement: {},
    }).containers[0]?.env.map(({ name }) => name);
  const reference = { name: 'db', key: 'url' };
  expect(names({ secretKeyRef: reference })).toContain('PROBE_SECRET_CONNECT_STRING');
  expect(names({ configMapKeyRef: reference })).not.toContain('PROBE_SECRET_CONNECT_STRING');
});

describe('the probe pod', () => {
  test('a digest depends on what the pod runs, not on its placement', () => {
    const placed = probePodSpec(withAll, config, { settings: SETTINGS, placement: { nodeSelector: { disk: 'ssd' } } });
    expect(podDigest(placed)).toBe(digest);
    const longer = { ...withAll, probe: { ...withAll.probe, intervalSeconds: 60, podLabels: { a: 'b' } } };
    expect(renderedPodDigest(longer, config, SETTINGS)).toBe(digest);
  });

  test('a probe of a database without wallet and CA mounts nothing', () => {
    expect(probePodSpec(spec(), config, { settings: SETTINGS, placement: {} }).volumes).toEqual([]);
  });

  test('a probe pod starts without its wallet and CA, so that the probe says what is missing', () => {
    expect(rendered.volumes).toEqual([
      { name: 'wallet', secret: { secretName: 'wallet', optional: true, defaultMode: 0o444 } },
      {
        name: 'ca',
        configMap: { name: 'ca', items: [{ key: 'ca.crt', path: 'ca.crt' }], optional: true, defaultMode: 0o444 },
      },
    ]);
  });
});
