import { expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { spec } from '../builders.ts';
import { edit, makeRequest } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const DAY = 24 * 3_600_000;
const poolOf = (max: number) => ({ ...spec().pool, max });
const configMapOf = (max: number) => poolConfig('search', poolOf(max)).name;
const readyIn = (world: World) => world.profile.status.conditions?.find(({ type }) => type === 'Ready');

test('a retry of settings that failed is no retry of those that failed before', () => {
  const world = new World();
  edit(world, poolOf(30), 'Disabled');
  world.converge();
  world.backend.crashAbove = 50;
  const isRolledBack = (max: number) => {
    edit(world, poolOf(max), 'Disabled');
    world.converge();
    expect(readyIn(world)?.reason).toBe('RolledBack');
  };
  isRolledBack(150);
  isRolledBack(60);
  world.backend.crashAbove = 100;
  makeRequest(world, { retryRequestedAt: 'monday' });
  world.converge();
  expect(world.backend.configInUse).toBe(configMapOf(60));
  expect(readyIn(world)?.status).toBe('True');
  const { revision } = world.backend.deployment;
  world.wait(DAY);
  isRolledBack(150);
  expect(world.backend.deployment.revision).toBe(revision);
  world.backend.crashAbove = Number.POSITIVE_INFINITY;
  makeRequest(world, { retryRequestedAt: 'tuesday' });
  world.converge();
  expect(world.backend.configInUse).toBe(configMapOf(150));
  expect(readyIn(world)?.status).toBe('True');
});

test.for([0, 1, 2, 3])(
  'a retry keeps good settings, %i passes after a requested rollback from them was recorded',
  (passes) => {
    const world = new World();
    for (const max of [30, 40]) {
      edit(world, poolOf(max), 'Disabled');
      world.converge();
    }
    makeRequest(world, { rollbackRequestedAt: 'a' });
    // The rollback is recorded, and the process dies before the status.
    world.reconcile(1);
    for (let pass = 0; pass < passes; pass += 1) world.reconcile();
    makeRequest(world, { rollbackRequestedAt: undefined, retryRequestedAt: 'b' });
    world.converge();
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.status).toBe('True');
    expect(world.profile.status.lastGood?.max).toBe(40);
  },
);
