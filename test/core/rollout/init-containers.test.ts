/** Init containers and sidecars of a pod: none of them has the pool variables, so they are never the settings' fault. */
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/core/decide.ts';
import type { ObservedPod, ObservedPodContainer } from '../../../src/core/model/observed.ts';
import { deploymentUsing, NOW, pod } from '../builders.ts';
import { newConfig, observedRollout } from '../rollout-builders.ts';
import { configMapOf, pass, poolOf, readyIn } from '../simulation/settings.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const HOUR = 3_600_000;

const isStalled = (world: World) => world.profile.status.conditions?.some(({ type }) => type === 'Stalled');

/** 30 is good. */
function settled(): World {
  const world = new World();
  edit(world, poolOf(30), 'Disabled');
  world.converge();
  world.wait(HOUR);
  return world;
}

describe('an init container that crashes', () => {
  test('is named from the start of a rollout, is stuck at its deadline, and is not blamed on the settings', () => {
    const world = settled();
    world.backend.isInitCrashing = true;
    edit(world, poolOf(40), 'Disabled');
    pass(world, 3);
    const [newest] = world.backend.live.filter(({ isReady }) => !isReady);
    const named = `Pod ${newest?.name}: init container migrate`;
    expect(readyIn(world)).toMatchObject({ reason: 'RollingOut', message: expect.stringContaining(named) });
    expect(readyIn(world)?.message).toMatch(/migrate ended at \S+ with exit code 1 \(Error\).* reported as stuck/);
    expect(readyIn(world)?.message).not.toContain('counts as failed');
    expect(isStalled(world)).toBe(false);
    pass(world, 12);
    expect(readyIn(world)).toMatchObject({
      reason: 'CrashLoopBackOff',
      message: expect.stringMatching(`^${named} crashes, exit code 1 .*not been ready since 2026`),
    });
    expect(isStalled(world)).toBe(true);
    expect(world.templateWrites).toEqual([configMapOf(30), configMapOf(40)]);
    world.backend.isInitCrashing = false;
    pass(world, 3);
    expect(readyIn(world)).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  test.for([0, 3600])('in the place of a lost pod, with observeSeconds %i, calls a person', (observeSeconds) => {
    const world = settled();
    edit(world, poolOf(40), 'Disabled', { observeSeconds });
    pass(world, 5);
    world.backend.isInitCrashing = true;
    world.backend.evict(world.now);
    pass(world, 3);
    expect(readyIn(world)).toMatchObject({
      reason: 'CrashLoopBackOff',
      message: expect.stringContaining('init container migrate crashes, exit code 1 (Error), 3 restarts'),
    });
    expect(isStalled(world)).toBe(true);
    world.backend.isInitCrashing = false;
    pass(world, 90);
    expect(readyIn(world)).toMatchObject({ status: 'True', reason: 'Ready' });
    expect(world.templateWrites).toEqual([configMapOf(30), configMapOf(40)]);
  });
});

const none = { isReady: false, restarts: 0, startedAt: undefined, waiting: undefined, crash: undefined } as const;
const app: ObservedPodContainer = { ...none, name: 'app', waiting: { reason: 'PodInitializing', message: '' } };
const running: ObservedPodContainer = { ...app, isReady: true, startedAt: NOW - 60_000, waiting: undefined };
const init = (changes: Partial<ObservedPodContainer>): ObservedPodContainer => ({
  ...none,
  name: 'proxy',
  isInit: true,
  ...changes,
});
const loops = init({
  restarts: 5,
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
  crash: { exitCode: 1, reason: 'Error', at: NOW - 10_000 },
});

/** A rollout with one new pod, whose containers are these. */
function rolling(containers: readonly ObservedPodContainer[], deadlineExceeded?: string) {
  const unready: ObservedPod = pod(newConfig.hash, { isReady: false, readyChangedAt: NOW - 100_000, containers });
  const base = deploymentUsing(newConfig.name);
  const counts = { updatedReplicas: 1, availableReplicas: 2, deadlineExceeded, progressedAt: NOW - 60_000 };
  const { status, actions } = decide(
    observedRollout({ pods: [unready], deployment: { ...base, status: { ...base.status, ...counts } } }),
  );
  const [ready] = status.conditions ?? [];
  return { reason: ready?.reason, message: ready?.message, actions, isFailed: status.lastFailed !== undefined };
}

describe('a rollout whose new pod has an init container', () => {
  test.for<[string, readonly ObservedPodContainer[], string | undefined, string, RegExp]>([
    [
      'without an image is stuck at once',
      [init({ waiting: { reason: 'ImagePullBackOff', message: 'no such image' } }), app],
      undefined,
      'ImagePullBackOff',
      /^Pod search-api-1: init container proxy cannot start since \S+: no such image$/,
    ],
    [
      'that works says since when',
      [init({ startedAt: NOW - 50_000 }), app],
      undefined,
      'RollingOut',
      /init container proxy runs since 2026-01-01T11:59:10Z/,
    ],
    [
      'that is done waits for the other containers',
      [init({ isReady: true, hasExited: true }), app],
      undefined,
      'RollingOut',
      /: container app waits since/,
    ],
    [
      'that is done, and no progress',
      [init({ isReady: true }), app],
      'timed out',
      'ProgressDeadlineExceeded',
      /timed out/,
    ],
    [
      'that is a sidecar in a loop, while the container runs',
      [loops, running],
      'timed out',
      'CrashLoopBackOff',
      /^Pod search-api-1: init container proxy crashes, exit code 1 \(Error\), 5 restarts\./,
    ],
    [
      'that is a sidecar in a loop, before the deadline',
      [loops, running],
      undefined,
      'RollingOut',
      /init container proxy ended/,
    ],
  ])('%s', ([, containers, deadlineExceeded, reason, message]) => {
    const seen = rolling(containers, deadlineExceeded);
    expect(seen).toMatchObject({ reason, message: expect.stringMatching(message), actions: [], isFailed: false });
  });
});
