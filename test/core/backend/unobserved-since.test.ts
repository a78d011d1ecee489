/** The Deployment controller does not observe a change: it is down, or it cannot create the ReplicaSet and does not say so. */
import { describe, expect, test } from 'vitest';
import { rolloutState } from '../../../src/core/backend/rollout-state.ts';
import { unobservedStatus, withUnobservedSince } from '../../../src/core/backend/unobserved-since.ts';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import { deployment, NOW, profile, spec } from '../builders.ts';
import { takeOver } from '../simulation/disruptions.ts';
import { change, edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('since when a change is not observed', () => {
  const unobserved = deployment({ generation: 2 });
  const known = { uid: unobserved.uid, observedGeneration: 1, since: '2026-01-01T11:50:00Z' };

  test.for<[string, ProfileStatus['unobserved'], string]>([
    ['now, where it is found', undefined, '2026-01-01T12:00:00Z'],
    ['as the status says', known, '2026-01-01T11:50:00Z'],
    [
      'now, where the controller has observed something since',
      { ...known, observedGeneration: 0 },
      '2026-01-01T12:00:00Z',
    ],
    ['now, where the Deployment is another one', { ...known, uid: 'other' }, '2026-01-01T12:00:00Z'],
    ['now, where the time is in the future', { ...known, since: '2026-01-01T13:00:00Z' }, '2026-01-01T12:00:00Z'],
    ['now, where the time cannot be read', { ...known, since: 'yesterday' }, '2026-01-01T12:00:00Z'],
  ])('a change is not observed since %s', ([, status, since]) => {
    const backend = { now: NOW, profile: profile({ status: { unobserved: status } }), deployment: unobserved };
    expect(unobservedStatus(withUnobservedSince(backend).deployment)).toEqual({ ...known, since });
  });

  test('nothing is said about a Deployment that is observed', () => {
    const backend = { now: NOW, profile: profile({ status: { unobserved: known } }), deployment: deployment() };
    expect(unobservedStatus(withUnobservedSince(backend).deployment)).toBeUndefined();
  });
});

test.for<[number, number, string, number | undefined]>([
  [600, 9, 'unobserved', MINUTE],
  [600, 10, 'deadlineExceeded', undefined],
  [2_147_483_647, 29, 'unobserved', MINUTE],
  [2_147_483_647, 30, 'deadlineExceeded', undefined],
])(
  'with a progress deadline of %i s, a change that is not observed for %i min is %s',
  ([seconds, agoMin, phase, left]) => {
    const base = deployment({
      generation: 2,
      progressDeadlineSeconds: seconds,
      unobservedSince: NOW - agoMin * MINUTE,
    });
    const { deadlineInMs, ...state } = rolloutState(base, NOW);
    expect(state).toEqual({ phase, old: 3, updated: 0, isReplacing: true });
    expect(deadlineInMs).toBe(left);
  },
);

describe('while the Deployment controller is down', () => {
  const readyIn = (world: World) => world.named('search')?.status.conditions?.find(({ type }) => type === 'Ready');
  const stalledIn = (world: World) => world.named('search')?.status.conditions?.find(({ type }) => type === 'Stalled');
  const phases = (world: World) => world.members.map(({ pools }) => pools.phase);
  const running = () => {
    const world = new World();
    edit(world, { ...spec().pool, max: 30 }, 'Disabled');
    world.converge();
    return world;
  };
  /** The operator looks each minute, and no controller does anything. */
  const wait = (world: World, minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      world.reconcile();
      world.now += MINUTE;
    }
    world.reconcile();
  };

  test.for([
    ['right', 0],
    ['an hour behind', -HOUR],
    ['an hour ahead', HOUR],
  ] as const)('a rollout is stalled after the progress deadline, with a clock that is %s', ([, aheadMs]) => {
    const world = running();
    takeOver(world, aheadMs);
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    world.reconcile();
    wait(world, 9);
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'RollingOut' });
    expect(stalledIn(world)).toBeUndefined();
    expect(phases(world)).toEqual(['Rolling']);
    wait(world, 2);
    expect(stalledIn(world)?.reason).toBe('ProgressDeadlineExceeded');
    expect(readyIn(world)?.message).toMatch(
      /has not observed generation \d+ since .*kube-controller-manager runs, and that no quota/,
    );
    // Its turn is free, and its pods count with the larger settings.
    expect(phases(world)).toEqual(['Stuck']);
    expect(world.members[0]?.pools).toMatchObject({ newMax: 40, pods: { old: 3, updated: 0 } });
    const writes = world.templateWrites.length;
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
    expect(world.templateWrites).toHaveLength(writes);
    expect(world.profile.status.unobserved).toBeUndefined();
  });

  test('a controller that observes one change after the other, and never the last, is not stalled', () => {
    const world = running();
    for (let max = 31; max < 60; max += 1) {
      edit(world, { ...spec().pool, max }, 'Disabled');
      world.reconcile();
      world.backend.observe(world.now);
      edit(world, { ...spec().pool, max: max + 100 }, 'Disabled');
      wait(world, 2);
      expect(stalledIn(world)).toBeUndefined();
    }
  });

  test('new settings do not overwrite what somebody else has changed, and a person is called', () => {
    const world = running();
    world.backend.write({ foreignTemplateHash: 'a new image' });
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    const writes = world.templateWrites.length;
    wait(world, 11);
    expect(stalledIn(world)?.reason).toBe('ProgressDeadlineExceeded');
    expect(world.templateWrites).toHaveLength(writes);
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
    expect(world.templateWrites).toHaveLength(writes + 1);
  });

  test('the deletion of a profile with onDelete: Restore ends', () => {
    const world = running();
    change(world, { onDelete: 'Restore' });
    world.converge();
    world.delete(world.profile);
    wait(world, 9);
    expect(readyIn(world)?.reason).toBe('Restoring');
    wait(world, 2);
    expect(world.named('search')).toBeUndefined();
  });

  test('settings that crash later are still rolled back: the controller says nothing about the pods', () => {
    const world = running();
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    wait(world, 11);
    world.backend.crashAbove = 100;
    edit(world, { ...spec().pool, max: 150 }, 'Disabled');
    wait(world, 1);
    world.converge();
    expect(readyIn(world)?.reason).toBe('RolledBack');
  });
});
