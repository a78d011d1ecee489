/** What a rollout is blamed for, from beginning to end in the simulated namespace. */
import { describe, expect, test } from 'vitest';
import { crashAll, failPod, restartPods } from '../simulation/disruptions.ts';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { edit, makeRequest, setByHand } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const conditionIn = (world: World, type: string) => world.profile.status.conditions?.find((one) => one.type === type);

/** Settings that were rolled out one after the other, each an hour later. */
function rolledOut(...maxima: readonly number[]): World {
  const world = new World();
  for (const max of maxima) {
    edit(world, poolOf(max), 'Disabled');
    world.converge();
    world.wait(HOUR);
  }
  return world;
}

/** 40 has run well for a day, in which each pod crashed twice. */
function withOldRestarts(): World {
  const world = rolledOut(30, 40);
  restartPods(world.backend, 'killed', 2, world.now);
  world.wait(DAY);
  world.converge();
  expect(readyIn(world)).toMatchObject({ status: 'True' });
  return world;
}

describe('pods with old restarts', () => {
  test('pods with old restarts do not keep a rollback from its end', () => {
    const world = withOldRestarts();
    world.backend.crashAbove = 100;
    edit(world, poolOf(150), 'Disabled');
    world.reconcile();
    pass(world, 30);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });

  test('pods with old restarts do not fail settings that are set back within a minute', () => {
    const world = withOldRestarts();
    edit(world, poolOf(50), 'Disabled');
    world.reconcile();
    world.backend.step(world.now);
    world.wait(1000);
    edit(world, poolOf(40), 'Disabled');
    world.reconcile();
    pass(world, 30);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.status).toBe('True');
  });

  test('pods with old restarts do not fail settings that follow an undo', () => {
    const world = withOldRestarts();
    edit(world, poolOf(50), 'Disabled');
    world.reconcile();
    world.backend.step(world.now);
    world.wait(1000);
    world.backend.undo();
    world.settle();
    world.reconcile();
    world.wait(MINUTE);
    world.reconcile();
    expect(readyIn(world)?.reason).toBe('UndoneByUser');
    edit(world, poolOf(40), 'Disabled');
    pass(world, 30);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.status).toBe('True');
  });

  test('pods that crash on are judged although they had crashed before: settings were never good', () => {
    const world = rolledOut(30);
    world.backend.crashAbove = 100;
    edit(world, poolOf(150), 'Disabled');
    world.reconcile();
    world.backend.step(world.now);
    edit(world, poolOf(160), 'Disabled');
    pass(world, 30);
    expect(world.backend.configInUse).toBe(configMapOf(30));
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });
});

test('a rollback ends although pods that it keeps crash once more meanwhile', () => {
  const world = rolledOut(40);
  world.backend.crashAbove = 100;
  edit(world, poolOf(150), 'Disabled');
  world.reconcile();
  world.backend.step(world.now);
  for (let round = 0; round < 3; round += 1) world.reconcile();
  expect(world.backend.configInUse).toBe(configMapOf(40));
  restartPods(world.backend, 'killed', 3, world.now);
  pass(world, 5);
  expect(readyIn(world)?.reason).toBe('RolledBack');
});

test('a retry after Hold succeeds where the pods have come up', () => {
  const world = rolledOut(30);
  world.backend.crashAbove = 100;
  edit(world, poolOf(150), 'Disabled', { onFailure: 'Hold' });
  world.converge();
  expect(readyIn(world)?.reason).toBe('RolloutFailed');
  const crashes = world.backend.pods.map(({ containers: [app] }) => app?.restarts);
  expect(Math.max(...crashes.map((restarts = 0) => restarts))).toBeGreaterThan(0);
  world.backend.crashAbove = Number.POSITIVE_INFINITY;
  world.settle();
  world.wait(10 * MINUTE);
  makeRequest(world, { retryRequestedAt: 'again' });
  pass(world, 20);
  expect(readyIn(world)?.status).toBe('True');
  expect(world.backend.configInUse).toBe(configMapOf(150));
});

test('an edit by hand that crashes is repaired, and the good settings are not blamed for it', () => {
  const world = rolledOut(30, 40);
  world.backend.crashAbove = 100;
  setByHand(world.backend, '150');
  world.settle();
  world.reconcile();
  world.wait(10 * MINUTE);
  const { deployment } = world.backend;
  const status = { ...deployment.status, deadlineExceeded: 'timed out progressing' };
  world.backend.deployment = { ...deployment, status };
  world.reconcile();
  expect(world.backend.configInUse).toBe(configMapOf(40));
  world.backend.deployment = {
    ...world.backend.deployment,
    status: { ...world.backend.deployment.status, deadlineExceeded: undefined },
  };
  // The controller has seen the template and said so; the pod that crashes is deleted a moment later.
  world.backend.observe(world.now);
  world.reconcile();
  pass(world, 10);
  expect(world.backend.configInUse).toBe(configMapOf(40));
  expect(readyIn(world)?.status).toBe('True');
});

describe('a release that crashes already', () => {
  test('a release that crashes before the first rollout is not the fault of the settings', () => {
    const world = new World();
    crashAll(world.backend, world.now);
    world.settle();
    edit(world, poolOf(40), 'Disabled');
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'FailedBefore' });
    expect(conditionIn(world, 'Stalled')).toMatchObject({ reason: 'FailedBefore' });
    world.backend.recover();
    pass(world, 10);
    expect(readyIn(world)?.status).toBe('True');
  });

  test('a release that crashes under good settings turns the rollback of the next ones off', () => {
    const world = rolledOut(30, 40);
    crashAll(world.backend, world.now);
    world.settle();
    edit(world, poolOf(50), 'Disabled');
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(50));
    expect(readyIn(world)?.reason).toBe('FailedBefore');
    edit(world, poolOf(60), 'Disabled');
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(60));
    expect(readyIn(world)?.reason).toBe('FailedBefore');
  });

  test.for<[string, (world: World) => void]>([
    ['pods crashed once a month ago', (world) => restartPods(world.backend, 'killed', 1, world.now - 30 * DAY)],
    ['pods crashed again and again an hour ago', (world) => restartPods(world.backend, 'killed', 3, world.now - HOUR)],
    ['nodes rebooted just now', (world) => restartPods(world.backend, 'rebooted', 1, world.now)],
  ])('settings that crash are rolled back although %s', ([, disrupt]) => {
    const world = rolledOut(40);
    disrupt(world);
    world.backend.crashAbove = 100;
    edit(world, poolOf(150), 'Disabled');
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });

  test('a release that crashes a while after each start, and runs when the rollout starts, is not the fault of the settings', () => {
    const world = rolledOut(40);
    restartPods(world.backend, 'error', 1, world.now - MINUTE);
    world.backend.crashAbove = 0;
    edit(world, poolOf(50), 'Disabled');
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(50));
    expect(readyIn(world)?.reason).toBe('FailedBefore');
  });

  test('settings that crash are rolled back although somebody restarts the rollout', () => {
    const world = rolledOut(40);
    world.backend.crashAbove = 100;
    edit(world, poolOf(150), 'Disabled');
    world.reconcile();
    world.backend.restart();
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });
});

describe('pods that end for another reason than their settings', () => {
  const observing = (): World => {
    const world = rolledOut(30);
    edit(world, poolOf(40), 'Disabled', { observeSeconds: 600 });
    pass(world, 3);
    expect(readyIn(world)?.reason).toBe('Observing');
    return world;
  };

  test.for<[string, (world: World) => void]>([
    ['are evicted', (world) => failPod(world.backend, 'Evicted', world.now)],
    ['are preempted', (world) => failPod(world.backend, 'Preempting', world.now)],
    ['are on a node that shuts down', (world) => failPod(world.backend, 'NodeShutdown', world.now)],
    ['are drained', (world) => world.backend.evict(world.now)],
    ['are on a node that reboots', (world) => restartPods(world.backend, 'rebooted', 1, world.now)],
  ])('settings are good after an observation in which pods %s', ([, disrupt]) => {
    const world = observing();
    for (let round = 0; round < 5; round += 1) {
      disrupt(world);
      world.reconcile();
      pass(world, 1);
    }
    pass(world, 10);
    expect(readyIn(world)?.status).toBe('True');
    expect(world.profile.status.lastGood?.max).toBe(40);
  });

  test('settings fail in an observation in which a pod runs out of memory', () => {
    const world = observing();
    restartPods(world.backend, 'killed', 1, world.now);
    pass(world, 10);
    expect(readyIn(world)?.reason).toBe('RolledBack');
    expect(world.profile.status.lastFailed?.reason).toBe('OOMKilled');
  });
});

describe('settings that are rolled out at 0 replicas', () => {
  const observe = { observeSeconds: 60 };
  const atNone = (...maxima: readonly number[]): World => {
    const world = rolledOut(40);
    world.backend.scale(0);
    world.converge();
    for (const max of maxima) {
      edit(world, poolOf(max), 'Disabled', observe);
      world.converge();
    }
    return world;
  };

  test('settings of which no pod has run are not good', () => {
    const world = atNone(150);
    expect(readyIn(world)?.status).toBe('True');
    expect(conditionIn(world, 'RolledOut')?.message).toContain('The settings are observed once there are pods');
    expect(world.profile.status.lastGood?.max).toBe(40);
    expect(world.profile.status.history?.[0]).toMatchObject({ max: 150, result: 'InProgress' });
  });

  test('settings that crash eight hours later, when pods are back, are rolled back', () => {
    const world = atNone(150);
    world.backend.crashAbove = 100;
    world.wait(8 * HOUR);
    world.backend.scale(3);
    pass(world, 40);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });

  test('settings that crash once pods are back stay after a release at 0 replicas, and a person is called', () => {
    const world = atNone(150);
    world.backend.write({ foreignTemplateHash: 'image 2' });
    world.converge();
    world.backend.crashAbove = 100;
    world.wait(8 * HOUR);
    world.backend.scale(3);
    pass(world, 40);
    expect(world.backend.configInUse).toBe(configMapOf(150));
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'TemplateChanged' });
    expect(conditionIn(world, 'Stalled')).toMatchObject({ status: 'True', reason: 'TemplateChanged' });
    expect(world.profile.status.lastFailed).toBeUndefined();
    world.backend.recover();
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
    expect(world.profile.status.lastGood?.max).toBe(150);
  });

  test('settings of which no pod has run are not rolled back to', () => {
    const world = atNone(150, 200);
    world.backend.crashAbove = 100;
    world.backend.scale(3);
    pass(world, 40);
    expect(world.backend.configInUse).toBe(configMapOf(40));
  });

  test('settings are good once pods have run for observeSeconds in one piece, however often they are scaled', () => {
    const world = atNone(60);
    for (let round = 0; round < 4; round += 1) {
      world.backend.scale(2);
      world.settle();
      world.reconcile();
      world.wait(50_000);
      world.reconcile();
      world.backend.scale(0);
      world.settle();
      world.reconcile();
      world.wait(HOUR);
      world.reconcile();
      expect(world.profile.status.lastGood?.max).toBe(40);
    }
    world.backend.scale(2);
    world.converge();
    expect(world.profile.status.lastGood?.max).toBe(60);
  });

  test.for<[string, (world: World) => void]>([
    [
      'no pod is left for a moment in which nobody looks',
      ({ backend, now }) => {
        backend.scale(0);
        backend.roll(now);
        backend.scale(3);
      },
    ],
    ['somebody restarts the rollout', ({ backend }) => backend.restart()],
  ])('settings are good once pods have run for observeSeconds, although %s', ([, disrupt]) => {
    const world = rolledOut(40);
    edit(world, poolOf(60), 'Disabled', { observeSeconds: 300 });
    world.reconcile();
    world.settle();
    world.reconcile();
    world.wait(290_000);
    disrupt(world);
    world.settle();
    world.wait(15_000);
    world.reconcile();
    expect(readyIn(world)?.reason).toBe('Observing');
    expect(world.profile.status.lastGood?.max).toBe(40);
    world.wait(299_000);
    world.reconcile();
    expect(world.profile.status.lastGood?.max).toBe(40);
    world.wait(1000);
    world.converge();
    expect(world.profile.status.lastGood?.max).toBe(60);
  });

  test('settings without an observation are good once a pod was available', () => {
    const world = atNone();
    edit(world, poolOf(60), 'Disabled');
    world.converge();
    expect(world.profile.status.lastGood?.max).toBe(40);
    world.backend.scale(1);
    world.converge();
    expect(world.profile.status.lastGood?.max).toBe(60);
  });
});

test('a template write that is refused leaves no rollout of its own in the history', () => {
  const world = rolledOut(40);
  edit(world, poolOf(60), 'Disabled');
  world.fallBehind(['deployment']);
  world.backend.write({ foreignTemplateHash: 'image 2' });
  // The ConfigMap is rendered, and then the write of the template conflicts with the new image.
  for (let round = 0; round < 3; round += 1) world.reconcile();
  world.wait(MINUTE);
  world.converge();
  expect(world.backend.configInUse).toBe(configMapOf(60));
  expect(world.profile.status.history?.map(({ max, result }) => [max, result])).toEqual([
    [60, 'Succeeded'],
    [40, 'Succeeded'],
  ]);
});
