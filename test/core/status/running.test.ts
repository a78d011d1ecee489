import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { container, deployment, pods, rendered, replicaSet, SETTLED, variable, carrying, pod } from '../builders.ts';
import { asking, BEGUN, FAILED, older, ready, rolling, RUNNING, wanted } from '../rolling.ts';

const shown = (seen: Observed) => {
  const { pods: counts, current, desired } = decide(seen).status;
  return { counts: `${counts?.summary} ${counts?.updated}`, running: current?.summary, max: desired?.max };
};

const counts = (available: number, updated: number) => {
  const { status } = carrying(wanted.name);
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
  ])('%s shows its pods, and none of them updated', ([, changes, reason]) => {
    const seen = rolling({ ...changes, configMaps: [rendered(wanted)], replicaSets: [], pods: [] });
    expect(ready(seen)?.reason).toBe(reason);
    expect(shown(seen)).toEqual({ counts: '3/3 0', running: undefined, max: 40 });
  });
});

describe('a rollout', () => {
  const midway = [...pods(wanted.hash, 1), ...pods(older.hash, 2)];

  test('shows the settings from before it until it is complete', () => {
    const current = { ...older.settings, summary: '5-20' };
    const seen = rolling({ profile: asking({ changes: { status: { current } } }), pods: midway });
    const replacing = { ...seen, deployment: carrying(wanted.name, { status: counts(3, 1) }) };
    expect(shown(replacing)).toEqual({ counts: '3/3 1', running: '5-20', max: 40 });
    expect(shown({ ...seen, pods: pods(wanted.hash) })).toEqual({ counts: '3/3 3', running: '5-40', max: 40 });
  });

  test('shows pods that are not available yet', () => {
    const starting = rolling({ deployment: carrying(wanted.name, { status: counts(1, 3) }) });
    expect(shown(starting).counts).toBe('1/3 3');
  });

  test('that was rolled back shows no updated pod', () => {
    const seen = rolling({
      configMaps: [
        rendered(wanted, { state: { rollout: BEGUN, failed: FAILED } }),
        rendered(older, { state: SETTLED }),
      ],
      deployment: carrying(older.name),
      replicaSets: [replicaSet(older.hash, 2, 3), replicaSet(wanted.hash, 1)],
      pods: pods(older.hash),
    });
    expect(ready(seen)?.reason).toBe('RolledBack');
    expect(shown(seen)).toEqual({ counts: '3/3 0', running: '5-20', max: 40 });
  });

  test('that a user took back shows what the pods went back to', () => {
    const current = { ...wanted.settings, summary: '5-40' };
    const seen = rolling({
      profile: asking({ changes: { status: { current } } }),
      configMaps: [
        rendered(wanted, { state: { ...SETTLED, rollout: { ...SETTLED.rollout, revision: 2 } } }),
        rendered(older, { state: SETTLED }),
      ],
      deployment: carrying(older.name, { revision: 4 }),
      replicaSets: [replicaSet(older.hash, 4, 3), replicaSet(wanted.hash, 3)],
      pods: pods(older.hash),
    });
    expect(ready(seen)?.reason).toBe('UndoneByUser');
    expect(shown(seen)).toEqual({ counts: '3/3 0', running: '5-20', max: 40 });
  });
});

test('pods whose variable was set by hand are not updated, whatever their label says', () => {
  const byHand = pod(wanted.hash, { literalMax: { app: 99 } });
  expect(shown(rolling({ ...RUNNING, pods: [...pods(wanted.hash, 2), byHand] })).counts).toBe('3/3 2');
});
