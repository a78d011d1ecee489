import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import {
  lastGoodState,
  NOW,
  pod,
  pods,
  PROFILE_OWNER,
  renderedConfigMap,
  replicaSet,
  succeededState,
} from '../builders.ts';
import { actionNames, oldConfig, defaultPool, observedRollout, newConfig } from '../rollout-builders.ts';

describe('old ConfigMaps', () => {
  const settled = renderedConfigMap(newConfig, { state: { ...succeededState, lastGood: { sequence: 4, at: NOW } } });
  const newer = { ...succeededState, lastGood: { sequence: 3, at: lastGoodState.at + 1000 } };
  const third = renderedConfigMap(poolConfig('search', { ...defaultPool, max: 90 }), { state: newer });

  test('an old ConfigMap stays while a ReplicaSet refers to it or it is the last good one', () => {
    const sets = [
      replicaSet(newConfig.hash, 2, 3),
      replicaSet(oldConfig.hash, 1),
      replicaSet(third.name.slice(-10), 0),
    ];
    const seen = observedRollout({
      configMaps: [settled, renderedConfigMap(oldConfig, { state: succeededState }), third],
      replicaSets: sets,
    });
    expect(actionNames(seen)).toEqual([]);
    const gone = { ...seen, replicaSets: [replicaSet(newConfig.hash, 2, 3)] };
    expect(actionNames(gone)).toEqual([`collectConfig ${oldConfig.name}`]);
  });

  test('an old ConfigMap stays while a ReplicaSet or a pod reads it, whatever its label says', () => {
    const newest = replicaSet(newConfig.hash, 2, 3);
    const settledOn = (changes: Partial<Observed>) =>
      observedRollout({ configMaps: [settled, renderedConfigMap(oldConfig)], replicaSets: [newest], ...changes });
    expect(actionNames(settledOn({}))).toEqual([`collectConfig ${oldConfig.name}`]);
    const relabelled = { ...replicaSet(undefined, 1), configMaps: [oldConfig.name] };
    expect(actionNames(settledOn({ replicaSets: [newest, relabelled] }))).toEqual([]);
    const running = pod(undefined, { configMaps: [oldConfig.name] });
    expect(actionNames(settledOn({ pods: [...pods(newConfig.hash), running] }))).toEqual([]);
  });

  test('an old ConfigMap is deleted by the version that was observed, so that one in use again stays', () => {
    const old = renderedConfigMap(oldConfig, { resourceVersion: '42' });
    const { actions } = decide(
      observedRollout({ configMaps: [settled, old], replicaSets: [replicaSet(newConfig.hash, 2, 3)] }),
    );
    const { uid } = old;
    expect(actions).toMatchObject([
      { kind: 'collectConfig', object: { metadata: { name: oldConfig.name, uid, resourceVersion: '42' } } },
    ]);
  });

  test('a ConfigMap that the operator did not create, or that serves pods of another Deployment or without labels, is never deleted', () => {
    const mutable = renderedConfigMap(oldConfig, { immutable: false });
    const foreign = renderedConfigMap(oldConfig, { data: { team: 'search' } });
    const elsewhere = renderedConfigMap(oldConfig, {
      owners: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'b', uid: 'b' }, PROFILE_OWNER],
    });
    const unlabelled = renderedConfigMap(oldConfig, { state: { unlabelled: true } });
    for (const one of [mutable, foreign, elsewhere, unlabelled])
      expect(
        actionNames(observedRollout({ configMaps: [settled, one], replicaSets: [replicaSet(newConfig.hash, 2, 3)] })),
      ).toEqual([]);
  });
});
