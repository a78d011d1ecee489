import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed, ObservedDeployment } from '../../../src/core/model/observed.ts';
import { envFromToRead } from '../../../src/core/usage/env-from.ts';
import {
  deploymentUsing,
  NOW,
  container,
  deployment,
  observed,
  variablesFrom,
  profile,
  renderedConfigMap,
  replicaSet,
  succeededState,
  completedRollout,
  spec,
  variable,
} from '../builders.ts';

const config = poolConfig('search', spec().pool);
const configMaps = [renderedConfigMap(config)];

const withEnv = (...env: ReturnType<typeof variable>[]) => deployment({ containers: [container(...env)] });
const hardCoded = variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'helm');

const adopting = profile({
  spec: { kind: 'valid', spec: spec({ adopt: true, probe: { policy: 'Disabled' } }) },
});

const ready = (seen: Observed) => decide(seen).status.conditions?.[0];
const write = (seen: Observed) => decide(seen).actions.find(({ object }) => object.kind === 'Deployment');

describe('variables of another owner', () => {
  test.for<[string, ObservedDeployment, string, RegExp]>([
    ['a value', withEnv(hardCoded), 'VariableConflict', /container app: DB_POOL_MAX is "20", set by helm/],
    [
      'a key of another ConfigMap',
      withEnv(variable('DB_POOL_MIN', { kind: 'configMap', name: 'pool', key: 'min' }, 'kubectl')),
      'VariableConflict',
      /DB_POOL_MIN is key min of ConfigMap pool, set by kubectl/,
    ],
    [
      'any other source',
      withEnv(variable('DB_POOL_MIN', { kind: 'other', description: 'key pool of Secret db' }, 'argocd')),
      'VariableConflict',
      /DB_POOL_MIN is key pool of Secret db, set by argocd/,
    ],
    [
      'of another profile, in part',
      withEnv(...variablesFrom('other-00000fffff', 'dbpool-operator', 'argocd')),
      'VariableConflict',
      /key DB_POOL_MAX of ConfigMap other-00000fffff, set by argocd/,
    ],
    [
      'twice',
      withEnv(hardCoded, variable('DB_POOL_MAX', { kind: 'value', value: '80' })),
      'DuplicateVariable',
      /DB_POOL_MAX is set 2 times, and the last entry counts: "80"/,
    ],
  ])(
    'a variable of another owner is reported with that owner, and nothing is written: %s',
    ([, target, reason, message]) => {
      const seen = observed({ deployment: target, configMaps });
      expect(decide(seen).actions).toEqual([]);
      expect(ready(seen)).toMatchObject({ status: 'False', reason });
      expect(ready(seen)?.message).toMatch(message);
    },
  );

  describe('from a ConfigMap of kustomize, whose suffix looks like the hash of a configuration', () => {
    const theirs = variablesFrom('search-9642bcdf75', 'kubectl-client-side-apply');

    test('variables from a ConfigMap that only has a name like the operator’s are reported with their owner', () => {
      const seen = observed({ deployment: withEnv(...theirs), configMaps });
      expect(decide(seen).actions).toEqual([]);
      expect(ready(seen)).toMatchObject({ reason: 'VariableConflict' });
      expect(ready(seen)?.message).toMatch(
        /DB_POOL_MAX is key DB_POOL_MAX of ConfigMap search-9642bcdf75, set by kubectl-client-side-apply/,
      );
    });

    test('variables from a ConfigMap of the profile are its own, whether it exists or is rendered now', () => {
      const ours = withEnv(...variablesFrom(config.name, 'kubectl-edit'));
      expect(ready(observed({ deployment: ours, configMaps }))?.reason).not.toBe('VariableConflict');
      expect(ready(observed({ deployment: ours }))?.reason).not.toBe('VariableConflict');
    });

    test('a rollback is complete once variables from such a ConfigMap are back', () => {
      const failed = {
        sequence: 3,
        at: NOW - 1000,
        retry: '',
        rollback: '',
        reason: 'CrashLoopBackOff',
        message: 'Pod x crashes',
      };
      const adoptedEnv = JSON.stringify({
        container: 'app',
        env: theirs.map(({ entry }) => entry),
        owners: ['kubectl'],
      });
      const seen = observed({
        profile: adopting,
        deployment: { ...withEnv(...theirs), labels: { profile: 'search', config: undefined }, adoptedEnv },
        configMaps: [renderedConfigMap(config, { state: { failed } })],
      });
      expect(write(seen)).toBeUndefined();
      expect(ready(seen)).toMatchObject({ reason: 'RolledBack' });
    });
  });

  test('a variable that is set twice stops a profile with adopt, too', () => {
    const seen = observed({ profile: adopting, deployment: withEnv(hardCoded, hardCoded), configMaps });
    expect(decide(seen).actions).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'DuplicateVariable' });
  });

  test('a variable that the operator alone owns is free for a profile of another name', () => {
    const seen = observed({ deployment: withEnv(...variablesFrom('former-00000fffff')), configMaps });
    expect(write(seen)).toBeDefined();
  });
});

describe('envFrom', () => {
  const target = (...envFrom: ObservedDeployment['containers'][number]['envFrom']) =>
    deployment({ containers: [{ ...container(), envFrom }] });
  const shared = { kind: 'ConfigMap', name: 'shared', prefix: 'DB_' } as const;
  const holding = (data: Record<string, string>) =>
    observed({ deployment: target(shared), configMaps, envFromData: [{ name: 'shared', data }] });

  test('the ConfigMaps of an envFrom are read until the operator owns the variables, and no Secret is', () => {
    const seen = observed({ deployment: target(shared, { kind: 'Secret', name: 'db', prefix: '' }) });
    expect(envFromToRead(seen)).toEqual(['shared']);
    const ours = { ...target(shared), labels: { profile: 'search', config: config.hash } };
    const rolled = [renderedConfigMap(config, { state: succeededState })];
    expect(envFromToRead(observed({ deployment: ours, configMaps: rolled }))).toEqual([]);
  });

  test('the ConfigMaps of an envFrom are read while pods run with them, and while a rollback may bring them back', () => {
    const carried = deploymentUsing(config.name);
    const ours = { ...carried, containers: carried.containers.map((one) => ({ ...one, envFrom: [shared] })) };
    const replicaSets = [replicaSet(config.hash, 2, 3)];
    const settled = { replicaSets, configMaps: [renderedConfigMap(config, { state: succeededState })] };
    const midway = { ...ours, status: { ...ours.status, replicas: 4, updatedReplicas: 3 } };
    expect(envFromToRead(observed({ ...settled, deployment: midway }))).toEqual(['shared']);
    expect(envFromToRead(observed({ ...settled, configMaps: [renderedConfigMap(config)], deployment: ours }))).toEqual([
      'shared',
    ]);
    expect(envFromToRead(observed({ ...settled, deployment: ours }))).toEqual([]);
  });

  test('a variable from envFrom is reported with source and key, and checked again', () => {
    const seen = holding({ POOL_MAX: '20', OTHER: '' });
    expect(ready(seen)).toMatchObject({ reason: 'VariableConflict' });
    expect(ready(seen)?.message).toContain('DB_POOL_MAX is "20", by key POOL_MAX of ConfigMap shared (envFrom)');
    expect(decide(seen).requeueAfterMs).toBe(30_000);
    expect(write(seen)).toBeUndefined();
  });

  test('an empty variable from envFrom is reported, too', () => {
    expect(ready(holding({ POOL_MAX: '' }))?.message).toContain('DB_POOL_MAX is "", by key POOL_MAX');
  });

  test('a variable from envFrom is overridden with adopt, and no entry is stored', () => {
    const seen = { ...holding({ POOL_MAX: '20' }), profile: adopting };
    expect(write(seen)).toMatchObject({ kind: 'rollOut', force: true });
    expect(write(seen)?.object.metadata['annotations']).toBeUndefined();
  });

  test('an envFrom with none of the variables stops nothing', () => {
    expect(write(holding({ DB_POOL_MAX: '20', MAX: '20' }))).toBeDefined();
  });
});

describe('adopt', () => {
  const secret = {
    ...variable('DB_POOL_MIN', { kind: 'other', description: 'key min of Secret db' }, 'kubectl-client-side-apply'),
    entry: { name: 'DB_POOL_MIN', valueFrom: { secretKeyRef: { name: 'db', key: 'min' } } },
  };
  const seen = observed({ profile: adopting, deployment: withEnv(hardCoded, secret), configMaps });

  test('an adopted variable is taken over by force, with every other source nulled', () => {
    const action = write(seen);
    expect(action).toMatchObject({ kind: 'rollOut', force: true });
    const { template } = (action?.object['spec'] ?? {}) as { template: { spec: { containers: { env: object[] }[] } } };
    expect(template.spec.containers[0]?.env.slice(0, 2)).toEqual([
      {
        name: 'DB_POOL_MIN',
        valueFrom: { secretKeyRef: null, configMapKeyRef: { name: config.name, key: 'DB_POOL_MIN' } },
      },
      {
        name: 'DB_POOL_MAX',
        value: null,
        valueFrom: { configMapKeyRef: { name: config.name, key: 'DB_POOL_MAX' } },
      },
    ]);
  });

  test('an adopted entry is stored with its owner in an annotation of the Deployment', () => {
    const { annotations } = (write(seen)?.object.metadata ?? {}) as { annotations?: Record<string, string> };
    expect(JSON.parse(annotations?.['dbpool.dev/adopted-env'] ?? '')).toEqual({
      container: 'app',
      env: [secret.entry, hardCoded.entry],
      owners: ['kubectl-client-side-apply', 'helm'],
    });
  });

  const applied = variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'kubectl-client-side-apply');
  const lastApplied = (hash: string, ...variables: string[]) => ({ hash, variables });

  test('a variable that client-side apply set is first taken out of what it applied last', () => {
    const target = {
      ...withEnv(applied),
      lastApplied: lastApplied('a', 'app/DB_POOL_MAX', 'web/DB_POOL_MIN'),
    };
    expect(decide(observed({ profile: adopting, deployment: target, configMaps })).actions).toMatchObject([
      {
        kind: 'editLastApplied',
        object: { metadata: { name: 'search-api', resourceVersion: '100' } },
        edit: { container: 'app', remove: ['DB_POOL_MAX'], add: [] },
      },
    ]);
  });

  test('a variable that client-side apply set is adopted with the hash of what it applied last', () => {
    const target = { ...withEnv(applied), lastApplied: lastApplied('b') };
    const action = write(observed({ profile: adopting, deployment: target, configMaps }));
    const { annotations } = (action?.object.metadata ?? {}) as { annotations?: Record<string, string> };
    expect(JSON.parse(annotations?.['dbpool.dev/adopted-env'] ?? '')).toMatchObject({ lastApplied: 'b' });
  });

  test('the annotation with adopted entries stays through later rollouts', () => {
    const originals = JSON.stringify({ container: 'app', env: [hardCoded.entry], owners: ['helm'] });
    const other = renderedConfigMap(poolConfig('search', { ...spec().pool, max: 60 }));
    const labels = { profile: 'search', config: 'ffffffffff' };
    const later = observed({
      profile: adopting,
      deployment: deployment({ adoptedEnv: originals, labels, containers: [container(...variablesFrom(other.name))] }),
      replicaSets: [replicaSet('ffffffffff', 1, 3)],
      configMaps: [...configMaps, other],
    });
    expect(write(later)?.object.metadata['annotations']).toEqual({ 'dbpool.dev/adopted-env': originals });
  });
});

describe('variables that were restored after a first rollout failed', () => {
  const originals = JSON.stringify({ container: 'app', env: [hardCoded.entry], owners: ['helm'] });
  const back = variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'dbpool-operator');
  const edited = variable('DB_POOL_MIN', { kind: 'value', value: '7' }, 'kubectl-set');
  const seenBy = (who: typeof adopting, ...env: ReturnType<typeof variable>[]) =>
    observed({
      profile: who,
      deployment: deployment({
        adoptedEnv: originals,
        labels: { profile: 'search', config: undefined },
        containers: [container(...env)],
      }),
      configMaps: [renderedConfigMap(config, { state: { rollout: completedRollout, released: { sequence: 2 } } })],
    });

  test('a restored variable is a conflict where its owner has edited it since', () => {
    const seen = seenBy(profile(), back, edited);
    expect(ready(seen)).toMatchObject({ reason: 'VariableConflict' });
    expect(ready(seen)?.message).toContain('DB_POOL_MIN is "7", set by kubectl-set');
    expect(decide(seen).actions).toEqual([]);
  });

  test('a restored variable that its owner edited is adopted anew, beside the stored entries', () => {
    const { annotations } = (write(seenBy(adopting, back, edited))?.object.metadata ?? {}) as {
      annotations?: Record<string, string>;
    };
    expect(JSON.parse(annotations?.['dbpool.dev/adopted-env'] ?? '')).toEqual({
      container: 'app',
      env: [hardCoded.entry, edited.entry],
      owners: ['helm', 'kubectl-set'],
    });
  });

  test('a restored variable that nobody edited is set again by the next rollout', () => {
    const seen = seenBy(profile(), back);
    expect(write(seen)).toMatchObject({ kind: 'rollOut', force: true });
    expect(write(seen)?.object.metadata['annotations']).toEqual({ 'dbpool.dev/adopted-env': originals });
  });
});

describe('another container than the managed one', () => {
  const web = { ...container(), name: 'web' };
  const moved = (changes: Partial<ObservedDeployment> = {}) =>
    observed({
      profile: profile({
        spec: { kind: 'valid', spec: spec({ adopt: true, container: 'web', probe: { policy: 'Disabled' } }) },
      }),
      deployment: deploymentUsing(config.name, {
        containers: [container(...variablesFrom(config.name)), { ...web, env: [hardCoded] }],
        ...changes,
      }),
      configMaps,
    });

  test.for<[string, Partial<ObservedDeployment>]>([
    ['what it reads', {}],
    [
      'what was adopted in it',
      {
        adoptedEnv: JSON.stringify({ container: 'app', env: [hardCoded.entry] }),
        containers: [container(), { ...web, env: [hardCoded] }],
      },
    ],
  ])(
    'a changed container stops a profile, with what to do, and nothing is sent: %s says which it was',
    ([, changes]) => {
      const seen = moved(changes);
      expect(decide(seen).actions).toEqual([]);
      expect(ready(seen)).toMatchObject({ status: 'False', reason: 'ContainerChanged' });
      expect(ready(seen)?.message).toMatch(
        /container web: this profile has set the variables in container app.*Restore/,
      );
    },
  );

  test('a changed container is judged as a first one where nothing tells which it was', () => {
    const { deployment: target } = moved({ containers: [container(), { ...web, env: [hardCoded] }] });
    const cautious = profile({
      spec: { kind: 'valid', spec: spec({ container: 'web', probe: { policy: 'Disabled' } }) },
    });
    const seen = observed({ profile: cautious, deployment: target, configMaps });
    expect(ready(seen)).toMatchObject({ reason: 'VariableConflict' });
    expect(write(seen)).toBeUndefined();
  });
});
