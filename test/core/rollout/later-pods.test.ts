/** Pods that come while settings are observed, from an autoscaler or in the place of evicted ones: each may crash once at its start. */
import { describe, expect, test } from 'vitest';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { failPod } from '../simulation/disruptions.ts';
import type { Pod } from '../simulation/pods.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

/** 30 is good, and 40 is observed for an hour. */
function observing(): World {
  const world = new World();
  edit(world, poolOf(30), 'Disabled');
  world.converge();
  world.wait(3_600_000);
  edit(world, poolOf(40), 'Disabled', { observeSeconds: 3600 });
  pass(world, 5);
  expect(readyIn(world)?.reason).toBe('Observing');
  return world;
}

const LATER = {
  'an autoscaler adds': (world: World) => world.backend.scale(4),
  'replaces an evicted one': (world: World) => failPod(world.backend, 'Evicted', world.now),
};

/** The pod, after its container has crashed so many times, and started again. */
const crashed = (pod: Pod, restarts: number, at: number): Pod => ({
  ...pod,
  containers: pod.containers.map((one) => ({ ...one, restarts, crash: { exitCode: 1, reason: 'Error', at } })),
});

/** `which` of the live pods crashes; a look each time. */
function crash(world: World, which: 'first' | 'last', times: number): void {
  for (let restarts = 1; restarts <= times; restarts += 1) {
    const pod = world.backend.live.at(which === 'first' ? 0 : -1);
    world.backend.pods = world.backend.pods.map((one) => (one === pod ? crashed(one, restarts, world.now) : one));
    world.reconcile();
  }
  pass(world, 3);
}

describe.for(Object.entries(LATER))('a pod that %s while settings are observed', ([, come]) => {
  function withLaterPod(): World {
    const world = observing();
    come(world);
    world.settle();
    world.reconcile();
    return world;
  }

  test('may crash once at its start', () => {
    const world = withLaterPod();
    crash(world, 'last', 1);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    world.wait(3_600_000);
    world.converge();
    expect(world.profile.status.lastGood?.max).toBe(40);
  });

  test('fails the settings with its second crash', () => {
    const world = withLaterPod();
    crash(world, 'last', 2);
    expect(world.backend.configInUse).toBe(configMapOf(30));
    expect(world.profile.status.lastFailed?.max).toBe(40);
  });

  test('gives no other pod a crash', () => {
    const world = withLaterPod();
    crash(world, 'first', 1);
    expect(world.backend.configInUse).toBe(configMapOf(30));
  });
});
