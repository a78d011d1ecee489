import { expect, test } from 'vitest';
import { spec } from '../builders.ts';
import { NO_DEADLINE } from './progress.ts';
import { edit } from './user-actions.ts';
import { World } from './world.ts';

/** A rollout whose pods exceed a quota. */
function hanging(progressDeadlineSeconds = 600): World {
  const world = new World();
  const { backend } = world;
  backend.deployment = { ...backend.deployment, progressDeadlineSeconds };
  edit(world, { ...spec().pool, max: 40 }, 'Disabled');
  world.converge();
  backend.isOverQuota = true;
  edit(world, { ...spec().pool, max: 60 }, 'Disabled');
  world.reconcile();
  world.settle();
  return world;
}

const after = (world: World, ms: number) => {
  world.wait(ms);
  world.settle();
  return world.backend.deployment.status.deadlineExceeded;
};

test('a rollout without progress is reported at its deadline, and not before', () => {
  const world = hanging();
  expect(after(world, 599_000)).toBeUndefined();
  expect(after(world, 1000)).toBe('ReplicaSet has timed out progressing.');
});

test('a rollout without a deadline is never reported', () => {
  expect(after(hanging(NO_DEADLINE), 7_200_000)).toBeUndefined();
});

test('progress takes the report back', () => {
  const world = hanging();
  after(world, 600_000);
  world.backend.isOverQuota = false;
  expect(after(world, 1000)).toBeUndefined();
});

test('pods that come and go after a rollout are no progress of one', () => {
  const world = new World();
  edit(world, { ...spec().pool, max: 40 }, 'Disabled');
  world.converge();
  world.backend.isOverQuota = true;
  world.backend.evict(world.now);
  expect(after(world, 7_200_000)).toBeUndefined();
  expect(world.backend.deployment.status.availableReplicas).toBe(2);
});
