/** A profile is deleted with Retain and applied under another name: the backend, and what is known of it, are taken over. */
import { expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { replace } from '../simulation/disruptions.ts';
import { poolOf } from '../simulation/settings.ts';
import { change, edit, makeRequest, setVariable } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const NEW = 'renamed';
const configMapOf = (max: number) => poolConfig(NEW, poolOf(max)).name;

function rename(world: World): void {
  const { profile } = world;
  world.profiles = [];
  world.put({ ...profile, name: NEW, uid: NEW, status: {}, finalizers: [], createdAt: world.now });
}

function pass(world: World, rounds: number): void {
  for (let round = 0; round < rounds; round += 1) {
    world.settle();
    world.reconcile(undefined, NEW);
    world.wait(MINUTE);
  }
}

function rolledOut(max: number): World {
  const world = new World();
  edit(world, poolOf(max), 'Disabled');
  world.converge();
  return world;
}

const conditionOf = (world: World, type: string) =>
  world.named(NEW)?.status.conditions?.find((one) => one.type === type);

test('settings that crash are rolled back to what was good under the former name', () => {
  const world = rolledOut(60);
  rename(world);
  world.backend.crashAbove = 100;
  change(world, { pool: poolOf(150) }, NEW);
  pass(world, 20);
  expect(world.backend.configInUse).toBe(configMapOf(60));
  expect(conditionOf(world, 'RolledBack')).toMatchObject({ status: 'True' });
  expect(world.backend.pods.filter(({ isReady }) => isReady)).toHaveLength(3);
});

test('a rollback that a user requests goes to what was good under the former name', () => {
  const world = rolledOut(60);
  rename(world);
  change(world, { pool: poolOf(70) }, NEW);
  pass(world, 5);
  expect(world.backend.configInUse).toBe(configMapOf(70));
  makeRequest(world, { rollbackRequestedAt: 'now' }, NEW);
  pass(world, 5);
  expect(world.backend.configInUse).toBe(configMapOf(60));
});

test('settings that crash go back to the variables from before where the former settings have not been good', () => {
  const world = new World();
  edit(world, poolOf(60), 'Disabled', { observeSeconds: 3600 });
  for (let round = 0; round < 3; round += 1) {
    world.reconcile();
    world.settle();
  }
  rename(world);
  world.backend.crashAbove = 100;
  change(world, { pool: poolOf(150) }, NEW);
  pass(world, 20);
  expect(world.backend.configInUse).toBeUndefined();
  expect(world.configMaps.some(({ name }) => name === configMapOf(60))).toBe(false);
});

test('the same settings are rolled out once, and become good', () => {
  const world = rolledOut(60);
  rename(world);
  pass(world, 10);
  expect(world.templateWrites.slice(1)).toEqual([configMapOf(60)]);
  expect(conditionOf(world, 'Ready')).toMatchObject({ status: 'True' });
});

test.for([false, true])('what was adopted under the former name is restored; replaced in between: %s', (isReplaced) => {
  const world = new World();
  setVariable(world.backend, 'DB_POOL_MAX', 'value');
  const before = world.backend.template.containers[0]?.env[0]?.source;
  change(world, { targetRef: { adopt: true } });
  edit(world, poolOf(60), 'Disabled');
  world.converge();
  rename(world);
  pass(world, 5);
  expect(world.backend.configInUse).toBe(configMapOf(60));
  if (isReplaced) replace(world.backend);
  change(world, { onDelete: 'Restore' }, NEW);
  pass(world, 5);
  const renamed = world.named(NEW);
  if (renamed !== undefined) world.delete(renamed);
  pass(world, 10);
  expect(world.named(NEW)).toBeUndefined();
  expect(world.backend.template.containers[0]?.env.map(({ name, source }) => [name, source])).toEqual([
    ['DB_POOL_MAX', before],
  ]);
});
