/** What a user took back stays back: it is read from the cluster once, and then kept as state. */
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { container, spec } from '../builders.ts';
import { change, edit, makeRequest, recreate, setVariable } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const pool = (max: number) => ({ ...spec().pool, max });
const nameOf = (max: number) => poolConfig('search', pool(max)).name;
const reasonIn = (world: World) => world.profile.status.conditions?.find(({ type }) => type === 'Ready')?.reason;

/** 40 was rolled out, then 60, and a user undid that. */
function undone(historyLimit = 10): World {
  const world = new World();
  world.backend.historyLimit = historyLimit;
  for (const max of [40, 60]) {
    edit(world, pool(max), 'Disabled');
    world.converge();
  }
  expect(world.backend.undo()).toBe(true);
  world.converge();
  expect(reasonIn(world)).toBe('UndoneByUser');
  return world;
}

const release = (world: World, image: string) => {
  world.backend.write({ foreignTemplateHash: image });
  world.converge();
};

describe('settings that a user took back by kubectl rollout undo', () => {
  test.for<readonly [number, number]>([
    [10, 12],
    [3, 4],
    [1, 2],
  ])('stay back, with revisionHistoryLimit %i, through %i releases of the backend', ([historyLimit, releases]) => {
    const world = undone(historyLimit);
    const writes = world.templateWrites.length;
    for (let number = 1; number <= releases; number += 1) release(world, `image ${number}`);
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(world.templateWrites.length).toBe(writes);
    expect(reasonIn(world)).toBe('UndoneByUser');
  });

  const setUp: Readonly<Record<string, (world: World) => void>> = {
    'where the operator alone set the variables': () => undefined,
    'where the owner of an adopted variable still owns its name': (world) => {
      setVariable(world.backend, 'DB_POOL_MAX', 'value', 'kubectl-client-side-apply');
      world.settle();
      change(world, { targetRef: { adopt: true } });
    },
  };
  test.for(Object.keys(setUp))('stay back in the middle of their rollout, with revisionHistoryLimit 0, %s', (where) => {
    const world = new World();
    setUp[where]?.(world);
    world.backend.historyLimit = 0;
    edit(world, pool(40), 'Disabled');
    world.converge();
    edit(world, pool(60), 'Disabled');
    world.reconcile();
    world.reconcile();
    world.backend.step(world.now);
    world.reconcile();
    expect(world.backend.undo()).toBe(true);
    world.settle();
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
    release(world, 'image 2');
    expect(world.backend.configInUse).toBe(nameOf(40));
  });

  test('stay back where another tool replaces the Deployment: what the user brought back is set again', () => {
    const world = undone();
    world.backend.write({ labels: { profile: undefined, config: undefined }, containers: [container()] });
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(reasonIn(world)).toBe('UndoneByUser');
  });

  test('are rolled out on a retry request', () => {
    const world = undone(1);
    release(world, 'image 2');
    makeRequest(world, { retryRequestedAt: 'now' });
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(60));
    expect(reasonIn(world)).toBe('Ready');
  });

  test('are rolled out once other settings were', () => {
    const world = undone();
    for (const max of [70, 60]) {
      edit(world, pool(max), 'Disabled');
      world.converge();
    }
    expect(world.backend.configInUse).toBe(nameOf(60));
  });

  test('stay back where other settings of the spec were never rolled out', () => {
    const world = undone();
    change(world, { suspend: true });
    edit(world, pool(70), 'Disabled');
    world.converge();
    edit(world, pool(60), 'Disabled');
    change(world, { suspend: false });
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(reasonIn(world)).toBe('UndoneByUser');
  });

  test.for([0, 3])('stay back on a Deployment that is created anew, with revisionHistoryLimit %i', (limit) => {
    const world = undone();
    world.backend.historyLimit = limit;
    for (let round = 0; round < 2; round += 1) {
      recreate(world, world.backend);
      world.converge();
      expect(world.backend.configInUse).toBe(nameOf(40));
      expect(reasonIn(world)).toBe('UndoneByUser');
    }
  });

  test('are rolled out to a Deployment that was created anew once other settings were', () => {
    const world = undone();
    for (const max of [70, 60]) {
      edit(world, pool(max), 'Disabled');
      world.converge();
    }
    recreate(world, world.backend);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(60));
  });
});

describe('a rollback that a user took back', () => {
  /** 150 crashed and was rolled back to 40; the user brought 150 back, and its pods run now. */
  function undoneRollback(): World {
    const world = new World();
    edit(world, pool(40), 'Disabled');
    world.converge();
    world.backend.crashAbove = 100;
    edit(world, pool(150), 'Disabled');
    world.converge();
    expect(reasonIn(world)).toBe('RolledBack');
    world.backend.recover();
    expect(world.backend.undo()).toBe(true);
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(150));
    return world;
  }

  test('stays back while the spec is unchanged', () => {
    const world = undoneRollback();
    const writes = world.templateWrites.length;
    release(world, 'image 2');
    expect(reasonIn(world)).toBe('UndoneByUser');
    expect(world.templateWrites.length).toBe(writes);
  });

  test('does not keep a spec that asks for the settings of the rollback from being rolled out', () => {
    const world = undoneRollback();
    edit(world, pool(40), 'Disabled');
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
    expect(reasonIn(world)).toBe('Ready');
  });
});

describe('a retry request that is removed from the profile', () => {
  test('leaves failed settings alone', () => {
    const world = new World();
    edit(world, pool(40), 'Disabled');
    world.converge();
    world.backend.crashAbove = 100;
    edit(world, pool(150), 'Disabled');
    world.converge();
    makeRequest(world, { retryRequestedAt: 'monday' });
    world.converge();
    expect(reasonIn(world)).toBe('RolledBack');
    const writes = world.templateWrites.length;
    makeRequest(world, { retryRequestedAt: undefined });
    world.converge();
    expect(world.templateWrites.length).toBe(writes);
  });

  test('leaves an undo alone', () => {
    const world = new World();
    edit(world, pool(40), 'Disabled');
    world.converge();
    makeRequest(world, { retryRequestedAt: 'monday' });
    edit(world, pool(60), 'Disabled');
    world.converge();
    world.backend.undo();
    world.converge();
    expect(reasonIn(world)).toBe('UndoneByUser');
    makeRequest(world, { retryRequestedAt: undefined });
    world.converge();
    expect(world.backend.configInUse).toBe(nameOf(40));
  });
});
