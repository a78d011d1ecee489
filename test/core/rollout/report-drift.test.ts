/** Drift while something else holds the backend: nothing is repaired behind its back, and the drift is told. */
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { connectionRefused, spec } from '../builders.ts';
import { replace, replaceByForce } from '../simulation/disruptions.ts';
import { change, edit, makeRequest } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const pool = { ...spec().pool, max: 40 };
const { name: inUse } = poolConfig('search', pool);
const windows = [{ schedule: '0 3 1 1 *', durationSeconds: 60, timeZone: 'UTC' }];

function running(): World {
  const world = new World();
  edit(world, pool, 'Disabled');
  world.converge();
  return world;
}

/** No time passes, so that the operator tries nothing again. */
function look(world: World): void {
  for (let pass = 0; pass < 6; pass += 1) {
    world.reconcile();
    world.settle();
  }
}

const readyIn = ({ profile }: World) => profile.status.conditions?.find(({ type }) => type === 'Ready');
const stalledIn = ({ profile }: World) => profile.status.conditions?.find(({ type }) => type === 'Stalled');

const DRIFT =
  /Drift: Deployment search-api, container app: .*DB_POOL_MAX was removed.* 3 of 3 pods are without the variables/;

const wanted = { ...pool, max: 60 };
const inWindow = { pool: wanted, rollout: spec({ rollout: { windows } }).rollout };

describe('drift', () => {
  test('is told while new settings have no proof, and credentials are in doubt', () => {
    const world = running();
    world.database.password = 'other';
    edit(world, wanted, 'Required');
    look(world);
    const writes = world.templateWrites.length;
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'AuthenticationFailed' });
    expect(readyIn(world)?.message).not.toContain('Drift');
    replace(world.backend);
    look(world);
    expect(world.templateWrites.length).toBe(writes);
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'AuthenticationFailed' });
    expect(readyIn(world)?.message).toMatch(DRIFT);
  });

  test.for<[string, string, (world: World) => void]>([
    ['wait for a window', 'WaitingForWindow', (world) => change(world, inWindow)],
    [
      'wait for the debounce',
      'Debouncing',
      (world) => change(world, { pool: wanted, rollout: spec({ rollout: { debounceSeconds: 600 } }).rollout }),
    ],
    [
      'wait for a proof',
      'ConnectionRefused',
      (world) => {
        world.database.nextVerdict = connectionRefused;
        edit(world, wanted, 'Required');
      },
    ],
    [
      'do not fit into the session budget',
      'BudgetExceeded',
      (world) => {
        const { database } = spec();
        const sessions = { limit: 280, reserve: 0, policy: 'Enforce' as const };
        change(world, { pool: wanted, database: database && { ...database, sessions } });
      },
    ],
    [
      'failed, and onFailure is Hold',
      'RolloutFailed',
      (world) => {
        world.backend.crashAbove = 100;
        edit(world, { ...pool, max: 150 }, 'Disabled', { onFailure: 'Hold' });
      },
    ],
  ])('is repaired with the last good settings while new ones %s', ([, reason, hold]) => {
    const world = running();
    hold(world);
    look(world);
    expect(readyIn(world)).toMatchObject({ status: 'False', reason });
    const writes = world.templateWrites.length;
    replace(world.backend);
    look(world);
    expect(world.templateWrites.slice(writes)).toEqual([inUse]);
    expect(world.backend.configInUse).toBe(inUse);
    expect(readyIn(world)).toMatchObject({ status: 'False', reason });
    expect(readyIn(world)?.message).not.toContain('Drift');
  });

  test('brings no rollout of the last good settings where the new ones may start', () => {
    const world = running();
    const writes = world.templateWrites.length;
    replace(world.backend);
    change(world, { pool: wanted });
    look(world);
    expect(world.templateWrites.slice(writes)).toEqual([poolConfig('search', wanted).name]);
  });

  test('that was repaired while new settings waited is followed by them', () => {
    const world = running();
    change(world, inWindow);
    replace(world.backend);
    look(world);
    const writes = world.templateWrites.length;
    change(world, { rollout: spec().rollout });
    world.converge();
    expect(world.templateWrites.slice(writes)).toEqual([poolConfig('search', wanted).name]);
    expect(readyIn(world)).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  test('is repaired with what a user brought back after a failure, with onFailure Hold', () => {
    const world = running();
    edit(world, wanted, 'Disabled');
    world.converge();
    world.backend.crashAbove = 100;
    edit(world, { ...pool, max: 150 }, 'Disabled', { onFailure: 'Hold' });
    look(world);
    expect(readyIn(world)?.reason).toBe('RolloutFailed');
    const { name: broughtBack } = poolConfig('search', wanted);
    expect(world.backend.undo()).toBe(true);
    look(world);
    expect(readyIn(world)?.reason).toBe('UndoneByUser');
    const writes = world.templateWrites.length;
    replace(world.backend);
    look(world);
    expect(world.templateWrites.slice(writes)).toEqual([broughtBack]);
    expect(readyIn(world)?.reason).toBe('UndoneByUser');
  });

  test('calls a person although a probe that holds nothing has failed for good', () => {
    const world = new World();
    edit(world, pool, 'Advisory');
    world.converge();
    world.database.password = 'other';
    makeRequest(world, { probeRequestedAt: 'again' });
    look(world);
    expect(world.profile.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'ProbeSucceeded', status: 'False' }),
    );
    for (let repair = 0; repair < 5; repair += 1) {
      replace(world.backend);
      world.settle();
      world.reconcile();
      world.wait(600_000);
      world.reconcile();
    }
    expect(stalledIn(world)?.reason).toBe('DriftDetected');
  });

  test('of settings that are not new waits for no window', () => {
    const world = running();
    change(world, { rollout: spec({ rollout: { windows } }).rollout });
    replace(world.backend);
    world.reconcile();
    expect(world.backend.configInUse).toBe(inUse);
  });

  test('is told and not repaired while the profile is suspended, and is no contest', () => {
    const world = running();
    change(world, { suspend: true });
    const writes = world.templateWrites.length;
    for (let round = 0; round < 10; round += 1) {
      replace(world.backend);
      world.settle();
      world.reconcile();
      world.wait(60_000);
    }
    expect(world.templateWrites.length).toBe(writes);
    expect(world.profile.status.drift).toBeUndefined();
    expect(readyIn(world)).toMatchObject({ status: 'True', reason: 'Suspended' });
    expect(readyIn(world)?.message).toMatch(/DB_POOL_MAX was removed.* 3 of 3 pods are without the variables/);
    change(world, { suspend: false });
    world.converge();
    expect(world.profile.status.drift).toMatchObject({ repairs: 1 });
    expect(readyIn(world)).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  test('is repaired 7 times in an hour where the Deployment is made anew each minute, and a person stays called', () => {
    const world = running();
    const writes = world.templateWrites.length;
    const uids = new Set<string>();
    for (let minute = 0; minute < 60; minute += 1) {
      if (world.backend.configInUse !== undefined) replaceByForce(world, world.backend);
      uids.add(world.backend.deployment.uid);
      for (let pass = 0; pass < 2; pass += 1) {
        world.settle();
        world.reconcile();
      }
      if (world.templateWrites.length - writes >= 5) expect(stalledIn(world)?.reason).toBe('DriftDetected');
      world.wait(60_000);
    }
    expect(uids.size).toBe(8);
    expect(world.templateWrites.length - writes).toBe(7);
    expect(readyIn(world)?.message).toContain('removed the variables 8 times in 59 min. 3 of 3 pods');
  });
});
