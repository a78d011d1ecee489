import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import {
  container,
  deployment,
  pods,
  renderedConfigMap,
  replicaSet,
  succeededState,
  variable,
  deploymentUsing,
  pod,
} from '../builders.ts';
import {
  unprobedProfile,
  startedRollout,
  crashFailure,
  oldConfig,
  readyCondition,
  observedRollout,
  runningBackend,
  newConfig,
} from '../rollout-builders.ts';

const shown = (seen: Observed) => {
  const { pods: counts, current, desired } = decide(seen).status;
  return { counts: `${counts?.summary} ${counts?.updated}`, running: current?.summary, max: desired?.max };
};

const counts = (available: number, updated: number) => {
  const { status } = deploymentUsing(newConfig.name);
  return { ...status, availableReplicas: available, updatedReplicas: updated };
};

describe('a backend that was never rolled out', () => {
  const byHelm = [variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'helm')];

  test.for<readonly [string, Partial<Observed>, string]>([
    ['without the variables', { deployment: deployment() }, 'RollingOut'],
    [
      'with those of another owner',
      { deployment: deployment({ containers: [container(...byHelm)] }) },
      'VariableConflict',
    ],
  ])('a backend %s that was never rolled out shows its pods, and none of them updated', ([, changes, reason]) => {
    const seen = observedRollout({ ...changes, configMaps: [renderedConfigMap(newConfig)], replicaSets: [], pods: [] });
    expect(readyCondition(seen)?.reason).toBe(reason);
    expect(shown(seen)).toEqual({ counts: '3/3 0', running: undefined, max: 40 });
  });
});

describe('a rollout', () => {
  const midway = [...pods(newConfig.hash, 1), ...pods(oldConfig.hash, 2)];

  test('a rollout shows the settings from before it until it is complete', () => {
    const current = { ...oldConfig.settings, summary: '5-20' };
    const seen = observedRollout({ profile: unprobedProfile({ changes: { status: { current } } }), pods: midway });
    const replacing = { ...seen, deployment: deploymentUsing(newConfig.name, { status: counts(3, 1) }) };
    expect(shown(replacing)).toEqual({ counts: '3/3 1', running: '5-20', max: 40 });
    expect(shown({ ...seen, pods: pods(newConfig.hash) })).toEqual({ counts: '3/3 3', running: '5-40', max: 40 });
  });

  test('a rollout shows pods that are not available yet', () => {
    const starting = observedRollout({ deployment: deploymentUsing(newConfig.name, { status: counts(1, 3) }) });
    expect(shown(starting).counts).toBe('1/3 3');
  });

  test('a rollout that was rolled back shows no updated pod', () => {
    const seen = observedRollout({
      configMaps: [
        renderedConfigMap(newConfig, { state: { rollout: startedRollout, failed: crashFailure } }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      deployment: deploymentUsing(oldConfig.name),
      replicaSets: [replicaSet(oldConfig.hash, 2, 3), replicaSet(newConfig.hash, 1)],
      pods: pods(oldConfig.hash),
    });
    expect(readyCondition(seen)?.reason).toBe('RolledBack');
    expect(shown(seen)).toEqual({ counts: '3/3 0', running: '5-20', max: 40 });
  });

  test('a rollout that a user undid shows what the pods went back to', () => {
    const current = { ...newConfig.settings, summary: '5-40' };
    const seen = observedRollout({
      profile: unprobedProfile({ changes: { status: { current } } }),
      configMaps: [
        renderedConfigMap(newConfig, {
          state: { ...succeededState, rollout: { ...succeededState.rollout, revision: 2 } },
        }),
        renderedConfigMap(oldConfig, { state: succeededState }),
      ],
      deployment: deploymentUsing(oldConfig.name, { revision: 4 }, 'kubectl-rollout'),
      replicaSets: [replicaSet(oldConfig.hash, 4, 3), replicaSet(newConfig.hash, 3)],
      pods: pods(oldConfig.hash),
    });
    expect(readyCondition(seen)?.reason).toBe('UndoneByUser');
    expect(shown(seen)).toEqual({ counts: '3/3 0', running: '5-20', max: 40 });
  });
});

test('pods whose variable was set by hand do not count as updated, whatever their label says', () => {
  const byHand = pod(newConfig.hash, { literalMax: { app: 99 } });
  expect(shown(observedRollout({ ...runningBackend, pods: [...pods(newConfig.hash, 2), byHand] })).counts).toBe(
    '3/3 2',
  );
});
