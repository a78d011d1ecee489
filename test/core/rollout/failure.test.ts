import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedDeployment, ObservedPod } from '../../../src/core/model/observed.ts';
import {
  carrying,
  container,
  deployment,
  GOOD,
  NOW,
  pod,
  pods,
  rendered,
  replicaSet,
  SETTLED,
  ROLLED,
  variable,
} from '../builders.ts';
import { asking, BEGUN, condition, did, FAILED, marks, older, ready, rolling, target, wanted } from '../rolling.ts';

describe('a rollout whose pods fail', () => {
  const base = carrying(wanted.name);
  const stuck = (changes: Partial<ObservedDeployment['status']> = {}): ObservedDeployment => ({
    ...base,
    status: { ...base.status, updatedReplicas: 1, replicas: 4, ...changes },
  });
  const waiting = (reason: string, message = 'words of the kubelet') => ({
    isReady: false,
    containers: [
      {
        name: 'app',
        isReady: false,
        restarts: 0,
        startedAt: undefined,
        crash: undefined,
        waiting: { reason, message },
      },
    ],
  });
  const unready = {
    isReady: false,
    containers: [
      { name: 'app', isReady: false, restarts: 0, startedAt: NOW - 50_000, crash: undefined, waiting: undefined },
    ],
  };
  const late = { deadlineExceeded: 'timed out progressing' };

  test.for<[string, Partial<ObservedPod>, Partial<ObservedDeployment['status']>, string]>([
    ['a crash loop', waiting('CrashLoopBackOff'), {}, 'CrashLoopBackOff'],
    ['readiness that does not come in time', unready, late, 'NotReady'],
  ])('%s is its own: the numbers are marked as bad', ([, change, status, reason]) => {
    const seen = rolling({ deployment: stuck(status), pods: [pod(wanted.hash, change)] });
    expect(JSON.parse(marks(seen)['dbpool.dev/failed'] ?? '')).toMatchObject({ reason, at: NOW, retry: '' });
    expect(did(seen)).toEqual([`recordState ${wanted.name}`]);
  });

  test.for<[string, Partial<ObservedPod>, Partial<ObservedDeployment['status']>, string]>([
    ['no node', { isReady: false, unschedulable: '0/1 nodes are available', containers: [] }, late, 'Unschedulable'],
    ['no image', waiting('ImagePullBackOff'), late, 'ImagePullBackOff'],
    ['a missing Secret', waiting('CreateContainerConfigError'), {}, 'CreateContainerConfigError'],
    ['readiness that takes its time', unready, {}, 'RollingOut'],
    ['a start after the deadline', unready, { ...late, deadlineAt: NOW - 50_001 }, 'NotReady'],
  ])('%s is not: it is reported and nothing is written', ([, change, status, reason]) => {
    const seen = rolling({ deployment: stuck(status), pods: [pod(wanted.hash, change)] });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ status: 'False', reason });
  });

  test('is not judged where somebody else changed the template in the same rollout', () => {
    const seen = rolling({
      deployment: { ...stuck(), foreignTemplateHash: 'another image' },
      pods: [pod(wanted.hash, waiting('CrashLoopBackOff'))],
    });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'TemplateChanged' });
  });
});

describe('numbers that have failed', () => {
  const bad = rendered(wanted, { state: { rollout: BEGUN, failed: FAILED } });
  const lastGood = rendered(older, { state: SETTLED });

  test('are rolled back to the last good ones, once', () => {
    const seen = rolling({ configMaps: [bad, lastGood] });
    expect(did(seen)).toEqual([`recordState ${older.name}`, 'rollOut search-api']);
    expect(target(seen)).toContain(older.name);
    const after = rolling({
      configMaps: [bad, rendered(older, { state: { rollout: { ...ROLLED, revision: 2 }, lastGood: GOOD } })],
      deployment: carrying(older.name, { revision: 3 }),
      replicaSets: [replicaSet(older.hash, 3, 3), replicaSet(wanted.hash, 2)],
      pods: pods(older.hash),
    });
    expect(did(after)).toEqual([]);
    expect(ready(after)).toMatchObject({ status: 'False', reason: 'RolledBack' });
    expect(condition(after, 'RolledBack')?.message).toContain('Pod x crashes (CrashLoopBackOff)');
    expect(decide(after).status).toMatchObject({
      current: { hash: older.hash },
      lastGood: { hash: older.hash },
      lastFailed: { hash: wanted.hash, reason: 'CrashLoopBackOff' },
    });
  });

  test('say so while the way back is observed, too', () => {
    const rollout = { ...BEGUN, revision: 2 };
    const seen = rolling({
      profile: asking({ rollout: { observeSeconds: 60 } }),
      configMaps: [bad, rendered(older, { state: { rollout, lastGood: { at: NOW - 90_000 } } })],
      deployment: carrying(older.name, { revision: 3 }),
      replicaSets: [replicaSet(older.hash, 3, 3), replicaSet(wanted.hash, 2)],
      pods: pods(older.hash),
    });
    expect(ready(seen)).toMatchObject({ status: 'False', reason: 'RolledBack' });
    expect(ready(seen)?.message).toMatch(/Rolled back to .*are observed from now on/);
    expect(condition(seen, 'Reconciling')).toMatchObject({ status: 'True' });
  });

  test('are rolled back outside the windows, too', () => {
    const rollout = {
      windows: [{ schedule: '0 3 1 1 *', durationSeconds: 60, timeZone: 'UTC' }],
      debounceSeconds: 3600,
    };
    const seen = rolling({
      configMaps: [bad, lastGood],
      profile: asking({ rollout, changes: { specChangedAt: NOW } }),
    });
    expect(did(seen)).toContain('rollOut search-api');
  });

  test('are left as they are with onFailure: Hold', () => {
    const seen = rolling({ configMaps: [bad, lastGood], profile: asking({ rollout: { onFailure: 'Hold' } }) });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'RolloutFailed' });
    expect(condition(seen, 'RolledBack')).toBeUndefined();
    const crash = { exitCode: 1, reason: 'Error', at: NOW };
    const [app] = pod(wanted.hash).containers;
    const crashing = pod(wanted.hash, { containers: app === undefined ? [] : [{ ...app, restarts: 2, crash }] });
    const first = {
      ...seen,
      configMaps: [rendered(wanted, { state: { rollout: BEGUN } }), lastGood],
      pods: [crashing],
    };
    expect(did(first)).toEqual([`recordState ${wanted.name}`]);
    expect(ready(first)?.message).toMatch(/onFailure: Hold.*container app crashes/);
    expect(condition(first, 'Stalled')).toBeDefined();
  });

  test('are not tried again after another spec was there in between', () => {
    const seen = rolling({
      configMaps: [bad, rendered(older, { state: { ...SETTLED, rollout: { ...ROLLED, revision: 2 } } })],
      profile: asking({ rollout: { onFailure: 'Hold' } }),
      deployment: carrying(older.name, { revision: 3 }),
      replicaSets: [replicaSet(older.hash, 3, 3), replicaSet(wanted.hash, 2)],
      pods: pods(older.hash),
    });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)?.message).toContain('failed before');
  });

  test('are tried again when a person says retry, and when the credentials are others', () => {
    const at = {
      deployment: carrying(older.name, { revision: 3 }),
      replicaSets: [replicaSet(older.hash, 3, 3)],
      pods: pods(older.hash),
    };
    const again = rolling({
      ...at,
      configMaps: [bad, lastGood],
      profile: asking({ changes: { retryRequestedAt: 'now' } }),
    });
    expect(target(again)).toContain(wanted.name);
    const others = {
      ...bad.state,
      failed: { ...FAILED, fingerprint: 'aaaa' },
      proof: { probeHash: 'x', at: NOW, fingerprint: 'bbbb' },
    };
    expect(target(rolling({ ...at, configMaps: [{ ...bad, state: others }, lastGood] }))).toContain(wanted.name);
  });

  test('are taken back to what stood there before where nothing was good yet', () => {
    const originals = JSON.stringify({
      container: 'app',
      env: [{ name: 'DB_POOL_MAX', value: '20' }],
      setBy: ['helm'],
    });
    const seen = rolling({ configMaps: [bad], deployment: carrying(wanted.name, { adoptedEnv: originals }) });
    expect(decide(seen).actions).toMatchObject([{ kind: 'restoreTemplate' }]);
    const { template } = (decide(seen).actions[0]?.object['spec'] ?? {}) as {
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
    expect(decide(seen).actions[0]?.object.metadata).not.toHaveProperty('annotations');
    const after = rolling({
      configMaps: [bad],
      deployment: deployment({ labels: { profile: 'search', config: undefined } }),
    });
    expect(did(after)).toEqual([]);
    expect(ready(after)).toMatchObject({ reason: 'RolledBack' });
  });

  test('do not go back to what was good for another Deployment only', () => {
    const elsewhere = { ...SETTLED, rollout: { ...ROLLED, deployment: 'uid of another' } };
    const rollout = { ...BEGUN, deployment: 'deployment-uid' };
    const failing = rendered(wanted, { state: { rollout, failed: FAILED } });
    const seen = rolling({ configMaps: [failing, rendered(older, { state: elsewhere })] });
    expect(condition(seen, 'RolledBack')?.message).toContain('the variables from before the profile');
    expect(target(seen)).not.toContain(older.name);
  });

  test('are tried where it was another Deployment that they failed in', () => {
    const elsewhere = { rollout: { ...ROLLED, deployment: 'uid of another' }, failed: FAILED };
    const seen = rolling({ configMaps: [rendered(wanted, { state: elsewhere })], deployment: deployment() });
    expect(target(seen)).toContain(wanted.name);
  });

  test('and of which nothing was adopted leave the variables to whoever sets them next', () => {
    const theirs = variable('DB_POOL_MAX', { kind: 'value', value: '20' }, 'helm');
    const back = deployment({
      labels: { profile: 'search', config: undefined },
      containers: [container(theirs)],
    });
    const next = asking({ changes: { retryRequestedAt: 'now' } });
    const seen = rolling({ configMaps: [bad], deployment: back, profile: next });
    expect(did(seen)).toEqual([]);
    expect(ready(seen)).toMatchObject({ reason: 'VariableConflict' });
  });

  test('may be called so by a person, also with onFailure: Hold', () => {
    const rollout = { onFailure: 'Hold' } as const;
    const asked = asking({ rollout, changes: { rollbackRequestedAt: 'now' } });
    const seen = rolling({ profile: asked, configMaps: [rendered(wanted, { state: SETTLED }), lastGood] });
    expect(JSON.parse(marks(seen)['dbpool.dev/failed'] ?? '')).toMatchObject({
      reason: 'RollbackRequested',
      isRequested: true,
    });
    const marked = {
      ...SETTLED,
      failed: { ...FAILED, reason: 'RollbackRequested', isRequested: true as const, rollback: 'now' },
    };
    expect(target({ ...seen, configMaps: [rendered(wanted, { state: marked }), lastGood] })).toContain(older.name);
    const failed = { ...SETTLED, failed: { ...FAILED, at: NOW } };
    const held = { ...seen, configMaps: [rendered(wanted, { state: failed }), lastGood] };
    expect(JSON.parse(marks(held)['dbpool.dev/failed'] ?? '')).toMatchObject({
      reason: 'RollbackRequested',
      rollback: 'now',
      message: expect.stringContaining('Before that: Pod x crashes (CrashLoopBackOff)') as string,
    });
    const heard = { ...SETTLED, rollout: { ...ROLLED, rollback: 'now' } };
    expect(did({ ...seen, configMaps: [rendered(wanted, { state: heard }), lastGood] })).toEqual([]);
  });
});
