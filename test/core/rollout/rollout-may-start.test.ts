import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { Observed, ObservedDeployment } from '../../../src/core/model/observed.ts';
import {
  container,
  deploymentUsing,
  deployment,
  NOW,
  observed,
  pods,
  renderedConfigMap,
  replicaSet,
  succeededState,
} from '../builders.ts';
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

  const closed = [{ schedule: '30 22 * * *', durationSeconds: 3600, timeZone: 'Europe/Berlin' }];
  const drifted = (configMaps: Observed['configMaps']): Observed =>
    before(
      { rollout: { windows: closed, debounceSeconds: 10 }, changes: { specChangedAt: NOW - 4000 } },
      { configMaps, deployment: deploymentUsing(newConfig.name, { containers: [container()] }) },
    );

  test('a repair of drift waits for no window, and no debounce', () => {
    const seen = drifted([renderedConfigMap(newConfig, { state: succeededState })]);
    expect(actionNames(seen)).toContain('rollOut search-api');
    expect(readyCondition(seen)).toMatchObject({ reason: 'DriftDetected' });
  });

  test('new settings wait for their window, and the last good ones are put back meanwhile', () => {
    const seen = drifted([renderedConfigMap(newConfig), renderedConfigMap(oldConfig, { state: succeededState })]);
    expect(actionNames(seen)).toEqual([`recordState ${oldConfig.name}`, 'rollOut search-api']);
  });

  test('an edit far in the future of the operator’s clock is not waited for', () => {
    const specChangedAt = NOW + 3_600_000;
    expect(actionNames(before({ rollout: { debounceSeconds: 10 }, changes: { specChangedAt } }))).toHaveLength(2);
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

  test('a rollout waits for one of another user no longer than 30 min without progress', () => {
    const sets = [replicaSet(oldConfig.hash, 3, 1), replicaSet(oldConfig.hash, 2, 3)];
    const since = (progressedAt: number) => {
      const status = { ...others.status, progressedAt };
      return before(
        {},
        { deployment: { ...others, progressDeadlineSeconds: 2_147_483_647, status }, replicaSets: sets },
      );
    };
    expect(actionNames(since(NOW - 1_799_000))).toEqual([]);
    expect(decide(since(NOW - 1_799_000)).requeueAfterMs).toBe(1000);
    expect(actionNames(since(NOW - 1_800_000))).toHaveLength(2);
  });

  test.for([0, 1, 2])('a rollout does not wait for an ill backend: %i of 3 pods are available', (availableReplicas) => {
    const { status } = deployment();
    const ill = { revision: 5, status: { ...status, availableReplicas } };
    const first = observed({
      profile: unprobedProfile(),
      configMaps: [renderedConfigMap(newConfig)],
      deployment: deployment(ill),
    });
    expect(actionNames(first)).toContain('rollOut search-api');
    // Somebody rolled out a new image, with the old settings.
    const sets = [replicaSet(oldConfig.hash, 5, 3), replicaSet(oldConfig.hash, 4)];
    expect(actionNames(before({}, { deployment: deploymentUsing(oldConfig.name, ill), replicaSets: sets }))).toContain(
      'rollOut search-api',
    );
  });

  test('a rollout does not wait for pods that are missing, if no old ones are left', () => {
    const { status } = deployment();
    const missing = { revision: 5, status: { ...status, replicas: 2, updatedReplicas: 2, availableReplicas: 0 } };
    const sets = [replicaSet(oldConfig.hash, 5, 3), replicaSet(oldConfig.hash, 4)];
    const seen = before({}, { deployment: deploymentUsing(oldConfig.name, missing), replicaSets: sets });
    expect(actionNames(seen)).toContain('rollOut search-api');
  });

  test('a rollout does not wait for the ReplicaSet of a paused Deployment whose settings are edited again', () => {
    // Paused before its first rollout: the template has the label, and no ReplicaSet has it yet.
    const paused = { revision: 4, paused: true, status: { ...deployment().status, updatedReplicas: 0 } };
    const seen = before({}, { deployment: deploymentUsing(oldConfig.name, paused), replicaSets: [] });
    expect(actionNames(seen)).toContain('rollOut search-api');
    const written = deploymentUsing(newConfig.name, paused);
    const after = before({}, { deployment: written, replicaSets: [], configMaps: observedRollout().configMaps });
    expect(readyCondition(after)).toMatchObject({ reason: 'DeploymentPaused' });
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

  test.for<[string, Partial<ObservedDeployment['status']>]>([
    ['is complete', {}],
    ['has brought pods that are ill', { availableReplicas: 0 }],
    ['is in progress', { replicas: 4, updatedReplicas: 1 }],
  ])('a rollout that removes the variables is overtaken where it %s', ([, status]) => {
    const target = deploymentUsing(newConfig.name, { revision: 3, containers: [container()] });
    const seen = observedRollout({
      configMaps: [renderedConfigMap(newConfig, { state: succeededState })],
      deployment: { ...target, status: { ...target.status, ...status } },
      replicaSets: [replicaSet(newConfig.hash, 3, 1), replicaSet(newConfig.hash, 2, 3)],
    });
    expect(actionNames(seen)).toContain('rollOut search-api');
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
