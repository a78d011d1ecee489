import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import type { Observed } from '../../../src/core/model/observed.ts';
import {
  carrying,
  container,
  GOOD,
  NOW,
  pod,
  pods,
  profile,
  rendered,
  replicaSet,
  SETTLED,
  spec,
  variable,
  ROLLED,
} from '../builders.ts';
import { asking, condition, did, marks, older, pool, ready, rolling, target, wanted } from '../rolling.ts';

describe('what others do to the template', () => {
  const lastGood = rendered(wanted, { state: SETTLED });

  test('an undo is a person’s word, until they say retry or the spec changes', () => {
    const undone = rolling({
      configMaps: [lastGood, rendered(older, { state: { rollout: { ...ROLLED, revision: 0 } } })],
      deployment: carrying(older.name, { revision: 3 }, 'kubectl-rollout'),
      replicaSets: [replicaSet(older.hash, 3, 3), replicaSet(wanted.hash, 2)],
      pods: pods(older.hash),
    });
    expect(did(undone)).toEqual([]);
    expect(ready(undone)).toMatchObject({ reason: 'UndoneByUser' });
    expect(condition(undone, 'Stalled')).toBeDefined();
    const again = { ...undone, profile: asking({ changes: { retryRequestedAt: 'now' } }) };
    expect(target(again)).toContain(wanted.name);
    expect(decide(again).actions.at(-1)).toMatchObject({ kind: 'rollOut', force: true });
    const third = poolConfig('search', { ...pool, max: 90 });
    const changed = profile({
      spec: { kind: 'valid', spec: spec({ pool: { max: 90 }, probe: { policy: 'Disabled' } }) },
    });
    expect(target({ ...undone, profile: changed, configMaps: [...undone.configMaps, rendered(third)] })).toContain(
      third.name,
    );
  });

  test('an undo is not judged before its ReplicaSet is seen', () => {
    const seen = rolling({
      configMaps: [lastGood, rendered(older)],
      deployment: carrying(older.name, { revision: 3 }, 'kubectl-rollout'),
      replicaSets: [replicaSet(older.hash, 1), replicaSet(wanted.hash, 2, 3)],
    });
    expect(did(seen)).toEqual([]);
  });

  const edited = {
    ...carrying(wanted.name),
    containers: [container(variable('DB_POOL_MAX', { kind: 'value', value: '99' }, 'kubectl-set'))],
  };

  test('any other edit of the variables is put right by force, and said', () => {
    const seen = rolling({ configMaps: [lastGood], deployment: edited });
    expect(did(seen)).toEqual([`recordState ${wanted.name}`, 'rollOut search-api']);
    expect(JSON.parse(marks(seen)['dbpool.dev/drift-repair'] ?? '')).toEqual({ count: 1, at: NOW });
    expect(ready(seen)).toMatchObject({ reason: 'DriftDetected' });
    expect(ready(seen)?.message).toMatch(/DB_POOL_MIN is gone, DB_POOL_MAX was set by kubectl-set/);
  });

  test.for<[number, number, number]>([
    [1, 29_000, 1000],
    [3, 60_000, 60_000],
    [9, 60_000, 240_000],
  ])('after %i repairs the next one is %i ms old: %i ms are waited', ([count, agoMs, waitMs]) => {
    const seen = rolling({
      configMaps: [rendered(wanted, { state: { ...SETTLED, driftRepair: { count, at: NOW - agoMs } } })],
      deployment: edited,
    });
    expect(did(seen)).toEqual([]);
    expect(decide(seen).requeueAfterMs).toBe(waitMs);
  });
});

describe('old ConfigMaps', () => {
  const settled = rendered(wanted, { state: { ...SETTLED, lastGood: { at: NOW } } });
  const newer = { ...SETTLED, lastGood: { at: GOOD.at + 1000 } };
  const third = rendered(poolConfig('search', { ...pool, max: 90 }), { state: newer });

  test('stay as long as a ReplicaSet refers to them or they are the last good, and go after', () => {
    const sets = [replicaSet(wanted.hash, 2, 3), replicaSet(older.hash, 1), replicaSet(third.name.slice(-10), 0)];
    const seen = rolling({ configMaps: [settled, rendered(older, { state: SETTLED }), third], replicaSets: sets });
    expect(did(seen)).toEqual([]);
    const gone = { ...seen, replicaSets: [replicaSet(wanted.hash, 2, 3)] };
    expect(did(gone)).toEqual([`collectConfig ${older.name}`]);
  });

  test('stay as long as a ReplicaSet or a pod takes the variables from them, whatever its label says', () => {
    const newest = replicaSet(wanted.hash, 2, 3);
    const settledOn = (changes: Partial<Observed>) =>
      rolling({ configMaps: [settled, rendered(older)], replicaSets: [newest], ...changes });
    expect(did(settledOn({}))).toEqual([`collectConfig ${older.name}`]);
    const relabelled = { ...replicaSet(undefined, 1), configMaps: [older.name] };
    expect(did(settledOn({ replicaSets: [newest, relabelled] }))).toEqual([]);
    const running = pod(undefined, { configMaps: [older.name] });
    expect(did(settledOn({ pods: [...pods(wanted.hash), running] }))).toEqual([]);
  });

  test('are deleted as they were seen: one that is marked meanwhile, since it is wanted again, stays', () => {
    const old = rendered(older, { resourceVersion: '42' });
    const { actions } = decide(rolling({ configMaps: [settled, old], replicaSets: [replicaSet(wanted.hash, 2, 3)] }));
    const { uid } = old;
    expect(actions).toMatchObject([
      { kind: 'collectConfig', object: { metadata: { name: older.name, uid, resourceVersion: '42' } } },
    ]);
  });

  test('that the operator did not make, or that serve another Deployment, are left alone', () => {
    const foreign = rendered(older, { isManagedByOperator: false });
    const elsewhere = rendered(older, { owners: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'b', uid: 'b' }] });
    for (const one of [foreign, elsewhere])
      expect(did(rolling({ configMaps: [settled, one], replicaSets: [replicaSet(wanted.hash, 2, 3)] }))).toEqual([]);
  });
});
