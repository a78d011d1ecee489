/** What people and controllers do every day to a profile, its Deployment and its probes, with the outcome that they expect. */
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { hashOf } from '../../src/core/model/json.ts';
import { probeJobName } from '../../src/core/model/naming.ts';
import { spec } from './builders.ts';
import { applyFirst, applySecond, change, edit, recreate, rename, setSidecar } from './simulation/user-actions.ts';
import { World } from './simulation/world.ts';

const numbers = (max: number) => ({ ...spec().pool, max });
const of = (max: number, profile = 'search') => poolConfig(profile, numbers(max)).name;
const readyIn = (world: World, name = 'search') =>
  world.named(name)?.status.conditions?.find(({ type }) => type === 'Ready');
const settled = (max = 40, policy: 'Disabled' | 'Required' = 'Disabled', rollout = {}) => {
  const world = new World();
  edit(world, numbers(max), policy, rollout);
  world.converge();
  expect(readyIn(world)?.status).toBe('True');
  return world;
};

describe('profile', () => {
  test('the same numbers in another order are the same', () => {
    expect(hashOf({ a: 1, b: 2 })).toBe(hashOf({ b: 2, a: 1 }));
  });
  test('A, B, A before anything was rolled: no write', () => {
    const world = settled();
    const writes = world.templateWrites.length;
    edit(world, numbers(50), 'Disabled', { debounceSeconds: 30 });
    world.reconcile();
    edit(world, numbers(40), 'Disabled', { debounceSeconds: 30 });
    world.converge();
    expect(world.templateWrites.slice(writes).length).toBeLessThanOrEqual(2);
    expect(world.backend.configInUse).toBe(of(40));
  });
  test('edited while it is observed: the newest runs, and what was before it is superseded', () => {
    const world = settled(40, 'Disabled', { observeSeconds: 600 });
    edit(world, numbers(50), 'Disabled', { observeSeconds: 600 });
    world.reconcile();
    world.reconcile();
    world.settle();
    world.reconcile();
    expect(readyIn(world)?.reason).toBe('Observing');
    edit(world, numbers(60), 'Disabled', { observeSeconds: 600 });
    world.converge();
    expect(world.backend.configInUse).toBe(of(60));
  });
  test('deleted in the middle of a rollout, Retain: nothing more is written; applied again: nothing is rolled', () => {
    const world = settled();
    edit(world, numbers(50), 'Disabled');
    world.reconcile();
    world.reconcile();
    const writes = world.templateWrites.length;
    world.delete(world.profile);
    world.settle();
    applyFirst(world);
    world.converge();
    expect(world.templateWrites.length).toBe(writes);
    expect(readyIn(world)?.status).toBe('True');
  });
  test('deleted in the middle of a rollout, Restore: what stood there is back, and the finalizer goes', () => {
    const world = settled();
    change(world, { onDelete: 'Restore' });
    world.converge();
    edit(world, numbers(50), 'Disabled');
    world.reconcile();
    world.reconcile();
    world.backend.step(world.now);
    world.delete(world.profile);
    world.converge();
    expect(world.named('search')).toBeUndefined();
    expect(world.backend.configInUse).toBeUndefined();
  });
  test('two profiles that swap their targets end with one each', () => {
    const world = settled();
    applySecond(world);
    world.converge();
    change(world, { targetRef: { name: 'orders-api' } });
    world.converge();
    change(world, { targetRef: { name: 'search-api' } }, 'orders');
    world.converge();
    expect(world.backends[1].configInUse).toBe(of(40));
    expect(world.backends[0].configInUse?.startsWith('orders-')).toBe(true);
    expect([readyIn(world)?.status, readyIn(world, 'orders')?.status]).toEqual(['True', 'True']);
  });
  test('targetRef is changed: the former backend runs on, with its ConfigMap', () => {
    const world = settled();
    change(world, { targetRef: { name: 'orders-api' } });
    world.converge();
    expect(world.backends[0].configInUse).toBe(of(40));
    expect(world.configMaps.some(({ name }) => name === of(40))).toBe(true);
    expect(world.backends[1].configInUse).toBe(of(40));
  });
});

describe('Deployment', () => {
  test('made anew by helm --force: rolled once, no rollback, no failure of the one before is held against it', () => {
    const world = settled();
    world.backend.crashAbove = 100;
    edit(world, numbers(150), 'Disabled');
    world.converge();
    expect(readyIn(world)?.reason).toBe('RolledBack');
    world.backend.crashAbove = Number.POSITIVE_INFINITY;
    recreate(world, world.backend);
    const writes = world.templateWrites.length;
    world.converge();
    expect(world.templateWrites.slice(writes)).toEqual([of(150)]);
    expect(readyIn(world)?.status).toBe('True');
  });
  test.for([0, 1])('revisionHistoryLimit %i: changes and a rollback come to their end', (historyLimit) => {
    const world = settled();
    world.backend.historyLimit = historyLimit;
    for (const max of [50, 60]) {
      edit(world, numbers(max), 'Disabled');
      world.converge();
    }
    world.backend.crashAbove = 100;
    edit(world, numbers(150), 'Disabled');
    world.converge();
    expect(world.backend.configInUse).toBe(of(60));
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });
  test.for([
    { kind: 'Recreate' } as const,
    { kind: 'RollingUpdate', maxSurge: '100%', maxUnavailable: 0 } as const,
    { kind: 'RollingUpdate', maxSurge: 0, maxUnavailable: '100%' } as const,
    { kind: 'RollingUpdate', maxSurge: '1%', maxUnavailable: '0%' } as const,
  ])('strategy %o', (strategy) => {
    const world = settled();
    world.backend.setStrategy(strategy);
    edit(world, numbers(50), 'Disabled');
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
  });
  test('scaled in the middle of a rollout, up and down', () => {
    const world = settled();
    edit(world, numbers(50), 'Disabled');
    world.reconcile();
    world.reconcile();
    world.backend.step(world.now);
    world.backend.scale(7);
    world.reconcile();
    world.backend.step(world.now);
    world.backend.scale(2);
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
    expect(world.backend.deployment.replicas).toBe(2);
  });
  test('another image while the numbers are observed: they still are good, and rolled once', () => {
    const world = settled(40, 'Disabled', { observeSeconds: 60 });
    edit(world, numbers(50), 'Disabled', { observeSeconds: 60 });
    world.reconcile();
    world.reconcile();
    world.settle();
    world.reconcile();
    const writes = world.templateWrites.length;
    world.backend.write({ foreignTemplateHash: 'image 2' });
    world.converge();
    expect(world.templateWrites.length).toBe(writes);
    expect(readyIn(world)?.status).toBe('True');
  });
  test('a container that is renamed by client-side apply (made anew, without our variables): repaired', () => {
    const world = settled();
    rename(world.backend, 'web', true);
    world.settle();
    world.converge();
    expect(world.backend.configInUse).toBe(of(40));
  });
  test('a sidecar that is put behind the container changes nothing', () => {
    const world = settled();
    setSidecar(world.backend, true);
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
  });
  test('its ConfigMap is deleted by somebody: made again, nothing rolled', () => {
    const world = settled();
    const writes = world.templateWrites.length;
    world.configMaps = [];
    world.converge();
    expect(world.templateWrites.length).toBe(writes);
    expect(world.configMaps.map(({ name }) => name)).toContain(of(40));
  });
});

describe('probe', () => {
  test('finished Jobs are cleaned up by somebody else: no other probe, still Ready', () => {
    const world = settled(40, 'Required');
    world.probes = [];
    const logons = world.database.logons.length;
    world.converge();
    expect(world.database.logons.length).toBe(logons);
    expect(readyIn(world)?.status).toBe('True');
  });
  test('the longest name of a profile gives a Job name of at most 63 characters', () => {
    expect(probeJobName('a'.repeat(40), '0123456789', 99_999).length).toBeLessThanOrEqual(63);
    expect(probeJobName('a'.repeat(40), '0123456789', 100_000)).toMatch(/-1$/);
  });
  test('wrong credentials, looked at for a day: one logon', () => {
    const world = new World();
    world.database.password = 'changed';
    edit(world, numbers(40), 'Required');
    for (let hour = 0; hour < 24 * 6; hour += 1) {
      world.reconcile();
      world.settle();
      world.wait(600_000);
    }
    expect(world.database.logons.length).toBe(1);
  });
});

describe('clock', () => {
  test('two hours forward: nothing is rolled', () => {
    const world = settled(40, 'Required');
    const writes = world.templateWrites.length;
    world.now += 2 * 3_600_000;
    world.converge();
    expect(world.templateWrites.length).toBe(writes);
    expect(readyIn(world)?.status).toBe('True');
  });
  test('two hours back, at rest: nothing is written', () => {
    const world = settled(40, 'Required');
    world.now -= 2 * 3_600_000;
    expect(world.reconcile()?.actions).toEqual([]);
  });
});
