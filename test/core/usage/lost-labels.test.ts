/** Somebody takes the label of the profile off the template: its pods count with the largest max that they may have. */
import { expect, test } from 'vitest';
import { currentSessions } from '../../../src/core/budget/peak.ts';
import { spec } from '../builders.ts';
import { dropLabels, replace } from '../simulation/disruptions.ts';
import { sessionsOf, toldPods } from '../simulation/sessions.ts';
import { change, edit, renameProfile, setByHand, setEnvFrom } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

type History = readonly ((world: World) => void)[];

const edited = ({ backend }: World) => setByHand(backend, '1');
const lost = ({ backend }: World) => dropLabels(backend, 'profile');
const allLost = ({ backend }: World) => dropLabels(backend, 'both');
const settled = (world: World) => world.settle();
const replaced = ({ backend }: World) => replace(backend);
const renamed = (world: World) => renameProfile(world, 'renamed', 1);
const lowered = (world: World) => edit(world, { ...spec().pool, min: 1, max: 4 }, 'Disabled');

const HISTORIES: Readonly<Record<string, History>> = {
  'edited, then lost': [edited, lost],
  'edited, then all lost': [edited, allLost],
  'lost, then edited': [lost, edited],
  'lost, settled, then edited': [lost, settled, edited],
  'lost, settled, then replaced': [lost, settled, replaced],
  'lost, settled, then lowered': [lost, settled, lowered],
  'lost, then renamed': [lost, renamed],
  'lost, settled, then renamed': [lost, settled, renamed],
  'all lost, settled, then renamed': [allLost, settled, renamed],
  'lost, lowered, then replaced': [lost, lowered, replaced],
};

const STRATEGIES = [{ kind: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 }, { kind: 'Recreate' }] as const;

test.for(
  STRATEGIES.flatMap((strategy) =>
    Object.entries(HISTORIES).flatMap(([name, history]) =>
      [1, 2, 3].map((passes) => ({ strategy, passes, name, history })),
    ),
  ),
)('$strategy.kind, after $passes passes: $name', ({ strategy, passes, history }) => {
  const world = new World();
  const { backend } = world;
  backend.setStrategy(strategy);
  setEnvFrom(world, backend, true);
  change(world, { targetRef: { adopt: true } });
  edit(world, { ...spec().pool, max: 40 }, 'Disabled');
  for (let pass = 0; pass < passes; pass += 1) world.reconcile();
  expect(world.templateWrites).toEqual([backend.configInUse]);
  for (const act of history) {
    act(world);
    expectCounted(world);
  }
  for (let round = 0; round < 12; round += 1) {
    for (const { name } of world.profiles) world.reconcile(undefined, name);
    expectCounted(world);
    backend.step(world.now);
    expectCounted(world);
    world.wait(1000);
  }
});

function expectCounted(world: World): void {
  const held = sessionsOf(toldPods(world.backend));
  for (const { pools } of world.members) expect(currentSessions(pools).sessions).toBeGreaterThanOrEqual(held);
}
