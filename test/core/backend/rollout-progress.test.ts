/** A rollout that makes progress all the time, as the Deployment controller sees it, and comes no closer to its end. */
import { describe, expect, test } from 'vitest';
import { rolloutProgressStatus, withRolloutProgress } from '../../../src/core/backend/rollout-progress.ts';
import { nextDeadlineInMs, rolloutState } from '../../../src/core/backend/rollout-state.ts';
import type { ProfileStatus } from '../../../src/api/v1alpha1.ts';
import type { ObservedDeployment } from '../../../src/core/model/observed.ts';
import { deployment, NOW, profile, spec } from '../builders.ts';
import { change, edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;
const NEVER = 2_147_483_647;

type Counts = Partial<ObservedDeployment['status']>;

/** Progress is as fresh as can be. */
const rolling = (counts: Counts, changes: Partial<ObservedDeployment> = {}, now = NOW): ObservedDeployment => {
  const base = deployment(changes);
  return { ...base, status: { ...base.status, progressedAt: now, ...counts } };
};

/** What a pass of the operator finds, and what it leaves in the status. */
function pass(seen: ObservedDeployment, status: ProfileStatus, now: number) {
  const found = withRolloutProgress({ now, profile: profile({ status }), deployment: seen }).deployment;
  const rolloutProgress = rolloutProgressStatus(found);
  return { phase: rolloutState(found, now).phase, left: nextDeadlineInMs(found, now), status: { rolloutProgress } };
}

/** The operator looks each minute, and nothing but the status is left of a pass: each may be another process. Minutes until it is stuck. */
function minutesUntilStuck(at: (minute: number, now: number) => ObservedDeployment, minutes: number) {
  let status: ProfileStatus = {};
  for (let minute = 0; minute <= minutes; minute += 1) {
    const now = NOW + minute * MINUTE;
    const found = pass(at(minute, now), status, now);
    if (found.phase === 'deadlineExceeded') return minute;
    ({ status } = found);
  }
  return undefined;
}

const DAY = 24 * 60;

describe('a rollout is stuck', () => {
  test.for<[string, number, (isUp: boolean) => [Counts, Partial<ObservedDeployment>?], number]>([
    [
      'a new pod becomes ready and loses it',
      600,
      (isUp) => [{ replicas: 4, updatedReplicas: 1, availableReplicas: isUp ? 4 : 3 }],
      30,
    ],
    ['the last new pods do so, without old ones', 600, (isUp) => [{ availableReplicas: isUp ? 2 : 1 }], 30],
    ['the progress deadline is an hour', 3600, (isUp) => [{ availableReplicas: isUp ? 2 : 1 }], 90],
    ['there is no progress deadline', NEVER, (isUp) => [{ availableReplicas: isUp ? 2 : 1 }], 90],
    ['the progress deadline is a minute', 60, (isUp) => [{ availableReplicas: isUp ? 2 : 1 }], 3],
    [
      'the pods are recreated, and none stays',
      600,
      (isUp) => [{ availableReplicas: isUp ? 1 : 0 }, { strategy: { kind: 'Recreate' } }],
      30,
    ],
    [
      'a Recreate waits for old pods that do not end, and nobody dates its progress',
      600,
      () => [
        { replicas: 0, updatedReplicas: 0, availableReplicas: 0, progressedAt: undefined },
        { strategy: { kind: 'Recreate' } },
      ],
      10,
    ],
  ])('where %s (progress deadline: %i s)', ([, progressDeadlineSeconds, counts, minutes]) => {
    const at = (minute: number, now: number) => {
      const [status, changes = {}] = counts(minute % 2 === 0);
      return rolling(status, { progressDeadlineSeconds, ...changes }, now);
    };
    expect(minutesUntilStuck(at, DAY)).toBe(minutes);
  });

  test('where an autoscaler scales 4, 5, 4, and the controller is seldom up to date', () => {
    const at = (minute: number, now: number) => {
      const replicas = 4 + (minute % 2);
      const counts = { replicas: replicas + 1, updatedReplicas: 1, availableReplicas: replicas };
      const seen = rolling(counts, { replicas, generation: minute + 2 }, now);
      return { ...seen, status: { ...seen.status, observedGeneration: minute % 3 === 0 ? minute + 1 : minute + 2 } };
    };
    expect(minutesUntilStuck(at, DAY)).toBeLessThanOrEqual(33);
  });
});

describe('a rollout is not stuck', () => {
  const slow = (done: number): Counts => ({ replicas: 501, updatedReplicas: done + 1, availableReplicas: 500 });

  test.for<[string, (done: number) => [Counts, Partial<ObservedDeployment>?]]>([
    ['are replaced one by one', (done) => [slow(done)]],
    [
      'start one by one, after all old ones are gone',
      (done) => [{ replicas: 500, updatedReplicas: 500, availableReplicas: done }],
    ],
    [
      'are recreated',
      (done) => [{ replicas: 500, updatedReplicas: 500, availableReplicas: done }, { strategy: { kind: 'Recreate' } }],
    ],
  ])('where 500 pods %s, each in five minutes', ([, counts]) => {
    const at = (minute: number, now: number) => {
      const [status, changes = {}] = counts(Math.min(499, Math.floor(minute / 5)));
      return rolling(status, { replicas: 500, ...changes }, now);
    };
    expect(minutesUntilStuck(at, 499 * 5)).toBeUndefined();
  });

  test('where a pod takes the whole deadline to be created, to be ready and to be available', () => {
    const at = (minute: number, now: number) => {
      const done = Math.min(2, Math.floor(minute / 29));
      return rolling({ replicas: 4, updatedReplicas: done + 1, availableReplicas: 3 }, {}, now);
    };
    expect(minutesUntilStuck(at, 80)).toBeUndefined();
  });

  test('where it gets more replicas than ever, and has them to start', () => {
    const at = (minute: number, now: number) => {
      const replicas = minute < 20 ? 3 : 100;
      return rolling({ replicas, updatedReplicas: replicas, availableReplicas: 2 }, { replicas }, now);
    };
    expect(minutesUntilStuck(at, 49)).toBeUndefined();
    expect(minutesUntilStuck(at, DAY)).toBe(50);
  });

  test('where somebody pauses it for a day and resumes it', () => {
    const at = (minute: number, now: number) =>
      rolling({ replicas: 4, updatedReplicas: 1 }, { paused: minute > 10 && minute < DAY }, now);
    expect(minutesUntilStuck(at, 2 * DAY)).toBe(DAY + 30);
  });
});

describe('how close a rollout has been to its end', () => {
  const flapping = rolling({ replicas: 4, updatedReplicas: 1, availableReplicas: 2 });
  const { uid, revision } = flapping;
  const known = { uid, revision, replicas: 3, podsLeft: 3, since: '2026-01-01T11:50:00Z' };
  const found = { ...known, podsLeft: 4, since: '2026-01-01T12:00:00Z' };

  test.for<[string, ProfileStatus['rolloutProgress'], ProfileStatus['rolloutProgress']]>([
    ['is found now, where nothing is known', undefined, found],
    ['stays as the status says', known, known],
    ['is found now, where it comes closer', { ...known, podsLeft: 5 }, found],
    ['is found now, where the ReplicaSet is another one', { ...known, revision: revision + 1 }, found],
    ['is found now, where the Deployment is another one', { ...known, uid: 'other' }, found],
    [
      'is known since now, where the time is in the future',
      { ...known, since: '2026-01-01T13:00:00Z' },
      { ...known, since: found.since },
    ],
    [
      'is known since now, where the time cannot be read',
      { ...known, since: 'yesterday' },
      { ...known, since: found.since },
    ],
  ])('%s', ([, before, after]) => {
    expect(pass(flapping, { rolloutProgress: before }, NOW).status.rolloutProgress).toEqual(after);
  });

  test.for<[string, ObservedDeployment]>([
    ['is complete', rolling({})],
    ['was complete, and has lost a pod', rolling({ progressedAt: undefined, availableReplicas: 2 })],
    ['is paused', rolling({ replicas: 4, updatedReplicas: 1 }, { paused: true })],
  ])('is not said of a rollout that %s', ([, seen]) => {
    expect(pass(seen, { rolloutProgress: known }, NOW).status.rolloutProgress).toBeUndefined();
  });

  test('the operator looks again when the time is over, and not before another deadline', () => {
    const { left } = pass(flapping, { rolloutProgress: { ...known, since: '2026-01-01T11:35:00Z' } }, NOW);
    expect(left).toBe(5 * MINUTE);
    expect(pass(flapping, { rolloutProgress: known }, NOW).left).toBe(10 * MINUTE);
  });
});

describe('while the pods of a rollout become ready and lose it again', () => {
  const readyIn = (world: World) => world.named('search')?.status.conditions?.find(({ type }) => type === 'Ready');
  const stalledIn = (world: World) => world.named('search')?.status.conditions?.find(({ type }) => type === 'Stalled');
  const running = () => {
    const world = new World();
    edit(world, { ...spec().pool, max: 30 }, 'Disabled');
    world.converge();
    return world;
  };
  /** The operator looks each minute. The Deployment controller observes all, and gets no further than one new pod. */
  const flap = (world: World, minutes: number) => {
    for (let minute = 0; minute < minutes; minute += 1) {
      const { backend } = world;
      backend.observe(world.now);
      const status = { replicas: 4, updatedReplicas: 1, availableReplicas: 3 + (minute % 2), progressedAt: world.now };
      backend.deployment = { ...backend.deployment, status: { ...backend.deployment.status, ...status } };
      world.reconcile();
      world.now += MINUTE;
    }
    world.reconcile();
  };

  test('the rollout of somebody else holds new settings for 30 min, and they are rolled out then', () => {
    const world = running();
    world.backend.write({ foreignTemplateHash: 'a new image' });
    flap(world, 1);
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    const writes = world.templateWrites.length;
    flap(world, 28);
    expect(readyIn(world)?.reason).toBe('OtherRolloutInProgress');
    expect(world.templateWrites).toHaveLength(writes);
    flap(world, 3);
    expect(world.templateWrites).toHaveLength(writes + 1);
  });

  test('a rollout of the operator is stalled and gives its slot back, and its pods still count', () => {
    const world = running();
    edit(world, { ...spec().pool, max: 40 }, 'Disabled');
    world.reconcile();
    flap(world, 29);
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'RollingOut' });
    expect(stalledIn(world)).toBeUndefined();
    flap(world, 3);
    expect(stalledIn(world)?.reason).toBe('ProgressDeadlineExceeded');
    expect(readyIn(world)?.message).toMatch(/no closer to its end since .*: at best, 3 pods had yet to be replaced/);
    expect(world.members[0]?.pools).toMatchObject({ phase: 'Stuck', newMax: 40, pods: { old: 3, updated: 1 } });
    world.converge();
    expect(readyIn(world)?.status).toBe('True');
    expect(world.profile.status.rolloutProgress).toBeUndefined();
  });

  test('the deletion of a profile with onDelete: Restore ends', () => {
    const world = running();
    change(world, { onDelete: 'Restore' });
    world.converge();
    world.delete(world.profile);
    flap(world, 29);
    expect(readyIn(world)?.reason).toBe('Restoring');
    flap(world, 3);
    expect(world.named('search')).toBeUndefined();
  });
});
