/** `kubectl rollout restart` while settings are observed: the new pods are judged as in a rollout. */
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { configMapOf, poolOf, readyIn } from '../simulation/settings.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

/** 30 is good, 40 is observed, and somebody restarts the pods: the first new one is there. */
function restarted(): World {
  const world = new World();
  edit(world, poolOf(30), 'Disabled');
  world.converge();
  edit(world, poolOf(40), 'Disabled', { observeSeconds: 600 });
  for (let round = 0; round < 3; round += 1) {
    world.reconcile();
    world.settle();
  }
  expect(readyIn(world)?.reason).toBe('Observing');
  world.wait(60_000);
  world.backend.restart();
  world.backend.step(world.now);
  return world;
}

/** The newest pod does not become ready: it crashed as often, and runs. */
function keepUnready(world: World, restarts: number): void {
  const { sets, pods } = world.backend;
  const newest = pods.find(({ ownerUid }) => ownerUid === sets[0]?.uid);
  const crash = restarts === 0 ? undefined : { exitCode: 1, reason: 'Error', at: world.now };
  world.backend.pods = pods.map((pod) =>
    pod === newest
      ? {
          ...pod,
          isReady: false,
          readyChangedAt: world.now - 5000,
          containers: pod.containers.map((one) => ({
            ...one,
            isReady: false,
            restarts,
            startedAt: world.now - 1000,
            crash,
          })),
        }
      : pod,
  );
}

describe('pods that are restarted while their settings are observed', () => {
  test('one crash at the start of a new pod is no failure, and the second one is', () => {
    const world = restarted();
    keepUnready(world, 1);
    world.reconcile();
    world.reconcile();
    expect(world.profile.status.lastFailed).toBeUndefined();
    keepUnready(world, 2);
    world.reconcile();
    world.reconcile();
    expect(world.profile.status.lastFailed?.hash).toBe(poolConfig('search', poolOf(40)).hash);
  });

  test('settings with which new pods never become ready are rolled back at the deadline', () => {
    const world = restarted();
    keepUnready(world, 0);
    const { status } = world.backend.deployment;
    const late = { deadlineExceeded: 'timed out progressing', deadlineAt: world.now + 1000 };
    world.backend.deployment = { ...world.backend.deployment, status: { ...status, ...late } };
    world.reconcile();
    world.reconcile();
    world.reconcile();
    expect(world.backend.configInUse).toBe(configMapOf(30));
    expect(world.profile.status.lastFailed?.reason).toBe('NotReady');
  });

  test('settings are observed again from the end of the restart on', () => {
    const world = restarted();
    world.settle();
    world.wait(595_000);
    world.reconcile();
    expect(readyIn(world)?.reason).toBe('Observing');
    world.wait(599_000);
    world.reconcile();
    expect(world.profile.status.lastGood?.max).toBe(30);
    world.wait(1000);
    world.converge();
    expect(world.profile.status.lastGood?.max).toBe(40);
  });
});
