import { describe, expect, test } from 'vitest';
import { configWrites } from '../../../src/core/config/config-map.ts';
import {
  completedRollout,
  DEPLOYMENT_OWNER,
  lastGoodState,
  observed,
  renderedConfigMap,
  succeededState,
  driftRepair,
} from '../builders.ts';
import { newConfig, oldConfig } from '../rollout-builders.ts';

const { name, data } = newConfig;
const owners = [DEPLOYMENT_OWNER];
const rollout = JSON.stringify(completedRollout);
const lastGood = JSON.stringify(lastGoodState);
const ONE = driftRepair({ firstAt: 5, at: 5 });

describe('configWrites', () => {
  test('a new ConfigMap is rendered with its state, in one write', () => {
    const writes = configWrites(observed(), [
      { name, data, owners },
      { name, state: { rollout: completedRollout } },
    ]);
    expect(writes).toEqual([
      {
        kind: 'renderConfig',
        object: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            namespace: 'shop',
            name,
            labels: { 'app.kubernetes.io/managed-by': 'dbpool-operator', 'dbpool.dev/profile': 'search' },
            annotations: { 'dbpool.dev/rollout': rollout },
            ownerReferences: owners,
          },
          immutable: true,
          data,
        },
      },
    ]);
  });

  test('a new ConfigMap without state has no annotations', () => {
    const [write] = configWrites(observed(), [{ name, data, owners }]);
    expect(write?.object.metadata).not.toHaveProperty('annotations');
  });

  test('several changes to one ConfigMap are one write', () => {
    const found = renderedConfigMap(newConfig, { state: { rollout: completedRollout } });
    const changes = [
      { name, state: { lastGood: lastGoodState } },
      { name, state: { driftRepair: ONE } },
    ];
    const [write, ...others] = configWrites(observed({ configMaps: [found] }), changes);
    expect(others).toEqual([]);
    expect(write?.kind).toBe('recordState');
    expect(write?.object.metadata['annotations']).toEqual({
      'dbpool.dev/rollout': rollout,
      'dbpool.dev/last-good': lastGood,
      'dbpool.dev/drift-repair': JSON.stringify(ONE),
    });
  });

  test('the last of two changes to one entry is recorded', () => {
    const found = renderedConfigMap(newConfig);
    const changes = [1, 2].map((count) => ({
      name,
      state: { driftRepair: { ...ONE, count } },
    }));
    const [write] = configWrites(observed({ configMaps: [found] }), changes);
    expect(write?.object.metadata['annotations']).toEqual({
      'dbpool.dev/drift-repair': JSON.stringify({ ...ONE, count: 2 }),
    });
  });

  test('changes to several ConfigMaps are one write each, in the order of their first changes', () => {
    const configMaps = [renderedConfigMap(oldConfig, { state: succeededState })];
    const changes = [
      { name, data, owners },
      { name: oldConfig.name, state: { driftRepair: ONE } },
      { name, state: { rollout: completedRollout } },
    ];
    expect(
      configWrites(observed({ configMaps }), changes).map(({ kind, object }) => [kind, object.metadata.name]),
    ).toEqual([
      ['renderConfig', name],
      ['recordState', oldConfig.name],
    ]);
  });

  test('a recorded change is fenced, keeps the state that is there, and removes an entry by undefined', () => {
    const found = renderedConfigMap(newConfig, { state: succeededState });
    const changes = { lastGood: undefined, driftRepair: ONE };
    const [action] = configWrites(observed({ configMaps: [found] }), [{ name, state: changes }]);
    expect(action).toMatchObject({ kind: 'recordState', object: { data: found.data, immutable: true } });
    expect(action?.object.metadata).toMatchObject({ uid: found.uid, resourceVersion: '1' });
    expect(action?.object.metadata['annotations']).toEqual({
      'dbpool.dev/rollout': rollout,
      'dbpool.dev/drift-repair': JSON.stringify(ONE),
    });
  });

  test('a recorded change keeps the owners that are there unless it names others', () => {
    const found = renderedConfigMap(newConfig);
    const changes = [{ name, state: { rollout: completedRollout } }];
    const writtenOwners = (change: object) =>
      configWrites(
        observed({ configMaps: [found] }),
        changes.map((one) => ({ ...one, ...change })),
      )[0]?.object.metadata['ownerReferences'];
    expect(writtenOwners({})).toEqual(found.owners);
    expect(writtenOwners({ owners: [] })).toEqual([]);
  });

  test('no change is no write', () => {
    expect(configWrites(observed(), [])).toEqual([]);
  });
});
