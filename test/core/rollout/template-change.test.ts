/** Which changes of the pod template explain a failure, so that the settings are not blamed for it. */
import { describe, expect, test } from 'vitest';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

/** A backend with good settings. */
function rolledOut(max: number): World {
  const world = new World();
  edit(world, poolOf(max), 'Disabled');
  world.converge();
  world.wait(3_600_000);
  return world;
}

describe('a change of the pod template', () => {
  test.for<[string, (world: World) => void]>([
    ['stamps the template', () => undefined],
    ['stamps the template, and somebody restarts the rollout', ({ backend }) => backend.restart()],
    ['stamps the template, and somebody writes it again', ({ backend }) => backend.write({})],
  ])('settings that crash are rolled back although a webhook %s', ([, disrupt]) => {
    const world = rolledOut(40);
    world.backend.isStampedAtEachWrite = true;
    world.backend.crashAbove = 100;
    edit(world, poolOf(150), 'Disabled');
    world.reconcile();
    world.reconcile();
    disrupt(world);
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(40));
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });

  test.for<[string, Parameters<World['backend']['write']>[0]]>([
    ['an image', { foreignTemplateHash: 'image 2' }],
    ['an annotation, as Helm charts do for another ConfigMap', { stamp: 1 }],
  ])('settings are not blamed for pods that crash after somebody changed %s', ([, change]) => {
    const world = rolledOut(40);
    edit(world, poolOf(50), 'Disabled');
    world.reconcile();
    world.reconcile();
    world.backend.write(change);
    world.backend.crashAbove = -1;
    pass(world, 10);
    expect(world.backend.configInUse).toBe(configMapOf(50));
    expect(readyIn(world)?.reason).toBe('TemplateChanged');
  });
});
