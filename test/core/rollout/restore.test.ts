import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed, ObservedDeployment } from '../../../src/core/model/observed.ts';
import {
  deploymentUsing,
  container,
  deployment,
  NOW,
  observed,
  profile,
  renderedConfigMap,
  spec,
  succeededState,
  variable,
  variablesFrom,
} from '../builders.ts';
import { actionNames } from '../rollout-builders.ts';

const config = poolConfig('search', spec().pool);
const restoring = { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' }, onDelete: 'Restore' }) } as const;
const deleted = (changes: Partial<Observed> = {}) =>
  observed({
    profile: profile({ spec: restoring, isDeleting: true, finalizers: ['dbpool.dev/restore'], resourceVersion: '9' }),
    ...changes,
  });

const reason = (seen: Observed) => decide(seen).status.conditions?.[0]?.reason;
const lifted = {
  kind: 'setFinalizer',
  object: {
    kind: 'DbPoolProfile',
    metadata: { name: 'search', uid: 'profile-uid', resourceVersion: '9', finalizers: [] },
  },
};

describe('the finalizer', () => {
  test('the finalizer is set before any write to the backend, and in a write of its own', () => {
    const seen = observed({ profile: profile({ spec: restoring }), configMaps: [renderedConfigMap(config)] });
    const [first] = decide(seen).actions;
    expect(first).toMatchObject({ kind: 'setFinalizer', object: { metadata: { finalizers: ['dbpool.dev/restore'] } } });
    expect(Object.keys(first?.object ?? {})).toEqual(['apiVersion', 'kind', 'metadata']);
  });

  test('the finalizer is set beside those of others', () => {
    const [first] = decide(observed({ profile: profile({ spec: restoring, finalizers: ['of/others'] }) })).actions;
    expect(first?.object.metadata['finalizers']).toEqual(['of/others', 'dbpool.dev/restore']);
  });

  test('the finalizer of a deleted profile is removed, and others stay', () => {
    const finalizers = ['of/others', 'dbpool.dev/restore'];
    const seen = deleted({
      profile: profile({ spec: restoring, isDeleting: true, finalizers }),
      deployment: undefined,
    });
    expect(decide(seen).actions[0]?.object.metadata['finalizers']).toEqual(['of/others']);
  });

  test('the finalizer is set on a suspended profile, too', () => {
    const suspended = { kind: 'valid', spec: { ...restoring.spec, suspend: true } } as const;
    expect(actionNames(observed({ profile: profile({ spec: suspended }) }))).toEqual(['setFinalizer search']);
  });

  test('the finalizer is removed once onDelete is Retain, and never set without Restore', () => {
    const retaining = profile({ finalizers: ['dbpool.dev/restore', 'of/others'] });
    expect(decide(observed({ profile: retaining })).actions[0]?.object.metadata['finalizers']).toEqual(['of/others']);
    expect(actionNames(observed())).not.toContain('setFinalizer search');
  });
});

describe('a profile that is deleted', () => {
  const originals = JSON.stringify({ container: 'app', env: [{ name: 'DB_POOL_MAX', value: '20' }], owners: ['helm'] });
  const none = { 'dbpool.dev/profile': null, 'dbpool.dev/config-hash': null };
  const base = deployment({ managedFieldsIndexes: [1, 3] });
  const isRolling: ObservedDeployment = { ...base, status: { ...base.status, updatedReplicas: 1 } };

  test('a deleted profile without the finalizer is ignored', () => {
    expect(
      decide(observed({ profile: profile({ isDeleting: true, finalizers: ['foregroundDeletion'] }) })).actions,
    ).toEqual([]);
  });

  test('a deleted profile first restores adopted entries and removes the others, whoever owns a part of them', () => {
    const seen = deleted({ deployment: deploymentUsing(config.name, { adoptedEnv: originals }) });
    expect(actionNames(seen)).toEqual(['restoreTemplate search-api']);
    expect(decide(seen).actions[0]?.object).toMatchObject({
      metadata: { uid: 'deployment-uid', resourceVersion: '100', annotations: { 'dbpool.dev/adopted-env': null } },
      spec: {
        template: {
          metadata: { labels: { 'dbpool.dev/profile': null, 'dbpool.dev/config-hash': null } },
          spec: {
            containers: [
              {
                name: 'app',
                env: [
                  { name: 'DB_POOL_MIN', $patch: 'delete' },
                  { name: 'DB_POOL_MAX', value: '20', valueFrom: null },
                  { name: 'DB_POOL_TIMEOUT', $patch: 'delete' },
                  { name: 'DB_POOL_RECYCLE', $patch: 'delete' },
                ],
              },
            ],
          },
        },
      },
    });
    expect(reason(seen)).toBe('Restoring');
  });

  test('a deleted profile restores nothing in a container that has another name by now', () => {
    const renamed = { ...container(variable('DB_POOL_MAX', { kind: 'value', value: '1' }, 'x')), name: 'web' };
    const seen = deleted({
      deployment: deploymentUsing(config.name, { adoptedEnv: originals, containers: [renamed] }),
    });
    expect(decide(seen).actions[0]?.object).toMatchObject({
      metadata: { annotations: { 'dbpool.dev/adopted-env': null } },
    });
    expect(decide(seen).actions[0]?.object['spec']).toEqual({ template: { metadata: { labels: none } } });
  });

  test('a deleted profile leaves variables alone that others have set in place of all of its own', () => {
    const theirs = container(variable('DB_POOL_MAX', { kind: 'value', value: '99' }, 'kubectl-set'));
    const seen = deleted({ deployment: deploymentUsing(config.name, { containers: [theirs] }) });
    expect(decide(seen).actions[0]?.object['spec']).toEqual({ template: { metadata: { labels: none } } });
  });

  test('a deleted profile removes its annotation where the template is back at its former state, too', () => {
    const [action] = decide(deleted({ deployment: deployment({ adoptedEnv: originals }) })).actions;
    expect(action).toMatchObject({
      kind: 'restoreTemplate',
      object: { metadata: { annotations: { 'dbpool.dev/adopted-env': null } } },
    });
    expect(action?.object['spec']).toEqual({ template: { metadata: { labels: none } } });
  });

  test.for<[string, string, object[]]>([
    ['edited an entry', 'DB_POOL_MAX', []],
    ['set an entry and removed it', 'DB_POOL_MIN', [{ name: 'DB_POOL_MAX', value: '20' }]],
  ])('a deleted profile that was rolled back, and whose owner %s, restores only missing entries', ([, name, env]) => {
    const labels = { profile: 'search', config: undefined };
    const theirs = container(variable(name, { kind: 'value', value: '7' }, 'helm'));
    const [action] = decide(
      deleted({ deployment: deployment({ adoptedEnv: originals, labels, containers: [theirs] }) }),
    ).actions;
    expect(action?.object['spec']).toEqual({
      template: { metadata: { labels: none }, spec: { containers: [{ name: 'app', env }] } },
    });
  });

  const adopted = { container: 'app', env: [{ name: 'DB_POOL_MAX' as const, value: '20' }], owners: ['kubectl'] };
  const withAdopted = (state: object) => [
    renderedConfigMap(config, { state: { ...succeededState, adopted: { ...adopted, lastApplied: 'b' }, ...state } }),
  ];

  test.for<[string, string, object]>([
    ['puts adopted entries back into what client-side apply applied last', 'b', { kind: 'editLastApplied' }],
    ['restores at once where somebody has applied since', 'c', { kind: 'restoreTemplate', max: 20 }],
  ])('a deleted profile %s', ([, hash, first]) => {
    const target = deploymentUsing(config.name, { lastApplied: { hash, variables: [] } });
    expect(decide(deleted({ deployment: target, configMaps: withAdopted({}) })).actions).toMatchObject([first]);
  });

  test('a deleted profile restores once what another tool removed together with labels and annotation', () => {
    const seen = deleted({ deployment: base, configMaps: withAdopted({}) });
    expect(actionNames(seen)).toEqual(['restoreTemplate search-api', `recordState ${config.name}`]);
    expect(decide(seen).actions[0]?.object['spec']).toMatchObject({
      template: { spec: { containers: [{ name: 'app', env: [{ name: 'DB_POOL_MAX', value: '20' }] }] } },
    });
    expect(actionNames({ ...seen, configMaps: withAdopted({ released: { sequence: 9 } }) })).toContain(
      'setFinalizer search',
    );
  });

  test('a deleted profile restores where only the labels were removed', () => {
    const target = deploymentUsing(config.name, { labels: { profile: undefined, config: undefined } });
    const seen = deleted({ deployment: target, configMaps: withAdopted({}) });
    expect(actionNames(seen)).toEqual(['restoreTemplate search-api']);
    expect(JSON.stringify(decide(seen).actions[0]?.object['spec'])).toContain('"$patch":"delete"');
  });

  test('a deleted profile restores where the labels were removed and one of its variables was edited', () => {
    const [first = variable('', { kind: 'value', value: '' }), ...others] = variablesFrom(config.name);
    const edited = variable(first.name, { kind: 'value', value: '7' }, 'helm');
    const labels = { profile: undefined, config: undefined };
    const target = deployment({ labels, containers: [container(edited, ...others)] });
    const seen = deleted({ deployment: target, configMaps: withAdopted({}) });
    const restored = JSON.stringify(decide(seen).actions[0]?.object['spec']);
    expect(others.filter(({ name }) => !restored.includes(name))).toEqual([]);
    expect(restored.match(/"\$patch":"delete"/g)).toHaveLength(3);
  });

  test('a deleted profile takes off the label of its configuration where the rest was removed', () => {
    const target = deployment({ labels: { profile: undefined, config: config.hash } });
    const seen = deleted({ deployment: target, configMaps: [renderedConfigMap(config, { state: succeededState })] });
    expect(actionNames(seen)).toEqual(['restoreTemplate search-api']);
    expect(decide(seen).actions[0]?.object['spec']).toEqual({ template: { metadata: { labels: none } } });
  });

  test('a deleted profile without the claim just goes, and managedFields stay', () => {
    const taken = deployment({ labels: { profile: 'other', config: 'ffffffffff' }, managedFieldsIndexes: [1] });
    const seen = deleted({ deployment: taken });
    expect(decide(seen).actions).toMatchObject([lifted]);
    expect(decide({ ...seen, deployment: { ...isRolling, ...taken } }).actions).toMatchObject([lifted]);
  });

  test('a deleted profile waits for the rollout that restores', () => {
    expect(actionNames(deleted({ deployment: isRolling }))).toEqual([]);
    expect(reason(deleted({ deployment: isRolling }))).toBe('Restoring');
    const seconds = (at: number) => ({ ...isRolling, status: { ...isRolling.status, progressedAt: at } });
    expect(decide(deleted({ deployment: seconds(NOW - 60_000) })).requeueAfterMs).toBe(540_000);
  });

  test.for<[string, ObservedDeployment]>([
    ['the rollout is complete', base],
    [
      'its progress deadline has passed',
      { ...isRolling, status: { ...isRolling.status, deadlineExceeded: 'timed out' } },
    ],
    [
      'it has no progress deadline, and makes no progress for 30 min',
      {
        ...isRolling,
        progressDeadlineSeconds: 2_147_483_647,
        status: { ...isRolling.status, progressedAt: NOW - 1_800_000 },
      },
    ],
  ])('a deleted profile leaves managedFields and goes once %s', ([, target]) => {
    const { actions } = decide(deleted({ deployment: target }));
    expect(actions[0]).toMatchObject({
      kind: 'disown',
      operations: [
        { op: 'test', path: '/metadata/resourceVersion', value: '100' },
        { op: 'remove', path: '/metadata/managedFields/3' },
        { op: 'remove', path: '/metadata/managedFields/1' },
      ],
    });
    expect(actions[1]).toMatchObject(lifted);
  });

  test.for<[string, ObservedDeployment | undefined]>([
    ['gone', undefined],
    ['being deleted', deploymentUsing(config.name, { isDeleting: true })],
  ])('a deleted profile goes at once where its Deployment is %s', ([, target]) => {
    expect(decide(deleted({ deployment: target })).actions).toMatchObject([lifted]);
  });

  const stuck = { ...isRolling, status: { ...isRolling.status, deadlineExceeded: 'timed out' } };
  test.for<[string, Partial<Observed>, 'Normal' | 'Warning', RegExp]>([
    [
      'all is back',
      { deployment: base },
      'Normal',
      /^Deployment search-api has the variables from before the profile again$/,
    ],
    [
      'its rollout is stuck',
      { deployment: stuck },
      'Warning',
      /from before the profile again, but its rollout does not end: .*timed/,
    ],
    [
      'its Deployment is gone',
      { deployment: undefined },
      'Normal',
      /^Deployment search-api is deleted: there is nothing to restore$/,
    ],
    [
      'another profile manages it',
      { deployment: deployment({ labels: { profile: 'other', config: 'ffffffffff' } }) },
      'Normal',
      /is managed by profile other, and is unchanged$/,
    ],
  ])('a deleted profile says in one event how it ended where %s', ([, changes, type, words]) => {
    const { events } = decide(deleted(changes));
    expect(events).toEqual([{ type, reason: 'Restored', message: expect.stringMatching(words) as string }]);
  });

  test('a deleted profile writes no event while it waits, nor without the finalizer', () => {
    expect(decide(deleted({ deployment: deploymentUsing(config.name) })).events).toEqual([]);
    expect(decide(deleted({ deployment: isRolling })).events).toEqual([]);
    expect(decide(observed({ profile: profile({ isDeleting: true }) })).events).toEqual([]);
  });

  const unreadable = (named: string | undefined) =>
    profile({
      spec: { kind: 'invalid', problem: 'x', target: named },
      isDeleting: true,
      finalizers: ['dbpool.dev/restore'],
    });

  test('a deleted profile whose invalid spec names the Deployment restores it', () => {
    const seen = deleted({ profile: unreadable('search-api'), deployment: deploymentUsing(config.name) });
    expect(actionNames(seen)).toEqual(['restoreTemplate search-api']);
  });

  test('a deleted profile whose invalid spec names no Deployment goes at once, and says so', () => {
    const seen = deleted({ profile: unreadable(undefined), deployment: undefined });
    expect(actionNames(seen)).toEqual(['setFinalizer search']);
    expect(decide(seen).status.conditions?.[0]?.message).toContain(
      'is invalid and names no Deployment: no variables are restored',
    );
    expect(decide(seen).events).toMatchObject([{ type: 'Warning', reason: 'Restored' }]);
  });
});
