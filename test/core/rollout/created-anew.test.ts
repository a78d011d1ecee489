/** The Deployment is deleted and created again from its owner's manifest, as by `kubectl replace --force`: what is known of the former one. */
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import { spec, verdict } from '../builders.ts';
import { crashAll, replace, replaceByForce } from '../simulation/disruptions.ts';
import { change, duplicate, edit, makeRequest, setVariable } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const pool = (max: number) => ({ ...spec().pool, max });
const nameOf = (max: number) => poolConfig('search', pool(max)).name;
const readyIn = (world: World) => world.profile.status.conditions?.find(({ type }) => type === 'Ready');

function rolledOut(...maxes: readonly number[]): World {
  const world = new World();
  for (const max of maxes) {
    edit(world, pool(max), 'Disabled');
    world.converge();
  }
  return world;
}

const replaced = (world: World): void => replaceByForce(world, world.backend);

function pass(world: World): void {
  for (let look = 0; look < 2; look += 1) {
    world.reconcile();
    world.settle();
  }
}

describe('a Deployment that is created anew', () => {
  test('gets the settings back, and its ConfigMaps are its own', () => {
    const world = rolledOut(30, 40);
    replaced(world);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
    const owners = world.configMaps.map((one) => one.owners.map(({ uid }) => uid).toSorted());
    expect(owners).toEqual(world.configMaps.map(() => [world.profile.uid, world.backend.deployment.uid].toSorted()));
  });

  test('keeps its ConfigMaps if the profile is deleted, and loses them if both are', () => {
    const world = rolledOut(40);
    replaced(world);
    world.converge();
    world.delete(world.profile);
    expect(world.configMaps.map(({ name }) => name)).toEqual([nameOf(40)]);
    world.deleteBackend(world.backend);
    expect(world.configMaps).toEqual([]);
  });

  test.for<[string, (world: World) => void]>([
    ['is suspended', (world) => change(world, { suspend: true })],
    ['is stopped by a variable that is set twice', (world) => duplicate(world.backend, 'DB_POOL_MAX')],
  ])('keeps the ConfigMap that it refers to if the profile %s meanwhile, and is deleted after that', ([, stop]) => {
    const world = rolledOut(40);
    stop(world);
    world.reconcile();
    const { containers, labels } = world.backend.template;
    world.deleteBackend(world.backend);
    world.backend.create(containers);
    world.backend.write({ labels });
    pass(world);
    world.delete(world.profile);
    expect(new Set(world.backend.configMapsNeeded)).toEqual(new Set([nameOf(40)]));
    expect(world.configMaps.map(({ name }) => name)).toEqual([nameOf(40)]);
  });

  test('has no good settings until they were observed on it', () => {
    const world = rolledOut(40);
    change(world, { rollout: spec({ rollout: { observeSeconds: 600 } }).rollout });
    replaced(world);
    pass(world);
    pass(world);
    expect(readyIn(world)?.reason).toBe('Observing');
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
  });

  test('is rolled back to what was good on the former one, and not to the variables from before the profile', () => {
    const world = rolledOut(30, 40);
    world.backend.crashAbove = 100;
    edit(world, pool(150), 'Disabled');
    replaced(world);
    world.converge();
    expect(world.templateWrites.slice(-2)).toEqual([nameOf(150), nameOf(40)]);
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });
});

describe('a Deployment that is created anew with an image that crashes', () => {
  const OBSERVED_LONG = { observeSeconds: 3600 };

  /** `isManifestComplete`: it has the variables, as an export of the Deployment does. */
  const crashAnew = (world: World, { passes = 1, isManifestComplete = false } = {}) => {
    const { containers, labels } = world.backend.template;
    replaced(world);
    world.backend.write({ foreignTemplateHash: 'image 2', ...(isManifestComplete && { containers, labels }) });
    for (let look = 0; look < passes; look += 1) world.reconcile();
    world.backend.crashAbove = -1;
    for (let minute = 0; minute < 30; minute += 1) {
      pass(world);
      world.wait(MINUTE);
    }
  };
  const stateOf = (world: World, max: number) => world.configMaps.find(({ name }) => name === nameOf(max))?.state;

  test.for<[string, Parameters<typeof crashAnew>[1]]>([
    ['that are put back before the pods crash', {}],
    ['that are put back after the pods have crashed', { passes: 0 }],
    ['that the new manifest has, too', { isManifestComplete: true }],
  ])('good settings %s are not blamed', ([, how]) => {
    const world = rolledOut(30, 40);
    crashAnew(world, how);
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(stateOf(world, 40)?.failed).toBeUndefined();
    expect(world.profile.status.conditions?.some(({ type }) => type === 'Stalled')).toBe(true);
    world.backend.recover();
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
    expect(stateOf(world, 40)?.lastGood?.sequence).toBeGreaterThan(stateOf(world, 40)?.rollout?.sequence ?? 0);
  });

  test('good settings are not blamed although the Deployment is created anew once more before they are observed', () => {
    const world = rolledOut(30, 40);
    change(world, { rollout: spec({ rollout: OBSERVED_LONG }).rollout });
    replaced(world);
    pass(world);
    // The pause between two repairs.
    world.wait(MINUTE);
    crashAnew(world);
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'TemplateChanged' });
  });

  test('settings that were observed for the first time are not blamed for the new image', () => {
    const world = rolledOut(30);
    edit(world, pool(40), 'Disabled', OBSERVED_LONG);
    pass(world);
    pass(world);
    expect(readyIn(world)?.reason).toBe('Observing');
    crashAnew(world);
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'TemplateChanged' });
  });
});

describe('settings that failed', () => {
  function failed150(): World {
    const world = rolledOut(30, 40);
    world.backend.crashAbove = 100;
    edit(world, pool(150), 'Disabled');
    world.converge();
    expect(readyIn(world)?.reason).toBe('RolledBack');
    return world;
  }

  test.for([
    [6, 4],
    [20, 8],
    [31, 24],
    [60, 24],
    [240, 24],
  ] as const)(
    'settings that failed are rolled out once more, though a tool creates the Deployment anew each %i min for %i hours',
    ([minutes, hours]) => {
      const world = failed150();
      const before = world.templateWrites.length;
      for (const start = world.now; world.now < start + hours * HOUR; world.wait(minutes * MINUTE)) {
        replaced(world);
        pass(world);
        pass(world);
      }
      const writes = world.templateWrites.slice(before);
      expect(writes.filter((one) => one === nameOf(150))).toHaveLength(1);
      expect(writes.filter((one) => one === nameOf(40)).length).toBeGreaterThanOrEqual(5);
      expect(writes.filter((one) => one === undefined || one === nameOf(30))).toEqual([]);
    },
  );

  test('settings that failed are rolled back again although the new Deployment crashes by itself, and good ones stay once it is mended', () => {
    const world = failed150();
    replaced(world);
    crashAll(world.backend, world.now);
    world.converge();
    world.wait(HOUR);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
    world.backend.crashAbove = 100;
    world.backend.restart();
    world.settle();
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'RolledBack' });
    expect(world.backend.pods.filter(({ isReady }) => isReady)).toHaveLength(3);
  });

  test('a rollback that a user requested holds on each new Deployment', () => {
    const world = rolledOut(30, 40);
    makeRequest(world, { rollbackRequestedAt: 'now' });
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(30));
    for (let times = 0; times < 3; times += 1) {
      replaced(world);
      world.converge();
      expect(world.backend.configInUse).toBe(nameOf(30));
    }
    makeRequest(world, { retryRequestedAt: 'now' });
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
  });
});

test.for([true, false])(
  'adopted variables are restored although the Deployment was created anew; repaired before: %s',
  (isRepaired) => {
    const world = new World();
    setVariable(world.backend, 'DB_POOL_MAX', 'value');
    change(world, { targetRef: { adopt: true }, onDelete: 'Restore' });
    edit(world, pool(40), 'Disabled');
    world.converge();
    replaced(world);
    if (isRepaired) world.converge();
    world.delete(world.profile);
    world.converge();
    expect(world.named('search')).toBeUndefined();
    const [app] = world.backend.template.containers;
    expect(app?.env.map(({ entry }) => entry)).toEqual([{ name: 'DB_POOL_MAX', value: '30' }]);
  },
);

test('settings that were proven are put back while the database is full, long after the Jobs of the proof are gone', () => {
  const world = new World();
  edit(world, pool(40), 'Required');
  world.converge();
  expect(world.backend.configInUse).toBe(nameOf(40));
  world.wait(72 * HOUR);
  world.probes = [];
  world.database.nextVerdict = verdict({
    outcome: 'InsufficientCapacity',
    reason: 'SessionLimitReached',
    code: 'ORA-00018',
    stage: 'logon',
  });
  replaced(world);
  world.converge();
  expect(world.backend.configInUse).toBe(nameOf(40));
});

test('pods without the variables count with the largest max that was rolled out to the former Deployment', () => {
  const peakAfter = (lose: (world: World) => void) => {
    const world = rolledOut(90, 40);
    lose(world);
    world.backend.roll(world.now);
    return decide(world.observed()).status.budget?.peakSessions;
  };
  const byReplace = peakAfter(({ backend }) => replace(backend));
  expect(byReplace).toBeGreaterThanOrEqual(3 * 90);
  expect(peakAfter(replaced)).toBe(byReplace);
});
