/** Settings that were good stay good, whatever happens to the pods after somebody else changed the backend. */
import { describe, expect, test } from 'vitest';
import { crashAll, replace } from '../simulation/disruptions.ts';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { edit, setByHand } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Settings that were rolled out one after the other, each an hour later. The last ones are good for a day. */
function rolledOut(...maxima: readonly number[]): World {
  const world = new World();
  for (const max of maxima) {
    edit(world, poolOf(max), 'Disabled', { observeSeconds: 300 });
    world.converge();
    world.wait(HOUR);
  }
  world.wait(DAY);
  world.converge();
  return world;
}

const stateOf = (world: World, max: number) => world.configMaps.find(({ name }) => name === configMapOf(max))?.state;

/** 40 runs, was never failed, and is what a later rollback goes to. */
function expectStillGood(world: World, max: number): void {
  expect(world.backend.configInUse).toBe(configMapOf(max));
  expect(stateOf(world, max)?.failed).toBeUndefined();
  expect(world.profile.status.lastGood?.max).toBe(max);
}

describe('good settings that are put back', () => {
  test('good settings are not blamed for the image of a replace that is repaired before its pods crash', () => {
    const world = rolledOut(30, 40);
    replace(world.backend, 'image 2');
    world.backend.crashAbove = -1;
    world.reconcile();
    world.reconcile();
    pass(world, 30);
    expectStillGood(world, 40);
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'CrashLoopBackOff' });
    world.backend.recover();
    world.converge();
    expect(readyIn(world)).toMatchObject({ status: 'True' });
    expect(world.profile.status.history?.[0]).toMatchObject({ max: 40, result: 'Succeeded' });
  });

  test.for([0, 6])('good settings are not blamed for an outage %i minutes after they are put back', (minutes) => {
    const world = rolledOut(30, 40);
    setByHand(world.backend, '41');
    world.reconcile();
    pass(world, minutes);
    crashAll(world.backend, world.now);
    pass(world, 30);
    expectStillGood(world, 40);
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'CrashLoopBackOff' });
  });

  test('good settings are not blamed for a release that comes between two repairs', () => {
    const world = rolledOut(30, 40);
    replace(world.backend);
    world.reconcile();
    replace(world.backend, 'image 2');
    world.backend.crashAbove = -1;
    pass(world, 30);
    expectStillGood(world, 40);
  });

  test('settings that were rolled back to are not blamed for a later release, although the spec has them again', () => {
    const world = rolledOut(30, 40);
    world.backend.crashAbove = 100;
    edit(world, poolOf(150), 'Disabled', { observeSeconds: 300 });
    while (world.backend.configInUse !== configMapOf(40) || stateOf(world, 150)?.failed === undefined) pass(world, 1);
    edit(world, poolOf(40), 'Disabled', { observeSeconds: 300 });
    world.backend.write({ foreignTemplateHash: 'image 2' });
    crashAll(world.backend, world.now);
    pass(world, 30);
    expectStillGood(world, 40);
  });

  test('good settings that a user brought back with a redo are not blamed for a later release', () => {
    const world = rolledOut(30, 40);
    world.backend.undo();
    world.settle();
    world.reconcile();
    world.backend.undo();
    world.settle();
    world.reconcile();
    world.backend.write({ foreignTemplateHash: 'image 2' });
    crashAll(world.backend, world.now);
    pass(world, 30);
    expectStillGood(world, 40);
  });

  test.for<[string, string, (world: World) => void]>([
    ['blamed for pods that crash after somebody edited the variables', '', ({ backend }) => replace(backend)],
    [
      'not blamed for a release that came with the edit',
      'TemplateChanged',
      ({ backend }) => replace(backend, 'image 2'),
    ],
  ])('settings that are put back before they are good are %s', ([, reason, disrupt]) => {
    const world = rolledOut(30);
    edit(world, poolOf(40), 'Disabled', { observeSeconds: 3600 });
    pass(world, 5);
    expect(readyIn(world)?.reason).toBe('Observing');
    disrupt(world);
    world.backend.step(world.now);
    world.reconcile();
    world.backend.crashAbove = 30;
    pass(world, 30);
    expect(world.backend.configInUse).toBe(configMapOf(reason === '' ? 30 : 40));
    expect(readyIn(world)?.reason).toBe(reason === '' ? 'RolledBack' : reason);
  });

  test('new settings are not blamed for pods that crash since good ones were put back', () => {
    const world = rolledOut(30, 40);
    // Longer than 30 minutes, so that the rollout is stuck by the operator's own clock.
    world.backend.deployment = { ...world.backend.deployment, progressDeadlineSeconds: 3600 };
    replace(world.backend, 'image 2');
    world.backend.crashAbove = -1;
    pass(world, 40);
    edit(world, poolOf(50), 'Disabled', { observeSeconds: 300 });
    pass(world, 30);
    expect(world.backend.configInUse).toBe(configMapOf(50));
    expect(readyIn(world)?.reason).toBe('FailedBefore');
  });
});
