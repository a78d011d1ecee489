import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import {
  deploymentUsing,
  container,
  NOW,
  pods,
  profile,
  renderedConfigMap,
  replicaSet,
  succeededState,
  spec,
  variable,
  completedRollout,
  driftRepair,
} from '../builders.ts';
import {
  unprobedProfile,
  conditionOf,
  actionNames,
  recordedAnnotations,
  oldConfig,
  defaultPool,
  readyCondition,
  observedRollout,
  writtenDeployment,
  newConfig,
} from '../rollout-builders.ts';
import { replace } from '../simulation/disruptions.ts';
import { change, edit, setVariable } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

describe('changes of the template by others', () => {
  const lastGood = renderedConfigMap(newConfig, { state: succeededState });

  test('an undo by a user stays, until they request a retry or change the spec', () => {
    const undone = observedRollout({
      configMaps: [
        lastGood,
        renderedConfigMap(oldConfig, { state: { rollout: { ...completedRollout, revision: 0 } } }),
      ],
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }, 'kubectl-rollout'),
      replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
      pods: pods(oldConfig.hash),
    });
    expect(actionNames(undone)).toEqual([`recordState ${oldConfig.name}`]);
    expect(JSON.parse(recordedAnnotations(undone)['dbpool.dev/kept-by-user'] ?? '')).toEqual({
      sequence: 3,
      spec: newConfig.hash,
      insteadOf: newConfig.hash,
      retry: '',
    });
    expect(readyCondition(undone)).toMatchObject({ reason: 'UndoneByUser' });
    expect(conditionOf(undone, 'Stalled')).toBeDefined();
    const again = { ...undone, profile: unprobedProfile({ changes: { retryRequestedAt: 'now' } }) };
    expect(writtenDeployment(again)).toContain(newConfig.name);
    expect(decide(again).actions.at(-1)).toMatchObject({ kind: 'rollOut', force: true });
    const third = poolConfig('search', { ...defaultPool, max: 90 });
    const changed = profile({
      spec: { kind: 'valid', spec: spec({ pool: { max: 90 }, probe: { policy: 'Disabled' } }) },
    });
    expect(
      writtenDeployment({ ...undone, profile: changed, configMaps: [...undone.configMaps, renderedConfigMap(third)] }),
    ).toContain(third.name);
  });

  test('an undo is not judged before its ReplicaSet is observed', () => {
    const seen = observedRollout({
      configMaps: [lastGood, renderedConfigMap(oldConfig)],
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }, 'kubectl-rollout'),
      replicaSets: [replicaSet(oldConfig.hash, 1), replicaSet(newConfig.hash, 2, 3)],
    });
    expect(actionNames(seen)).toEqual([]);
  });

  const edited = {
    ...deploymentUsing(newConfig.name),
    containers: [container(variable('DB_POOL_MAX', { kind: 'value', value: '99' }, 'kubectl-set'))],
  };

  test('an edit of the variables is repaired by force, and reported', () => {
    const seen = observedRollout({ configMaps: [lastGood], deployment: edited });
    expect(actionNames(seen)).toEqual([`recordState ${newConfig.name}`, 'rollOut search-api']);
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/drift-repair'] ?? '')).toEqual({
      count: 1,
      firstAt: NOW,
      at: NOW,
      edit: 'Changed',
      writers: ['kubectl-set'],
    });
    expect(readyCondition(seen)).toMatchObject({ reason: 'DriftDetected' });
    expect(readyCondition(seen)?.message).toMatch(/DB_POOL_MIN was removed, DB_POOL_MAX was set by kubectl-set/);
  });

  test('a variable that a tool points at an older ConfigMap of the profile is named', () => {
    const older = { kind: 'configMap', name: oldConfig.name, key: 'DB_POOL_MAX' } as const;
    const target = deploymentUsing(newConfig.name);
    const containers = target.containers.map((one) => ({
      ...one,
      env: one.env.map((entry) =>
        entry.name === 'DB_POOL_MAX' ? variable(entry.name, older, 'kubectl-patch') : entry,
      ),
    }));
    const configMaps = [
      lastGood,
      renderedConfigMap(oldConfig, { state: { rollout: { ...completedRollout, sequence: 0 } } }),
    ];
    for (const labels of [target.labels, { profile: undefined, config: undefined }]) {
      const seen = observedRollout({ configMaps, deployment: { ...target, labels, containers } });
      expect(readyCondition(seen)?.message).toMatch(/container app: DB_POOL_MAX was set by kubectl-patch\./);
    }
  });

  test('a removal by nobody whom the API server names has no name', () => {
    const removed = { ...deploymentUsing(newConfig.name), containers: [container()] };
    const state = {
      ...succeededState,
      driftRepair: driftRepair({ count: 2, firstAt: NOW - 90_000, at: NOW - 90_000, edit: 'Removed', writers: [] }),
    };
    const once = observedRollout({ configMaps: [lastGood], deployment: removed });
    expect(readyCondition(once)?.message).toMatch(/was removed by a writer that the API server does not name\. /);
    const again = observedRollout({ configMaps: [renderedConfigMap(newConfig, { state })], deployment: removed });
    expect(readyCondition(again)?.message).toContain(
      'removed. A writer that the API server does not name removed the variables 3 times in 2 min.',
    );
  });

  test.for<[number, number, number]>([
    [1, 29_000, 1000],
    [3, 60_000, 60_000],
    [7, 60_000, 1_860_000],
    [9, 60_000, 3_540_000],
    // A repair in the future is recorded again as one that was made now.
    [3, -3_600_000, 120_000],
  ])(
    'drift is repaired with pauses: after %i repairs, the last %i ms ago, the next is in %i ms',
    ([count, agoMs, waitMs]) => {
      const seen = observedRollout({
        configMaps: [
          renderedConfigMap(newConfig, {
            state: { ...succeededState, driftRepair: driftRepair({ count, firstAt: NOW - 90_000, at: NOW - agoMs }) },
          }),
        ],
        deployment: edited,
      });
      expect(actionNames(seen)).toEqual(agoMs < 0 ? [`recordState ${newConfig.name}`] : []);
      expect(decide(seen).requeueAfterMs).toBe(waitMs);
    },
  );

  test('repairs are forgotten after four times the last pause', () => {
    const nine = driftRepair({ count: 9, firstAt: NOW - 20_000_000, at: NOW - 14_400_000 });
    const seen = observedRollout({
      configMaps: [renderedConfigMap(newConfig, { state: { ...succeededState, driftRepair: nine } })],
      deployment: edited,
    });
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/drift-repair'] ?? '')).toMatchObject({ count: 1 });
  });
});

describe('a repair that was recorded, and whose template was not written', () => {
  function replacedOnce(): World {
    const world = new World();
    setVariable(world.backend, 'DB_POOL_MAX', 'value', 'kubectl-create');
    world.settle();
    change(world, { targetRef: { adopt: true } });
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    world.converge();
    replace(world.backend);
    return world;
  }

  test('a repair that was refused overtakes the rollout of the other writer, also once the controller has observed it', () => {
    const world = replacedOnce();
    expect(world.reconcile(1)?.actions.map(({ kind }) => kind)).toEqual(['recordState', 'rollOut']);
    world.backend.step(world.now);
    const again = world.reconcile();
    expect(again?.actions.map(({ kind }) => kind)).toEqual(['recordState', 'rollOut']);
    expect(again?.status.conditions?.[0]?.message).not.toContain('times');
  });
});
