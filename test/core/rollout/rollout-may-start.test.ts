import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import { deploymentUsing, deployment, NOW, pods, renderedConfigMap, replicaSet, succeededState } from '../builders.ts';
import {
  unprobedProfile,
  conditionOf,
  actionNames,
  oldConfig,
  readyCondition,
  observedRollout,
  newConfig,
  type ProfileChanges,
} from '../rollout-builders.ts';

describe('a rollout that may not start yet', () => {
  const before = (changes: ProfileChanges, more: Partial<Observed> = {}) =>
    observedRollout({
      configMaps: [renderedConfigMap(newConfig), renderedConfigMap(oldConfig, { state: succeededState })],
      deployment: deploymentUsing(oldConfig.name),
      replicaSets: [replicaSet(oldConfig.hash, 2, 3)],
      pods: pods(oldConfig.hash),
      profile: unprobedProfile(changes),
      ...more,
    });

  test('a rollout waits until the edits have settled', () => {
    const seen = before({ rollout: { debounceSeconds: 10 }, changes: { specChangedAt: NOW - 4000 } });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'Debouncing' });
    expect(decide(seen).requeueAfterMs).toBe(6000);
    expect(
      actionNames(before({ rollout: { debounceSeconds: 10 }, changes: { specChangedAt: NOW - 10_000 } })),
    ).toHaveLength(2);
  });

  test('a rollout waits for its window, and says when it opens', () => {
    const windows = [{ schedule: '30 22 * * *', durationSeconds: 3600, timeZone: 'Europe/Berlin' }];
    const seen = before({ rollout: { windows } });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'WaitingForWindow' });
    expect(conditionOf(seen, 'PendingRollout')).toMatchObject({ status: 'True', reason: 'OutsideWindow' });
    expect(conditionOf(seen, 'PendingRollout')?.message).toContain('opens at 2026-01-01T21:30:00Z');
    expect(decide(seen).requeueAfterMs).toBe(9.5 * 3_600_000);
    expect(actionNames({ ...seen, now: Date.parse('2026-01-01T22:29:59Z') })).toHaveLength(2);
    expect(actionNames({ ...seen, now: Date.parse('2026-01-01T22:30:00Z') })).toEqual([]);
  });

  test('a rollout is stalled where no window ever opens', () => {
    const windows = [{ schedule: '0 0 30 2 *', durationSeconds: 3600, timeZone: 'UTC' }];
    const seen = before({ rollout: { windows } });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'WindowNeverOpens' });
    expect(conditionOf(seen, 'Stalled')).toBeDefined();
    expect(conditionOf(seen, 'PendingRollout')).toMatchObject({ reason: 'WindowNeverOpens' });
    expect(decide(seen).requeueAfterMs).toBeUndefined();
  });

  const base = deploymentUsing(oldConfig.name, { revision: 3 });
  const others = { ...base, status: { ...base.status, updatedReplicas: 1 } };

  test('a rollout waits for one that another user has in progress', () => {
    const sets = [replicaSet(oldConfig.hash, 3, 1), replicaSet(oldConfig.hash, 2, 3)];
    const seen = before({}, { deployment: others, replicaSets: sets });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'OtherRolloutInProgress' });
    const ended = { ...others, status: { ...others.status, deadlineExceeded: 'timed out' } };
    expect(actionNames(before({}, { deployment: ended, replicaSets: sets }))).toHaveLength(2);
  });

  test('a rollout waits for the surplus pods of a scale-down that follows a rollout of another owner', () => {
    const sets = [replicaSet(oldConfig.hash, 3, 5), replicaSet(oldConfig.hash, 2, 3)];
    const scaled = (replicas: number) => {
      const status = { ...others.status, replicas, updatedReplicas: replicas, availableReplicas: replicas };
      return before({}, { deployment: { ...others, status }, replicaSets: sets });
    };
    expect(actionNames(scaled(5))).toEqual([]);
    expect(readyCondition(scaled(5))).toMatchObject({ reason: 'OtherRolloutInProgress' });
    expect(actionNames(scaled(3))).toHaveLength(2);
  });

  test('a rollout supersedes one of the operator, and that of a new Deployment', () => {
    expect(
      actionNames(
        before({}, { deployment: others, replicaSets: [replicaSet(oldConfig.hash, 3, 1), replicaSet('x', 2, 3)] }),
      ),
    ).toHaveLength(2);
    const fresh = { ...deployment(), status: { ...deployment().status, availableReplicas: 0 } };
    expect(actionNames(before({}, { deployment: fresh, replicaSets: [] }))).toHaveLength(2);
  });
});
