/** New settings meet a release of somebody else that took the variables away and crashes: they are not blamed for it. */
import { expect, test } from 'vitest';
import { replace, replaceByForce } from '../simulation/disruptions.ts';
import { configMapOf, poolOf, readyIn } from '../simulation/settings.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const CRASHES = 'a release that crashes';

function running40(): World {
  const world = new World();
  for (const max of [30, 40]) {
    edit(world, poolOf(max), 'Disabled');
    world.converge();
  }
  world.backend.crashingRelease = CRASHES;
  return world;
}

const failureOf = (world: World, max: number) =>
  world.configMaps.find(({ name }) => name === configMapOf(max))?.state.failed;

type Step = (world: World) => void;
const change: Step = (world) => edit(world, poolOf(50), 'Disabled');
const release: Step = ({ backend }) => replace(backend, CRASHES);
const releaseByForce: Step = (world) => replaceByForce(world, world.backend, CRASHES);

test.for<[string, readonly Step[]]>([
  ['the settings change first', [change, release]],
  ['the release comes first', [release, change]],
  ['the settings change first, and the release is by force', [change, releaseByForce]],
  ['the release comes first, by force', [releaseByForce, change]],
])('new settings that overtake a release are not blamed for its crashes: %s', ([, steps]) => {
  const world = running40();
  for (const step of steps) step(world);
  world.converge();
  expect(world.backend.configInUse).toBe(configMapOf(50));
  expect(failureOf(world, 50)).toBeUndefined();
  world.backend.crashingRelease = undefined;
  world.backend.recover();
  world.converge();
  expect(readyIn(world)).toMatchObject({ status: 'True' });
});

test.for<[string, Step]>([
  ['replace', release],
  ['replace --force', releaseByForce],
])('settings that follow the repair of a release that crashes are not blamed for it: %s', ([, byWhom]) => {
  const world = running40();
  byWhom(world);
  world.converge();
  change(world);
  world.converge();
  expect(failureOf(world, 50)).toBeUndefined();
});

test('new settings that crash are rolled back where a release before them runs well', () => {
  const world = running40();
  replace(world.backend, 'a release that runs');
  world.converge();
  world.backend.crashAbove = 45;
  change(world);
  world.converge();
  expect(failureOf(world, 50)).toBeDefined();
  expect(world.backend.configInUse).toBe(configMapOf(40));
});
