import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { decide } from '../../src/core/decide.ts';
import { isConfigMapNameOf, probeJobName } from '../../src/core/model/naming.ts';
import type { Observed } from '../../src/core/model/observed.ts';
import { probeHashOf } from '../../src/core/probe/pod.ts';
import {
  carrying,
  container,
  deployment,
  ended,
  NOW,
  observed,
  OWNER,
  pods,
  profile,
  rendered,
  replicaSet,
  SETTINGS,
  SETTLED,
  spec,
  verdict,
} from './builders.ts';
import { RUNNING as running, condition, did } from './rolling.ts';

const config = poolConfig('search', spec().pool);
const there = rendered(config);

const required = profile({ spec: { kind: 'valid', spec: spec() } });
const probeHash = probeHashOf(spec(), config, SETTINGS);

const types = (seen: Observed) => decide(seen).status.conditions?.map(({ type }) => type);

describe('a profile whose probe is disabled', () => {
  const begun = { retry: '', rollback: '', deployment: 'deployment-uid', revision: 1, templateHash: 'as it was' };
  const mark = { 'dbpool.dev/rollout': JSON.stringify({ startedAt: NOW, ...begun }) };
  test('is rendered with its mark, then rolled', () => {
    expect(did(observed())).toEqual([`renderConfig ${config.name}`, 'rollOut search-api']);
    expect(decide(observed()).actions[0]?.object.metadata['annotations']).toEqual(mark);
  });

  test('is marked as rolled, then rolled, where its ConfigMap is there already', () => {
    const seen = observed({ configMaps: [there] });
    expect(did(seen)).toEqual([`recordState ${config.name}`, 'rollOut search-api']);
    expect(decide(seen).actions[0]?.object.metadata['annotations']).toEqual(mark);
  });

  test('has its ConfigMap made without a mark where the roll waits for a proof', () => {
    const [made, ...others] = decide(observed({ profile: required })).actions;
    expect(made?.object.metadata).not.toHaveProperty('annotations');
    expect(others.map(({ object }) => object.kind)).not.toContain('Deployment');
  });

  test('is rolled without another mark where the one before it died between the two', () => {
    const rollout = { startedAt: NOW - 5000, ...begun };
    const seen = observed({ configMaps: [{ ...there, state: { rollout } }] });
    expect(did(seen)).toEqual(['rollOut search-api']);
  });

  test('renders an immutable ConfigMap that the Deployment owns', () => {
    expect(decide(observed()).actions[0]?.object).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        namespace: 'shop',
        name: config.name,
        labels: { 'app.kubernetes.io/managed-by': 'dbpool-operator', 'dbpool.dev/profile': 'search' },
        annotations: mark,
        ownerReferences: [OWNER],
      },
      immutable: true,
      data: { DB_POOL_MIN: '5', DB_POOL_MAX: '40', DB_POOL_TIMEOUT: '30', DB_POOL_RECYCLE: '3600' },
    });
  });

  test('sends of the Deployment four variables and two labels, fenced by uid and resourceVersion, not forced, and nothing else', () => {
    const env = ['DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'].map((name) => ({
      name,
      valueFrom: { configMapKeyRef: { name: config.name, key: name } },
    }));
    expect(decide(observed({ configMaps: [there] })).actions[1]).toEqual({
      kind: 'rollOut',
      force: false,
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { namespace: 'shop', name: 'search-api', uid: 'deployment-uid', resourceVersion: '100' },
        spec: {
          template: {
            metadata: { labels: { 'dbpool.dev/profile': 'search', 'dbpool.dev/config-hash': config.hash } },
            spec: { containers: [{ name: 'app', env }] },
          },
        },
      },
      max: 40,
    });
  });

  test('is Ready once all pods run with it, and says with what', () => {
    const seen = observed(running);
    expect(did(seen)).toEqual([]);
    expect(condition(seen, 'Ready')).toEqual({
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: 'min 5, max 40, timeout 30 s, recycle 3600 s on 3 pods.',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T12:00:00Z',
    });
    expect(types(seen)).toEqual(['Ready', 'ConfigRendered', 'ProbeSucceeded', 'RolledOut', 'WithinSessionBudget']);
  });

  test('is not rolled where a ConfigMap of another name carries the same data', () => {
    const [name, hash] = ['search-00000fffff', '00000fffff'];
    const seen = observed({
      configMaps: [there, rendered(config, { name, state: SETTLED })],
      deployment: carrying(name),
      replicaSets: [replicaSet(hash, 2, 3)],
      pods: pods(hash),
    });
    expect(did(seen)).toEqual([]);
    expect(decide(seen).status.current?.hash).toBe(hash);
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'True' });
  });

  test('takes another Deployment as a further owner of its ConfigMap, and keeps the first', () => {
    const first = { ...OWNER, uid: 'the-one-before' };
    const seen = observed({ ...running, configMaps: [rendered(config, { state: SETTLED, owners: [first] })] });
    const [action] = decide(seen).actions;
    expect(action?.kind).toBe('recordState');
    expect(action?.object.metadata['ownerReferences']).toEqual([first, OWNER]);
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
      'a ConfigMap that can be changed',
      { configMaps: [rendered(config, { immutable: false })] },
      'ConfigMapConflict',
      /Delete it/,
    ],
    [
      'a ConfigMap with other data',
      { configMaps: [rendered(config, { data: { ...config.data, DB_POOL_MAX: '41' } })] },
      'ConfigMapConflict',
      /Delete it/,
    ],
    [
      'a ConfigMap that somebody else made, for nobody',
      { configMaps: [rendered(config, { isManagedByOperator: false, owners: [] })] },
      'ConfigMapConflict',
      /Delete it/,
    ],
    [
      'a spec that cannot be read',
      {
        profile: profile({
          spec: { kind: 'invalid', problem: 'spec.pool.min: expected a number', target: 'search-api' },
        }),
      },
      'SpecInvalid',
      /spec.pool.min: expected a number/,
    ],
    [
      'an older profile of the same Deployment',
      { competitors: [profile({ name: 'zoo', createdAt: 0 })] },
      'TargetClaimed',
      /Profile zoo names it too and is older/,
    ],
    [
      'a profile that was made at the same time and comes first by name',
      { competitors: [profile({ name: 'another' })] },
      'TargetClaimed',
      /Profile another names it too/,
    ],
    [
      'a younger profile that already sets the variables',
      {
        competitors: [profile({ name: 'zoo', createdAt: NOW })],
        deployment: deployment({ labels: { profile: 'zoo', config: undefined } }),
      },
      'TargetClaimed',
      /Profile zoo already sets its variables/,
    ],
  ];

  test.for(cases)('%s: nothing is written, and the condition says so', ([, changes, reason, message]) => {
    const seen = observed(changes);
    expect(did(seen)).toEqual([]);
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'False', reason });
    expect(condition(seen, 'Ready')?.message).toMatch(message);
    expect(condition(seen, 'Stalled')).toMatchObject({ status: 'True', reason });
  });

  test('a ConfigMap that was restored with label, owner, data and all is taken as it is', () => {
    const seen = observed({
      ...running,
      configMaps: [rendered(config, { isManagedByOperator: false, state: SETTLED })],
    });
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'True' });
  });

  test('a rival that is being deleted is not waited for, unless its variables are still there', () => {
    const rivals = [profile({ name: 'another', isDeleting: true })];
    expect(did(observed({ competitors: rivals }))).toEqual([`renderConfig ${config.name}`, 'rollOut search-api']);
    const labelled = deployment({ labels: { profile: 'another', config: undefined } });
    expect(condition(observed({ competitors: rivals, deployment: labelled }), 'Ready')).toMatchObject({
      reason: 'TargetClaimed',
    });
  });

  test('the default container is the one that the template names, else the first', () => {
    const containers = [
      { ...container(), name: 'proxy' },
      { ...container(), name: 'app' },
    ];
    const rollout = (defaultContainer: string | undefined) =>
      JSON.stringify(
        decide(observed({ configMaps: [there], deployment: deployment({ containers, defaultContainer }) })).actions[1]
          ?.object,
      );
    expect(rollout('app')).toContain('"name":"app","env"');
    expect(rollout(undefined)).toContain('"name":"proxy","env"');
  });
});

describe('a profile whose probe is required', () => {
  const held = observed({ profile: required, configMaps: [there] });
  const proven = rendered(config, { state: { proof: { probeHash, at: NOW - 60_000 } } });

  test('renders, then probes, and rolls nothing meanwhile', () => {
    const seen = observed({ profile: required });
    expect(did(seen)).toEqual([`renderConfig ${config.name}`, `startProbe search-probe-${probeHash}-1`]);
    expect(condition(seen, 'RolledOut')).toMatchObject({ status: 'False', reason: 'PreviousStepNotReady' });
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'Probing' });
    expect(condition(seen, 'Reconciling')).toMatchObject({ status: 'True' });
  });

  test('is rolled only after the proof of exactly these numbers was written down', () => {
    const seen = { ...held, probes: [ended(verdict(), 0, { probeHash })] };
    expect(did(seen)).not.toContain('rollOut search-api');
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'False' });
    const next = { ...seen, configMaps: [proven] };
    expect(did(next)).toContain('rollOut search-api');
    const others = rendered(config, { state: { proof: { probeHash: 'ffffffffff', at: NOW } } });
    expect(did({ ...held, configMaps: [others] })).not.toContain('rollOut search-api');
  });

  test('is not rolled by a proof that is older than its interval: it is renewed first', () => {
    const old = profile({ spec: { kind: 'valid', spec: spec({ probe: { intervalSeconds: 3600 } }) } });
    const configMaps = [rendered(config, { state: { proof: { probeHash, at: NOW - 4_500_000 } } })];
    const seen = observed({ profile: old, configMaps });
    expect(did(seen)).toEqual([`startProbe search-probe-${probeHash}-1`]);
    expect(condition(seen, 'RolledOut')).toMatchObject({ status: 'False' });
  });

  test('an advisory probe reports and holds nothing up', () => {
    const advisory = profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Advisory' } }) } });
    const refused = verdict({
      outcome: 'PermanentFailure',
      reason: 'AuthenticationFailed',
      stage: 'logon',
      message: 'No.',
    });
    expect(did({ ...held, profile: advisory })).toContain('rollOut search-api');
    const after = observed({ ...running, profile: advisory, probes: [ended(refused, 10, { probeHash })] });
    expect(condition(after, 'Ready')).toMatchObject({
      status: 'True',
      message: expect.stringContaining('The probe failed: No.'),
    });
    expect(condition(after, 'ProbeSucceeded')).toMatchObject({ status: 'False', reason: 'AuthenticationFailed' });
  });
});

describe('a suspended profile', () => {
  const suspended = (changes: Partial<Observed> = {}) =>
    observed({
      profile: profile({ spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, suspend: true }) } }),
      ...changes,
    });

  test.for<[string, Partial<Observed>]>([
    ['renders nothing', {}],
    ['rolls nothing', { configMaps: [there] }],
    ['repairs nothing', { ...running, deployment: carrying(config.name, { containers: [container()] }) }],
    [
      'rolls nothing back',
      { ...running, configMaps: [rendered(config, { state: { ...SETTLED, failed: failedMark() } })] },
    ],
  ])('%s, and says so', ([, changes]) => {
    const seen = suspended(changes);
    expect(did(seen)).toEqual([]);
    expect(condition(seen, 'Ready')).toMatchObject({ status: 'False', reason: 'Suspended' });
  });

  test('is Ready where all is as wanted, and says that it is suspended', () => {
    const ready = condition(suspended(running), 'Ready');
    expect(ready).toMatchObject({ status: 'True' });
    expect(ready?.message).toContain('suspended');
  });

  test('still probes nothing where a probe is required', () => {
    const valid = { kind: 'valid', spec: spec({ suspend: true }) } as const;
    expect(did(observed({ profile: profile({ spec: valid }), configMaps: [there] }))).toEqual([]);
  });
});

function failedMark() {
  return { at: NOW, retry: '', rollback: '', reason: 'CrashLoopBackOff', message: 'Pod x crashes' };
}

test('what a person asked for by annotation is echoed in the status', () => {
  const asking = profile({ probeRequestedAt: 'p', retryRequestedAt: 'r', rollbackRequestedAt: 'b' });
  expect(decide(observed({ profile: asking })).status.handledRequests).toEqual({ retry: 'r', rollback: 'b' });
});

test('the word that asks for a probe is in the status once a probe has it, and stays there', () => {
  const heard = (changes: Partial<Observed>) => decide(observed(changes)).status.handledRequests?.probe;
  const asking = profile({ probeRequestedAt: 'new', status: { handledRequests: { probe: 'old' } } });
  expect(heard({ profile: asking })).toBe('old');
  expect(heard({ profile: asking, probes: [ended(verdict(), 0, { requestedAt: 'new' })] })).toBe('new');
  expect(heard({ profile: profile({ probeRequestedAt: 'new', status: { handledRequests: { probe: 'new' } } }) })).toBe(
    'new',
  );
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
