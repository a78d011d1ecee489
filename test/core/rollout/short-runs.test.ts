/** A container without a readiness probe that ends again and again: the profile is `Failed`, and not by turns. */
import { describe, expect, test } from 'vitest';
import type { ObservedPodContainer } from '../../../src/core/model/observed.ts';
import { shortRunEnds, withoutShortRuns } from '../../../src/core/rollout/short-runs.ts';
import { container, deployment, NOW, observed, pod } from '../builders.ts';
import { configMapOf, poolOf, readyIn } from '../simulation/settings.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const MINUTE = 60_000;

/** 30 and 40 are good. One pod has no readiness probe, and runs for a day. */
function withUnprobedPod(): World {
  const world = new World();
  for (const max of [30, 40]) {
    edit(world, poolOf(max), 'Disabled');
    world.converge();
  }
  changeFirst(world, () => ({ isUnprobed: true, startedAt: world.now }), true);
  world.now += 24 * 60 * MINUTE;
  return world;
}

type Change = (app: ObservedPodContainer) => Partial<ObservedPodContainer>;

/** The container of one pod. Without a readiness probe, it is ready as long as it runs. */
function changeFirst({ backend, now }: World, change: Change, isReady: boolean): void {
  const [first] = backend.live;
  backend.pods = backend.pods.map((one) =>
    one === first
      ? {
          ...one,
          isReady,
          readyChangedAt: now,
          containers: one.containers.map((app) => ({ ...app, isReady, ...change(app) })),
        }
      : one,
  );
  const { deployment } = backend;
  const status = { ...deployment.status, availableReplicas: isReady ? 3 : 2 };
  backend.deployment = { ...deployment, status };
}

type End = Pick<ObservedPodContainer, 'crash' | 'hasExited'>;
const EXITED: End = { crash: undefined, hasExited: true };
const CRASHED: End = { crash: { exitCode: 1, reason: 'Error', at: NOW }, hasExited: undefined };

/** The container ends after this run, and the kubelet starts it again at once. Returns what is reported in the run, each minute. */
function run(world: World, minutes: number, end: End): readonly string[] {
  const told: string[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    world.reconcile();
    told.push(stateIn(world));
    world.now += MINUTE;
  }
  const startedAt = (app: ObservedPodContainer) => app.startedAt ?? 0;
  changeFirst(world, (app) => ({ ...end, lastRunMs: world.now - startedAt(app), startedAt: undefined }), false);
  world.reconcile();
  told.push(stateIn(world));
  changeFirst(world, ({ restarts }) => ({ restarts: restarts + 1, startedAt: world.now }), true);
  return told;
}

/** As kstatus reads the conditions. */
function stateIn(world: World): string {
  const { conditions = [] } = world.profile.status;
  if (conditions.some(({ type, status }) => type === 'Stalled' && status === 'True')) return 'Failed';
  return readyIn(world)?.status === 'True' ? 'Current' : 'InProgress';
}

describe('a container without a readiness probe', () => {
  test.for<[string, End]>([
    ['with exit code 0', EXITED],
    ['by a crash', CRASHED],
  ])('keeps the profile Failed while it ends every three minutes %s', ([, end]) => {
    const world = withUnprobedPod();
    for (let round = 0; round < 2; round += 1) run(world, 3, end);
    const told = Array.from({ length: 20 }, () => run(world, 3, end)).flat();
    expect(new Set(told)).toEqual(new Set(['Failed']));
    expect(readyIn(world)).toMatchObject({ status: 'False', reason: 'CrashLoopBackOff' });
    expect(readyIn(world)?.message).toMatch(/container app crashes, .*, 2[0-9] restarts/);
    expect(world.backend.configInUse).toBe(configMapOf(40));
  });

  test('lets the profile be Current once its run has lasted for ten minutes, at that very time', () => {
    const world = withUnprobedPod();
    for (let round = 0; round < 3; round += 1) run(world, 3, EXITED);
    world.now += 4 * MINUTE;
    const wait = world.reconcile()?.requeueAfterMs;
    expect(wait).toBe(6 * MINUTE);
    world.now += 6 * MINUTE - 1;
    world.reconcile();
    expect(stateIn(world)).toBe('Failed');
    world.now += 1;
    expect(world.reconcile()?.requeueAfterMs).toBeUndefined();
    expect(stateIn(world)).toBe('Current');
  });

  test('leaves the profile Current after one restart', () => {
    const world = withUnprobedPod();
    run(world, 3, EXITED);
    world.reconcile();
    expect(stateIn(world)).toBe('Current');
  });

  test('crashes before a rollout, although it runs when the rollout starts', () => {
    const world = withUnprobedPod();
    for (let round = 0; round < 3; round += 1) run(world, 3, EXITED);
    edit(world, poolOf(50), 'Disabled');
    world.reconcile();
    const found = world.configMaps.find(({ name }) => name === configMapOf(50));
    expect(found?.state.rollout?.baseline?.failure).toBe('crashing');
  });

  test('makes the profile Failed only for the moment if it ends every hour', () => {
    const world = withUnprobedPod();
    for (let round = 0; round < 3; round += 1) run(world, 60, EXITED);
    const told = run(world, 60, EXITED);
    expect(told.filter((one) => one === 'Failed')).toHaveLength(1);
    expect(told.at(-1)).toBe('Failed');
  });
});

describe('a pod', () => {
  const short: Partial<ObservedPodContainer> = {
    isUnprobed: true,
    restarts: 2,
    startedAt: NOW - MINUTE,
    lastRunMs: MINUTE,
    hasExited: true,
  };
  const podWith = (changes: Partial<ObservedPodContainer>) => {
    const base = pod('hash');
    return { ...base, containers: base.containers.map((app) => ({ ...app, ...short, ...changes })) };
  };

  test.for<[string, Partial<ObservedPodContainer>, boolean]>([
    ['is not ready in a short run after a short one', {}, false],
    ['is ready after one restart', { restarts: 1 }, true],
    ['is ready in a run that has lasted', { startedAt: NOW - 10 * MINUTE }, true],
    ['is ready after a run that lasted', { lastRunMs: 10 * MINUTE }, true],
    ['is ready after something else ended it', { lastRunMs: undefined, wasInterrupted: true }, true],
    ['is ready if the short run is that of a sidecar', { name: 'sidecar' }, true],
    ['is ready if its readiness probe says so', { isUnprobed: undefined as never }, true],
  ])('%s', ([, changes, isReady]) => {
    const all = observed({ pods: [podWith(changes)], unlabelledPods: [podWith(changes)] });
    const found = withoutShortRuns({ observed: all, target: { deployment: deployment(), container: container() } });
    const { observed: seen } = found;
    expect(seen.pods[0]?.isReady).toBe(isReady);
    expect(seen.pods[0]?.containers[0]?.isReady).toBe(isReady);
    expect(seen.unlabelledPods?.[0]?.isReady).toBe(isReady);
    expect(shortRunEnds(found)).toMatchObject(isReady ? [] : [{ requeueAfterMs: 9 * MINUTE }]);
  });
});
