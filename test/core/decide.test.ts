import { describe, expect, test } from 'vitest';
import { configOf } from '../../src/core/config.ts';
import { decide } from '../../src/core/decide.ts';
import { isConfigMapNameOf, probeJobName } from '../../src/core/naming.ts';
import type { Observed, ObservedConfigMap } from '../../src/core/observed.ts';
import { probeHashOf } from '../../src/core/probe-job.ts';
import { deployment, ended, NOW, observed, pointingAt, profile, spec, variable, verdict } from './builders.ts';

const config = configOf('search', spec().pool);
const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'search-api', uid: 'deployment-uid' };
const rendered: ObservedConfigMap = {
  name: config.name,
  resourceVersion: '1',
  immutable: true,
  data: config.data,
  owners: [owner],
};

const required = profile({ spec: { kind: 'valid', spec: spec() } });
const probeHash = probeHashOf(spec(), config, { probeImage: 'dbpool-operator:test' });

const withEnv = (...env: ReturnType<typeof variable>[]) => deployment({ containers: [{ name: 'app', env }] });
const carrying = (name: string) => withEnv(...pointingAt(name));

const did = (seen: Observed) =>
  decide(seen).actions.map(({ kind, object }) => `${kind} ${object.kind} ${object.metadata.name}`);
const condition = (seen: Observed, type: string) => decide(seen).status.conditions?.find((one) => one.type === type);
const types = (seen: Observed) => decide(seen).status.conditions?.map(({ type }) => type);

describe('a profile whose probe is disabled', () => {
  test('is rendered and rolled in one pass', () => {
    expect(did(observed())).toEqual([`create ConfigMap ${config.name}`, 'apply Deployment search-api']);
  });

  test('renders an immutable ConfigMap that the Deployment owns', () => {
    expect(decide(observed()).actions[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        namespace: 'shop',
        name: config.name,
        labels: { 'app.kubernetes.io/managed-by': 'dbpool-operator', 'dbpool.dev/profile': 'search' },
        ownerReferences: [owner],
      },
      immutable: true,
      data: { DB_POOL_MIN: '5', DB_POOL_MAX: '40', DB_POOL_TIMEOUT: '30', DB_POOL_RECYCLE: '3600' },
    });
  });

  test('sends of the Deployment four variables and two labels, fenced by uid and resourceVersion, and nothing else', () => {
    const env = ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'].map((name) => ({
      name,
      valueFrom: { configMapKeyRef: { name: config.name, key: name } },
    }));
    expect(decide(observed()).actions[1]?.object).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: 'shop', name: 'search-api', uid: 'deployment-uid', resourceVersion: '100' },
      spec: {
        template: {
          metadata: { labels: { 'dbpool.dev/profile': 'search', 'dbpool.dev/config': config.hash } },
          spec: { containers: [{ name: 'app', env }] },
        },
      },
    });
  });

  test('is Ready once all pods run with it, and says with what', () => {
    const seen = observed({ configMaps: [rendered], deployment: carrying(config.name) });
    expect(did(seen)).toEqual([]);
    expect(condition(seen, 'Ready')).toEqual({
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: 'min 5, max 40, timeout 30 s, recycle 3600 s on 3/3 pods.',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T12:00:00Z',
    });
    expect(types(seen)).toEqual(['Ready', 'ConfigRendered', 'ProbeSucceeded', 'RolledOut']);
  });

  test('is not rolled where a ConfigMap of another name carries the same data', () => {
    const name = 'search-00000fffff';
    const seen = observed({ configMaps: [rendered, { ...rendered, name }], deployment: carrying(name) });
    expect(did(seen)).toEqual([]);
    expect(decide(seen).status.current?.hash).toBe('00000fffff');
  });

  test('takes another Deployment as a further owner of its ConfigMap, and keeps the first', () => {
    const first = { ...owner, uid: 'the-one-before' };
    const seen = observed({ configMaps: [{ ...rendered, owners: [first] }], deployment: carrying(config.name) });
    const [action] = decide(seen).actions;
    expect(action?.kind).toBe('apply');
    expect(action?.object.metadata['ownerReferences']).toEqual([first, owner]);
  });
});

describe('what is missing or in the way', () => {
  const cases: [string, Partial<Observed>, string, RegExp][] = [
    [
      'no such Deployment',
      { deployment: undefined },
      'DeploymentNotFound',
      /no Deployment search-api in this namespace \(spec.targetRef.name\)/,
    ],
    [
      'no such container',
      { profile: profile({ spec: { kind: 'valid', spec: spec({ container: 'web' }) } }) },
      'ContainerNotFound',
      /no container web \(spec.targetRef.container\): it has app/,
    ],
    [
      'a default container that is not there',
      { deployment: deployment({ defaultContainer: 'side' }) },
      'ContainerNotFound',
      /no container side \(annotation kubectl.kubernetes.io\/default-container\)/,
    ],
    [
      'a variable that is hard-coded',
      { deployment: withEnv(variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'helm')) },
      'VariableOwnedByOther',
      /container app: DB_POOL_MAX is "20", set by helm/,
    ],
    [
      'a variable from another ConfigMap',
      { deployment: withEnv(variable('DB_POOL_MIN', { kind: 'configMap', name: 'pool', key: 'min' }, 'kubectl')) },
      'VariableOwnedByOther',
      /DB_POOL_MIN is key min of ConfigMap pool, set by kubectl/,
    ],
    [
      'a variable that is set twice',
      {
        deployment: withEnv(
          variable('DB_POOL_MIN', { kind: 'value', value: '1' }, 'kubectl'),
          variable('DB_POOL_MIN', { kind: 'value', value: '2' }, 'kubectl'),
        ),
      },
      'VariableOwnedByOther',
      /DB_POOL_MIN is set 2 times/,
    ],
    [
      'our variable, pointed at an older ConfigMap by somebody else',
      { deployment: withEnv(...pointingAt('search-00000fffff', 'kubectl-rollout')) },
      'VariableOwnedByOther',
      /key DB_POOL_MIN of ConfigMap search-00000fffff, set by kubectl-rollout/,
    ],
    [
      'a variable of another profile',
      { deployment: withEnv(...pointingAt('other-00000fffff')) },
      'VariableOwnedByOther',
      /key DB_POOL_MAX of ConfigMap other-00000fffff/,
    ],
    [
      'a ConfigMap that can be changed',
      { configMaps: [{ ...rendered, immutable: false }] },
      'ConfigMapNotOurs',
      /Delete it/,
    ],
    [
      'a ConfigMap with other data',
      { configMaps: [{ ...rendered, data: { ...config.data, DB_POOL_MAX: '41' } }] },
      'ConfigMapNotOurs',
      /Delete it/,
    ],
    [
      'a spec that cannot be read',
      { profile: profile({ spec: { kind: 'invalid', problem: 'spec.pool.min: expected a number' } }) },
      'SpecInvalid',
      /spec.pool.min: expected a number/,
    ],
  ];

  test.for(cases)('%s: nothing is written, and the condition says so', ([, changes, reason, message]) => {
    const seen = observed(changes);
    expect(did(seen)).toEqual([]);
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'False', reason });
    expect(condition(seen, 'Ready')?.message).toMatch(message);
    expect(condition(seen, 'Stalled')).toMatchObject({ status: 'True', reason });
  });

  test('the default container is the one that the template names, else the first', () => {
    const containers = [
      { name: 'proxy', env: [] },
      { name: 'app', env: [] },
    ];
    const rolled = (defaultContainer: string | undefined) =>
      JSON.stringify(decide(observed({ deployment: deployment({ containers, defaultContainer }) })).actions[1]?.object);
    expect(rolled('app')).toContain('"name":"app","env"');
    expect(rolled(undefined)).toContain('"name":"proxy","env"');
  });
});

describe('a profile whose probe is required', () => {
  const held = observed({ profile: required, configMaps: [rendered] });

  test('renders, then probes, and rolls nothing meanwhile', () => {
    const seen = observed({ profile: required });
    expect(did(seen)).toEqual([`create ConfigMap ${config.name}`, `create Job search-probe-${probeHash}-1`]);
    expect(condition(seen, 'RolledOut')).toMatchObject({ status: 'False', reason: 'Waiting' });
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'Probing' });
    expect(condition(seen, 'Reconciling')).toMatchObject({ status: 'True' });
  });

  test('is rolled after a verdict of exactly these numbers', () => {
    const seen = { ...held, probes: [ended(verdict(), 0, { probeHash })] };
    expect(did(seen)).toEqual(['apply Deployment search-api']);
    expect(condition(seen, 'ProbeSucceeded')).toMatchObject({ status: 'True', reason: 'PoolOpened' });
    expect(decide(seen).status.probe).toMatchObject({
      outcome: 'Succeeded',
      job: 'search-probe-0000000000-1',
      finishedAt: '2026-01-01T11:59:00Z',
    });
  });

  test('is not rolled by a verdict of other numbers: the Job is replaced', () => {
    const seen = {
      ...held,
      probes: [ended(verdict(), 0, { probeHash: 'ffffffffff', job: 'search-probe-ffffffffff-1' })],
    };
    expect(did(seen)).toEqual(['delete Job search-probe-ffffffffff-1', `create Job search-probe-${probeHash}-1`]);
  });

  test('a refused logon leaves the Deployment untouched and is not tried again by itself', () => {
    const refused = verdict({
      outcome: 'Permanent',
      reason: 'AuthenticationFailed',
      stage: 'logon',
      code: 'ORA-01017',
      message: 'The database refused user and password.',
      remedy: 'Correct the Secret.',
    });
    const seen = { ...held, probes: [ended(refused, 10, { probeHash })] };
    expect(did(seen)).toEqual([]);
    expect(decide(seen).lookAgainAfterMs).toBeUndefined();
    expect(condition(seen, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'AuthenticationFailed',
      message: 'The database refused user and password. Correct the Secret.',
    });
  });

  test('a person asks for one more try', () => {
    const refused = verdict({ outcome: 'Permanent', reason: 'AuthenticationFailed', stage: 'logon' });
    const asking = { ...required, probeRequestedAt: 'again' };
    expect(did({ ...held, profile: asking, probes: [ended(refused, 10, { probeHash })] })).toEqual([
      `create Job search-probe-${probeHash}-2`,
    ]);
    const answered = ended(refused, 10, { probeHash, requestedAt: 'again' });
    expect(did({ ...held, profile: asking, probes: [answered] })).toEqual([]);
  });

  test('what may pass is tried again after a pause that grows, and the status says when', () => {
    const silent = verdict({ outcome: 'Transient', reason: 'NobodyListens', stage: 'connect' });
    const at = (attempt: number, agoMs: number) => ({
      ...held,
      probes: [
        ended(silent, 11, { probeHash, attempt, end: { succeeded: false, at: NOW - agoMs, reason: '', message: '' } }),
      ],
    });
    expect(did(at(1, 29_000))).toEqual([]);
    expect(decide(at(1, 29_000)).lookAgainAfterMs).toBe(1000);
    expect(decide(at(1, 29_000)).status.probe?.nextAttemptAt).toBe('2026-01-01T12:00:01Z');
    expect(did(at(1, 30_000))).toEqual([`create Job search-probe-${probeHash}-2`]);
    expect(decide(at(9, 0)).lookAgainAfterMs).toBe(300_000);
  });

  test('an advisory probe reports and holds nothing up', () => {
    const advisory = profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Advisory' } }) } });
    const refused = verdict({
      outcome: 'Permanent',
      reason: 'AuthenticationFailed',
      stage: 'logon',
      message: 'Refused.',
    });
    const before = { ...held, profile: advisory };
    expect(did(before)).toEqual([`create Job search-probe-${probeHash}-1`, 'apply Deployment search-api']);
    const after = { ...before, deployment: carrying(config.name), probes: [ended(refused, 10, { probeHash })] };
    expect(condition(after, 'Ready')).toMatchObject({
      status: 'True',
      message: expect.stringContaining('The probe failed: Refused.'),
    });
    expect(condition(after, 'ProbeSucceeded')).toMatchObject({ status: 'False', reason: 'AuthenticationFailed' });
  });

  test.for<[string, string, string]>([
    ['CreateContainerConfigError', 'secret "search-api-db" not found', 'SecretNotFound'],
    ['CreateContainerConfigError', "couldn't find key DB_PASSWORD in Secret shop/search-api-db", 'SecretKeyNotFound'],
    ['CreateContainerConfigError', 'configmap "db" not found', 'ConfigMapNotFound'],
    ['ImagePullBackOff', 'Back-off pulling image', 'ImagePullFailed'],
    ['Unschedulable', '0/1 nodes are available', 'Unschedulable'],
    ['CrashLoopBackOff', 'back-off', 'ProbeNotStarted'],
  ])('a pod that waits for %s (%s) gives %s, in its own words', ([reason, message, wanted]) => {
    const running = ended(verdict(), 0, { probeHash, end: undefined });
    const [pod] = running.pods;
    if (pod === undefined) throw new Error('the builder makes one pod');
    const seen = {
      ...held,
      probes: [{ ...running, pods: [{ ...pod, terminated: undefined, waiting: { reason, message } }] }],
    };
    expect(did(seen)).toEqual([]);
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'False', reason: wanted });
    expect(condition(seen, 'Ready')?.message).toContain(message);
  });

  test('the probe pod carries no label of the backend, no token, and can change nothing', () => {
    const job = decide(observed({ profile: required })).actions[1]?.object;
    const { template } = (job?.['spec'] ?? {}) as { template?: { metadata: { labels: object }; spec: object } };
    expect(template?.metadata.labels).toEqual({
      'app.kubernetes.io/managed-by': 'dbpool-operator',
      'dbpool.dev/probe': 'search',
    });
    expect(template?.spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true },
      containers: [
        {
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
    expect(job?.['spec']).toMatchObject({ backoffLimit: 0 });
  });
});

describe('names', () => {
  test('the longest name of a profile gives a Job name within 63 characters', () => {
    expect(probeJobName('p'.repeat(40), 'ffffffffff', 9999).length).toBeLessThanOrEqual(63);
  });

  test('a ConfigMap of one profile is never taken for one of another whose name begins alike', () => {
    expect(isConfigMapNameOf('search', config.name)).toBe(true);
    expect(isConfigMapNameOf('search', 'search-api-24ee7b9941')).toBe(false);
    expect(isConfigMapNameOf('search', 'search-24ee7b994')).toBe(false);
  });
});
