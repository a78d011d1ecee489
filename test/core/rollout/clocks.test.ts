/** Another leader takes over whose clock differs, or the clock of the leader is set. */
import { describe, expect, test } from 'vitest';
import { crashAll, takeOver } from '../simulation/disruptions.ts';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function rolledOut(max: number): World {
  const world = new World();
  edit(world, poolOf(max), 'Disabled');
  world.converge();
  world.wait(HOUR);
  return world;
}

describe('a leader with another clock takes over during the observation', () => {
  function observing150(): World {
    const world = rolledOut(30);
    edit(world, poolOf(150), 'Disabled', { observeSeconds: 600 });
    world.reconcile();
    pass(world, 2);
    expect(readyIn(world)?.reason).toBe('Observing');
    return world;
  }

  test.for([11 * MINUTE, HOUR, 2 * DAY])(
    '%i ms ahead: settings that crash before it has seen them run for the whole time are rolled back',
    (aheadMs) => {
      const world = observing150();
      takeOver(world, aheadMs);
      pass(world, 9);
      expect(readyIn(world)?.reason).toBe('Observing');
      expect(world.profile.status.lastGood?.max).toBe(30);
      crashAll(world.backend, world.now);
      pass(world, 3);
      expect(world.backend.configInUse).toBe(configMapOf(30));
    },
  );

  test.for([-HOUR, 0, HOUR])('%i ms ahead: the settings are good after the whole time', (aheadMs) => {
    const world = observing150();
    takeOver(world, aheadMs);
    pass(world, 12);
    expect(world.profile.status.lastGood?.max).toBe(150);
    expect(readyIn(world)?.status).toBe('True');
  });
});

test('the history is unchanged after the clock was set back, and a time that no clock shows becomes the present one', () => {
  const world = rolledOut(40);
  const before = world.profile.status.history;
  takeOver(world, -2 * HOUR);
  world.converge();
  expect(world.profile.status.history).toEqual(before);
  takeOver(world, -48 * HOUR);
  world.converge();
  const { history } = world.profile.status;
  expect(history).toHaveLength(1);
  expect(Date.parse(history?.[0]?.startedAt ?? '')).toBeLessThanOrEqual(world.now - 48 * HOUR);
});
