/** Whoever writes the whole Deployment back may put another container first, or rename the one that has the pool. */
import { expect, test } from 'vitest';
import type { ObservedContainer } from '../../../src/core/model/observed.ts';
import { VARIABLES } from '../../../src/core/model/variables.ts';
import { spec } from '../builders.ts';
import type { Backend } from '../simulation/backend.ts';
import { replace, replaceByForce } from '../simulation/disruptions.ts';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { change, edit, setVariable } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const fresh = (name: string): ObservedContainer => ({ name, env: [], envFrom: [], hasReadinessProbe: true });

function rolledOut(): World {
  const world = new World();
  edit(world, poolOf(40), 'Disabled');
  world.converge();
  return world;
}

/** The variables of each container, and the ConfigMap or value that they come from. */
const variablesIn = ({ template }: Backend) =>
  Object.fromEntries(
    template.containers.map(({ name, env }) => [
      name,
      Object.fromEntries(
        env.map((one) => [
          one.name,
          one.source.kind === 'value' ? one.source.value : 'name' in one.source && one.source.name,
        ]),
      ),
    ]),
  );

const from = (configMap: string) => Object.fromEntries(VARIABLES.map((name) => [name, configMap]));

type Replacing = (world: World) => void;
const REPLACING: readonly [string, Replacing][] = [
  ['replace', ({ backend }) => replace(backend)],
  ['replace --force', (world) => replaceByForce(world, world.backend)],
];

/** The owner's manifest with these containers, none of which has the variables. */
function write(world: World, byReplacing: Replacing, ...names: readonly string[]): void {
  byReplacing(world);
  world.backend.write({ containers: names.map(fresh) });
  world.settle();
  pass(world, 5);
}

test.for(REPLACING)('%s with another container first: the variables go back into their container', ([, replacing]) => {
  const world = rolledOut();
  write(world, replacing, 'proxy', 'app');
  expect(variablesIn(world.backend)).toEqual({ proxy: {}, app: from(configMapOf(40)) });
  expect(readyIn(world)?.status).toBe('True');
});

test.for(REPLACING)(
  '%s with another container first: the next settings go into the same container',
  ([, replacing]) => {
    const world = rolledOut();
    write(world, replacing, 'proxy', 'app');
    edit(world, poolOf(50), 'Disabled');
    world.converge();
    expect(variablesIn(world.backend)).toEqual({ proxy: {}, app: from(configMapOf(50)) });
  },
);

test.for(REPLACING)('%s that renames the container beside another one: a person names the new one', ([, replacing]) => {
  const world = rolledOut();
  write(world, replacing, 'web', 'sidecar');
  expect(variablesIn(world.backend)).toEqual({ web: {}, sidecar: {} });
  expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'ContainerChanged' });
  expect(readyIn(world)?.message).toMatch(
    /container app, which the Deployment no longer has.*spec.targetRef.container/,
  );
  change(world, { targetRef: { container: 'web' } });
  pass(world, 5);
  expect(variablesIn(world.backend)).toEqual({ web: from(configMapOf(40)), sidecar: {} });
  expect(readyIn(world)?.status).toBe('True');
});

test.for(REPLACING)('%s that renames the only container: it has the variables again', ([, replacing]) => {
  const world = rolledOut();
  write(world, replacing, 'web');
  expect(variablesIn(world.backend)).toEqual({ web: from(configMapOf(40)) });
});

test('a sidecar that is put first later, or becomes the default container, changes nothing', () => {
  const world = rolledOut();
  const writes = world.templateWrites.length;
  world.backend.write({ containers: [fresh('proxy'), ...world.backend.template.containers] });
  world.backend.deployment = { ...world.backend.deployment, defaultContainer: 'proxy' };
  world.settle();
  pass(world, 5);
  expect(world.templateWrites.length).toBe(writes);
  expect(readyIn(world)?.status).toBe('True');
});

test.for(REPLACING)('%s with another container first: what was adopted is restored where it was', ([, replacing]) => {
  const world = new World();
  setVariable(world.backend, 'DB_POOL_MAX', 'value');
  const adopted = variablesIn(world.backend)['app'];
  change(world, {
    targetRef: { adopt: true },
    pool: poolOf(40),
    probe: spec({ probe: { policy: 'Disabled' } }).probe,
    onDelete: 'Restore',
  });
  world.converge();
  write(world, replacing, 'proxy', 'app');
  expect(variablesIn(world.backend)).toEqual({ proxy: {}, app: from(configMapOf(40)) });
  world.delete(world.profile);
  world.converge();
  expect(variablesIn(world.backend)).toEqual({ proxy: {}, app: adopted });
  expect(world.named('search')).toBeUndefined();
});
