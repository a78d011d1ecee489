/** Backends whose pods cannot be made any more, as by a quota or a webhook: nobody rolls them out. */
import { describe, expect, test } from 'vitest';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { change, edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const STRATEGIES = ['RollingUpdate', 'Recreate'] as const;

function backendWith(kind: (typeof STRATEGIES)[number]): World {
  const world = new World();
  if (kind === 'Recreate') world.backend.setStrategy({ kind });
  world.settle();
  return world;
}

/** A quota, and all pods are lost. */
function losePods(world: World): void {
  world.backend.isOverQuota = true;
  world.backend.pods = [];
  world.settle();
}

/** Minutes until the deleted profile is gone. */
function minutesUntilGone(world: World, limit: number): number | undefined {
  for (let minute = 0; minute <= limit; minute += 1) {
    if (world.named('search') === undefined) return minute;
    pass(world, 1);
  }
  return undefined;
}

describe.for(STRATEGIES)('%s', (kind) => {
  test('the first profile of a backend whose pods a quota rejects is rolled out', () => {
    const world = backendWith(kind);
    world.backend.write({ foreignTemplateHash: 'a new image' });
    world.settle();
    world.wait(HOUR);
    losePods(world);
    edit(world, poolOf(40), 'Disabled');
    pass(world, 3);
    expect(world.templateWrites).toEqual([configMapOf(40)]);
    expect(readyIn(world)).toMatchObject({ reason: 'ReplicaFailure', message: expect.stringContaining('quota') });
  });

  test.for([0, 3])('a backend without pods is restored, where %i old ReplicaSets are kept', (historyLimit) => {
    const world = backendWith(kind);
    world.backend.historyLimit = historyLimit;
    change(world, { onDelete: 'Restore', pool: poolOf(60) });
    world.converge();
    world.wait(HOUR);
    losePods(world);
    world.reconcile();
    world.delete(world.profile);
    expect(minutesUntilGone(world, 60)).toBeLessThanOrEqual(3);
    expect(world.backend.configInUse).toBeUndefined();
    expect(world.backend.pods).toEqual([]);
  });

  test('a backend is restored, though a pod that it lost after a complete rollout cannot be replaced', () => {
    const world = backendWith(kind);
    change(world, { onDelete: 'Restore', pool: poolOf(60) });
    world.converge();
    world.wait(HOUR);
    world.delete(world.profile);
    world.reconcile();
    world.settle();
    world.backend.isOverQuota = true;
    world.backend.evict(world.now);
    expect(minutesUntilGone(world, 60)).toBeLessThanOrEqual(3);
    expect(world.backend.pods.filter(({ configMaps }) => configMaps.length > 0)).toEqual([]);
  });
});

test('a Recreate whose old pod never ends is waited for no longer than its deadline', () => {
  const world = backendWith('Recreate');
  change(world, { onDelete: 'Restore', pool: poolOf(60) });
  world.converge();
  world.wait(HOUR);
  world.backend.graceMs = 24 * HOUR;
  world.delete(world.profile);
  world.reconcile();
  world.settle();
  // Without pods in between, the Deployment controller still takes the last rollout for complete.
  const { status } = world.backend.deployment;
  expect(status).toMatchObject({ replicas: 0, updatedReplicas: 0 });
  world.backend.deployment = { ...world.backend.deployment, status: { ...status, progressedAt: undefined } };
  expect(minutesUntilGone(world, 5)).toBeUndefined();
  expect(readyIn(world)).toMatchObject({ reason: 'Restoring' });
  expect(minutesUntilGone(world, 60)).toBeLessThanOrEqual(12);
});

describe('after the observation', () => {
  const settled = () => {
    const world = new World();
    edit(world, poolOf(30), 'Disabled');
    world.converge();
    world.wait(HOUR);
    return world;
  };
  const kinds = (world: World) => world.profile.status.conditions?.map(({ type }) => type);

  test.for<[string, (world: World) => void]>([
    ['a lost pod', ({ backend, now }) => backend.evict(now)],
    ['all lost pods', losePods],
    ['the pods that an autoscaler asks for', ({ backend }) => backend.scale(5)],
    ['those of a restart', ({ backend }) => backend.restart()],
  ])('a quota that rejects %s is named, and a person is called', ([, act]) => {
    const world = settled();
    world.backend.isOverQuota = true;
    act(world);
    pass(world, 3);
    expect(readyIn(world)).toMatchObject({
      reason: 'ReplicaFailure',
      message: expect.stringContaining('exceeded quota'),
    });
    expect(kinds(world)).toContain('Stalled');
    world.backend.isOverQuota = false;
    pass(world, 3);
    expect(readyIn(world)).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  test('a backend that an autoscaler scales is not rolled out', () => {
    const world = settled();
    world.backend.scale(5);
    world.backend.observe(world.now);
    world.reconcile();
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'PodsUnavailable' });
    expect(kinds(world)).toContain('Reconciling');
    pass(world, 1);
    expect(readyIn(world)).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  test('a new image is rolled out, until no old pod is left', () => {
    const world = settled();
    world.backend.write({ foreignTemplateHash: 'a new image' });
    world.reconcile();
    expect(readyIn(world)).toMatchObject({ reason: 'RollingOut' });
    world.backend.observe(world.now);
    world.reconcile();
    expect(readyIn(world)).toMatchObject({ reason: 'RollingOut' });
  });
});

test('a rollback to the values from before the profile, whose pods a quota rejects, is stuck and says why', () => {
  const world = new World();
  world.backend.crashAbove = 100;
  edit(world, poolOf(150), 'Disabled');
  pass(world, 2);
  losePods(world);
  pass(world, 5);
  expect(world.backend.configInUse).toBeUndefined();
  expect(readyIn(world)).toMatchObject({
    reason: 'ReplicaFailure',
    message: expect.stringContaining('exceeded quota'),
  });
});
