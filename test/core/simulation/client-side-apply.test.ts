import { expect, test } from 'vitest';
import { applyClientSide } from './client-side-apply.ts';
import { change } from './user-actions.ts';
import { World } from './world.ts';

const env = ({ backend }: World) => backend.template.containers[0]?.env.map(({ name, source }) => [name, source.kind]);

function adopted(): World {
  const world = new World();
  applyClientSide(world.backend, { DB_POOL_MAX: '30' });
  change(world, { targetRef: { adopt: true } });
  return world;
}

test('a client-side apply sets what its manifest has, and deletes what the last one had', () => {
  const world = new World();
  expect(applyClientSide(world.backend, { DB_POOL_MIN: '2', DB_POOL_MAX: '30' })).toBe(true);
  expect(env(world)).toEqual([
    ['DB_POOL_MIN', 'value'],
    ['DB_POOL_MAX', 'value'],
  ]);
  applyClientSide(world.backend, { DB_POOL_MAX: '30' });
  expect(env(world)).toEqual([['DB_POOL_MAX', 'value']]);
});

test('adopted variables stand in the annotation no more, so that the next apply does not delete them', () => {
  const world = adopted();
  world.reconcile();
  expect(world.backend.observed.lastApplied?.variables).toEqual([]);
  expect(world.writes).toEqual([]);
  world.converge();
  applyClientSide(world.backend, {});
  expect(env(world)).toContainEqual(['DB_POOL_MAX', 'configMap']);
});

test('the manifest with an adopted variable is rejected', () => {
  const world = adopted();
  world.converge();
  const before = world.backend.template;
  expect(applyClientSide(world.backend, { DB_POOL_MAX: '30' })).toBe(false);
  expect(world.backend.template).toEqual(before);
});

test('the edit of the annotation starts no rollout', () => {
  const world = adopted();
  const { generation } = world.backend.deployment;
  world.reconcile();
  expect(world.backend.deployment.generation).toBe(generation);
});
