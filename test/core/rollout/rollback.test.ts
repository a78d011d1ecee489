import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import {
  deploymentUsing,
  container,
  deployment,
  lastGoodState,
  NOW,
  pod,
  pods,
  renderedConfigMap,
  replicaSet,
  succeededState,
  completedRollout,
  variable,
  proofState,
} from '../builders.ts';
import {
  unprobedProfile,
  startedRollout,
  conditionOf,
  actionNames,
  crashFailure,
  defaultPool,
  recordedAnnotations,
  oldConfig,
  readyCondition,
  observedRollout,
  writtenDeployment,
  newConfig,
} from '../rollout-builders.ts';

describe('settings that have failed', () => {
  const badState = { rollout: startedRollout, failed: crashFailure };
  const bad = renderedConfigMap(newConfig, { state: badState });
  /** The variables from before the profile were restored. */
  const released = renderedConfigMap(newConfig, { state: { ...badState, released: { sequence: 5 } } });
  const lastGood = renderedConfigMap(oldConfig, { state: succeededState });

  test('failed settings are rolled back to the last good ones, once', () => {
    const seen = observedRollout({ configMaps: [bad, lastGood] });
    expect(actionNames(seen)).toEqual([`recordState ${oldConfig.name}`, 'rollOut search-api']);
    expect(writtenDeployment(seen)).toContain(oldConfig.name);
    const after = observedRollout({
      configMaps: [
        bad,
        renderedConfigMap(oldConfig, {
          state: { rollout: { ...completedRollout, revision: 2 }, lastGood: lastGoodState },
        }),
      ],
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
      replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
      pods: pods(oldConfig.hash),
    });
    expect(actionNames(after)).toEqual([]);
    expect(readyCondition(after)).toMatchObject({ status: 'False', reason: 'RolledBack' });
    expect(conditionOf(after, 'RolledBack')?.message).toContain('Pod x crashes (CrashLoopBackOff)');
    expect(decide(after).status).toMatchObject({
      current: { hash: oldConfig.hash },
      lastGood: { hash: oldConfig.hash },
      lastFailed: { hash: newConfig.hash, reason: 'CrashLoopBackOff' },
    });
  });

  test('failed settings are reported while the rollback is observed, too', () => {
    const rollout = { ...startedRollout, revision: 2 };
    const seen = observedRollout({
      profile: unprobedProfile({ rollout: { observeSeconds: 60 } }),
      configMaps: [
        bad,
        renderedConfigMap(oldConfig, { state: { rollout, lastGood: { sequence: 2, at: NOW - 90_000 } } }),
      ],
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
      replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
      pods: pods(oldConfig.hash),
    });
    expect(readyCondition(seen)).toMatchObject({ status: 'False', reason: 'RolledBack' });
    expect(readyCondition(seen)?.message).toMatch(/Rolled back to .*are observed for 60 s from now on/);
    expect(conditionOf(seen, 'Reconciling')).toMatchObject({ status: 'True' });
  });

  test('failed settings are rolled back outside the windows, too', () => {
    const rollout = {
      windows: [{ schedule: '0 3 1 1 *', durationSeconds: 60, timeZone: 'UTC' }],
      debounceSeconds: 3600,
    };
    const seen = observedRollout({
      configMaps: [bad, lastGood],
      profile: unprobedProfile({ rollout, changes: { specChangedAt: NOW } }),
    });
    expect(actionNames(seen)).toContain('rollOut search-api');
  });

  test('failed settings stay with onFailure: Hold', () => {
    const seen = observedRollout({
      configMaps: [bad, lastGood],
      profile: unprobedProfile({ rollout: { onFailure: 'Hold' } }),
    });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'RolloutFailed' });
    expect(conditionOf(seen, 'RolledBack')).toBeUndefined();
    const crash = { exitCode: 1, reason: 'Error', at: NOW };
    const [app] = pod(newConfig.hash).containers;
    const crashing = pod(newConfig.hash, { containers: app === undefined ? [] : [{ ...app, restarts: 2, crash }] });
    const first = {
      ...seen,
      configMaps: [renderedConfigMap(newConfig, { state: { rollout: startedRollout } }), lastGood],
      pods: [crashing],
    };
    expect(actionNames(first)).toEqual([`recordState ${newConfig.name}`]);
    expect(readyCondition(first)?.message).toMatch(/onFailure is Hold.*container app crashes/);
    expect(conditionOf(first, 'Stalled')).toBeDefined();
  });

  test('failed settings are not tried again after another spec in between', () => {
    const seen = observedRollout({
      configMaps: [
        bad,
        renderedConfigMap(oldConfig, { state: { ...succeededState, rollout: { ...completedRollout, revision: 2 } } }),
      ],
      profile: unprobedProfile({ rollout: { onFailure: 'Hold' } }),
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
      replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
      pods: pods(oldConfig.hash),
    });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)?.message).toContain('failed before');
  });

  test('failed settings are tried again on a retry request, and with other credentials', () => {
    const at = {
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
      replicaSets: [replicaSet(oldConfig.hash, 3, 3)],
      pods: pods(oldConfig.hash),
    };
    const again = observedRollout({
      ...at,
      configMaps: [bad, lastGood],
      profile: unprobedProfile({ changes: { retryRequestedAt: 'now' } }),
    });
    expect(writtenDeployment(again)).toContain(newConfig.name);
    const others = {
      ...bad.state,
      failed: { ...crashFailure, fingerprint: 'aaaa' },
      proof: proofState({ fingerprint: 'bbbb' }),
    };
    expect(writtenDeployment(observedRollout({ ...at, configMaps: [{ ...bad, state: others }, lastGood] }))).toContain(
      newConfig.name,
    );
  });

  test('failed settings are rolled back to what was there before the profile where none were good yet', () => {
    const originals = JSON.stringify({
      container: 'app',
      env: [{ name: 'DB_POOL_MAX', value: '20' }],
      owners: ['helm'],
    });
    const seen = observedRollout({
      configMaps: [bad],
      deployment: deploymentUsing(newConfig.name, { adoptedEnv: originals }),
    });
    expect(actionNames(seen)).toEqual([`recordState ${newConfig.name}`, 'restoreTemplate search-api']);
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/released'] ?? '')).toEqual({ sequence: 5 });
    const { template } = (decide(seen).actions[1]?.object['spec'] ?? {}) as {
      template: { metadata: object; spec: { containers: { env: object[] }[] } };
    };
    expect(template.spec.containers[0]?.env).toEqual([
      { name: 'DB_POOL_MIN', $patch: 'delete' },
      { name: 'DB_POOL_MAX', value: '20', valueFrom: null },
      { name: 'DB_POOL_TIMEOUT', $patch: 'delete' },
      { name: 'DB_POOL_RECYCLE', $patch: 'delete' },
    ]);
    expect(template.metadata).toEqual({ labels: { 'dbpool.dev/profile': 'search', 'dbpool.dev/config-hash': null } });
    // What was adopted is kept: the next numbers take it over again.
    expect(decide(seen).actions[1]?.object.metadata).not.toHaveProperty('annotations');
    const after = observedRollout({
      configMaps: [released],
      deployment: deployment({ labels: { profile: 'search', config: undefined } }),
    });
    expect(actionNames(after)).toEqual([]);
    expect(readyCondition(after)).toMatchObject({ reason: 'RolledBack' });
  });

  test('failed settings that went back to before the profile are Stalled while the owner’s pods are stuck', () => {
    const before = deployment({ labels: { profile: 'search', config: undefined } });
    const status = { ...before.status, updatedReplicas: 1, deadlineExceeded: 'timed out' };
    const seen = observedRollout({ configMaps: [released], deployment: { ...before, status } });
    expect(conditionOf(seen, 'Stalled')).toMatchObject({ reason: 'ProgressDeadlineExceeded' });
    expect(conditionOf(seen, 'Reconciling')).toBeUndefined();
  });

  test('failed settings keep the ConfigMaps of all configurations while the last good one runs', () => {
    const third = renderedConfigMap(poolConfig('search', { ...defaultPool, max: 90 }));
    const seen = observedRollout({
      configMaps: [bad, lastGood, third],
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
      replicaSets: [replicaSet(oldConfig.hash, 3, 3)],
      pods: pods(oldConfig.hash),
    });
    expect(readyCondition(seen)).toMatchObject({ reason: 'RolledBack' });
    expect(actionNames(seen)).toEqual([]);
  });

  test('an edit of the last good settings after a rollback is reported as drift', () => {
    const edited = deploymentUsing(oldConfig.name, { revision: 3 });
    const [app] = edited.containers;
    const env = [...(app?.env.slice(1) ?? []), variable('DB_POOL_MIN', { kind: 'value', value: '9' }, 'kubectl-set')];
    const seen = observedRollout({
      configMaps: [bad, lastGood],
      deployment: { ...edited, containers: [container(...env)] },
      replicaSets: [replicaSet(oldConfig.hash, 3, 3)],
      pods: pods(oldConfig.hash),
    });
    expect(actionNames(seen)).toEqual([`recordState ${oldConfig.name}`, 'rollOut search-api']);
    expect(readyCondition(seen)).toMatchObject({ reason: 'DriftDetected' });
  });

  test('failed settings are not rolled back to what was good for another Deployment only', () => {
    const elsewhere = {
      ...succeededState,
      rollout: { ...completedRollout, deployment: { name: 'another', uid: 'uid of another' } },
    };
    const rollout = { ...startedRollout, deployment: { name: 'search-api', uid: 'deployment-uid' } };
    const failing = renderedConfigMap(newConfig, { state: { rollout, failed: crashFailure } });
    const seen = observedRollout({ configMaps: [failing, renderedConfigMap(oldConfig, { state: elsewhere })] });
    expect(conditionOf(seen, 'RolledBack')?.message).toContain('the variables from before the profile');
    expect(writtenDeployment(seen)).not.toContain(oldConfig.name);
  });

  test('settings that failed in another Deployment are tried', () => {
    const elsewhere = {
      rollout: { ...completedRollout, deployment: { name: 'another', uid: 'uid of another' } },
      failed: crashFailure,
    };
    const seen = observedRollout({
      configMaps: [renderedConfigMap(newConfig, { state: elsewhere })],
      deployment: deployment(),
    });
    expect(writtenDeployment(seen)).toContain(newConfig.name);
  });

  test('failed settings that adopted nothing leave the variables to whoever sets them next', () => {
    const theirs = variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'helm');
    const back = deployment({
      labels: { profile: 'search', config: undefined },
      containers: [container(theirs)],
    });
    const next = unprobedProfile({ changes: { retryRequestedAt: 'now' } });
    const seen = observedRollout({ configMaps: [released], deployment: back, profile: next });
    expect(actionNames(seen)).toEqual([]);
    expect(readyCondition(seen)).toMatchObject({ reason: 'VariableConflict' });
  });

  test('settings are rolled back on a request, with onFailure: Hold too', () => {
    const rollout = { onFailure: 'Hold' } as const;
    const asked = unprobedProfile({ rollout, changes: { rollbackRequestedAt: 'now' } });
    const seen = observedRollout({
      profile: asked,
      configMaps: [renderedConfigMap(newConfig, { state: succeededState }), lastGood],
    });
    expect(JSON.parse(recordedAnnotations(seen)['dbpool.dev/failed'] ?? '')).toMatchObject({
      reason: 'RollbackRequested',
      isRequested: true,
    });
    const marked = {
      ...succeededState,
      failed: { ...crashFailure, reason: 'RollbackRequested', isRequested: true as const, rollback: 'now' },
    };
    expect(
      writtenDeployment({ ...seen, configMaps: [renderedConfigMap(newConfig, { state: marked }), lastGood] }),
    ).toContain(oldConfig.name);
    const failed = { ...succeededState, failed: { ...crashFailure, at: NOW } };
    const held = { ...seen, configMaps: [renderedConfigMap(newConfig, { state: failed }), lastGood] };
    expect(JSON.parse(recordedAnnotations(held)['dbpool.dev/failed'] ?? '')).toMatchObject({
      reason: 'RollbackRequested',
      rollback: 'now',
      message: expect.stringContaining('Before that: Pod x crashes (CrashLoopBackOff)') as string,
    });
    const heard = { ...succeededState, rollout: { ...completedRollout, rollback: 'now' } };
    expect(actionNames({ ...seen, configMaps: [renderedConfigMap(newConfig, { state: heard }), lastGood] })).toEqual(
      [],
    );
  });
});
