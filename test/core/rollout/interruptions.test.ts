/** Containers that something else ends while pods are replaced, such as the reboot of a node, or cannot start: these restarts do not count. */
import { describe, expect, test } from 'vitest';
import type { ObservedPodContainer } from '../../../src/core/model/observed.ts';
import { parseState } from '../../../src/core/model/config-state.ts';
import { NOW, pod, renderedConfigMap, succeededState } from '../builders.ts';
import {
  actionNames,
  newConfig,
  observedRollout,
  oldConfig,
  recordedAnnotations,
  startedRollout,
} from '../rollout-builders.ts';
import { failPod, restartPods } from '../simulation/disruptions.ts';
import type { Pod } from '../simulation/pods.ts';
import { poolOf, readyIn } from '../simulation/settings.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

/** 30 is good, and the first pods of 40 are there: a quota keeps the last one from being made. */
function replacing(): World {
  const world = new World();
  edit(world, poolOf(30), 'Disabled');
  world.converge();
  edit(world, poolOf(40), 'Disabled');
  world.reconcile();
  world.backend.step(world.now);
  world.backend.step(world.now);
  world.backend.isOverQuota = true;
  world.settle();
  world.reconcile();
  expect(newPods(world).length).toBeGreaterThan(0);
  expect(readyIn(world)?.reason).toBe('ReplicaFailure');
  return world;
}

const newPods = ({ backend: { sets, live } }: World) => live.filter(({ ownerUid }) => ownerUid === sets[0]?.uid);

type Event = 'rebooted' | 'error' | 'evicted' | 'looping' | 'startFailed';

const PLAY: Readonly<Record<Event, (world: World) => void>> = {
  rebooted: ({ backend, now }) => restartPods(backend, 'rebooted', 1, now),
  error: ({ backend, now }) => restartPods(backend, 'error', 1, now),
  evicted: ({ backend, now }) => failPod(backend, 'Evicted', now),
  looping: (world) =>
    endToWait(world, {
      waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
      crash: { exitCode: 1, reason: 'Error', at: world.now },
      wasInterrupted: undefined,
    }),
  startFailed: (world) =>
    endToWait(world, {
      waiting: { reason: 'StartError', message: 'failed to create containerd task' },
      crash: undefined,
      wasInterrupted: true,
    }),
};

/** The containers of the new pods end, and wait for their next start. */
function endToWait(world: World, end: Partial<ObservedPodContainer>): void {
  const fresh = newPods(world);
  const ended = (one: Pod): Pod => ({
    ...one,
    isReady: false,
    containers: one.containers.map((app) => ({
      ...app,
      isReady: false,
      startedAt: undefined,
      restarts: app.restarts + 1,
      ...end,
    })),
  });
  world.backend.pods = world.backend.pods.map((one) => (fresh.includes(one) ? ended(one) : one));
}

function play(world: World, events: readonly Event[]): void {
  for (const event of events) {
    PLAY[event](world);
    world.reconcile();
    world.settle();
    world.wait(5000);
    world.reconcile();
  }
}

describe('while pods are replaced', () => {
  test.for<{ readonly events: readonly Event[] }>([
    { events: ['rebooted'] },
    { events: ['rebooted', 'rebooted', 'rebooted'] },
    { events: ['rebooted', 'error'] },
    { events: ['error', 'rebooted'] },
    { events: ['rebooted', 'error', 'rebooted', 'error'] },
    { events: ['rebooted', 'rebooted', 'error', 'rebooted'] },
    { events: ['evicted', 'error'] },
    { events: ['evicted', 'rebooted', 'error'] },
    { events: ['startFailed', 'startFailed', 'startFailed'] },
    { events: ['error', 'startFailed', 'startFailed'] },
  ])('settings do not fail by $events', ({ events }) => {
    const world = replacing();
    play(world, events);
    expect(world.profile.status.lastFailed).toBeUndefined();
    world.backend.recover();
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
    expect(world.profile.status.lastGood?.max).toBe(40);
  });

  test.for<{ readonly events: readonly Event[] }>([
    { events: ['error', 'error'] },
    { events: ['rebooted', 'error', 'error'] },
    { events: ['error', 'rebooted', 'error', 'error'] },
    { events: ['rebooted', 'looping'] },
    { events: ['looping'] },
    { events: ['startFailed', 'looping'] },
  ])('settings fail by $events', ({ events }) => {
    const world = replacing();
    play(world, events);
    expect(world.profile.status.lastFailed?.max).toBe(40);
  });
});

describe('the baseline of a rollout', () => {
  const interrupted = (name: string, restarts: number, isRunning = true) =>
    pod(newConfig.hash, {
      name,
      isReady: false,
      containers: [
        {
          name: 'app',
          isReady: false,
          restarts,
          startedAt: isRunning ? NOW - 5000 : undefined,
          waiting: undefined,
          crash: undefined,
          wasInterrupted: true,
        },
      ],
    });
  type Restarts = Readonly<Record<string, number>> | 'uncounted';
  const seenWith = (restarts: Restarts | undefined, pods: ReturnType<typeof pod>[], isGood = false) => {
    const rollout = { ...startedRollout, ...(restarts && { baseline: { restarts } }) };
    const state = isGood ? succeededState : { rollout };
    return observedRollout({
      pods,
      configMaps: [renderedConfigMap(newConfig, { state }), renderedConfigMap(oldConfig, { state: succeededState })],
    });
  };
  const many = Array.from({ length: 65 }, (_, index) => interrupted(`pod-${index}`, 1));

  test.for<[string, Restarts | undefined, ReturnType<typeof pod>[], Restarts]>([
    ['restarts of a pod whose node rebooted', undefined, [interrupted('a', 2)], { a: 2 }],
    ['no pod that is gone', { a: 1, b: 3 }, [interrupted('a', 2)], { a: 2 }],
    ['restarts from before of other pods', { b: 3 }, [interrupted('a', 2), interrupted('b', 3)], { a: 2, b: 3 }],
    ['no restarts where there are too many', undefined, many, 'uncounted'],
  ])('has %s', ([, before, pods, after]) => {
    const { rollout } = parseState(recordedAnnotations(seenWith(before, pods)));
    expect(rollout).toEqual({ ...startedRollout, baseline: { restarts: after } });
  });

  test.for<[string, ReturnType<typeof seenWith>]>([
    ['that it has already', seenWith({ a: 2 }, [interrupted('a', 2)])],
    ['while the container does not run', seenWith(undefined, [interrupted('a', 2, false)])],
    ['where restarts do not count', seenWith('uncounted', [interrupted('a', 2)])],
    ['of good settings', seenWith(undefined, [interrupted('a', 2)], true)],
  ])('is not written again for an interruption %s', ([, seen]) => {
    expect(actionNames(seen)).toEqual([]);
  });
});
