import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { currentSessions } from '../../../src/core/budget/peak.ts';
import type { ObservedProfile } from '../../../src/core/model/observed.ts';
import type { Strategy } from '../../../src/core/model/strategy.ts';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import type { Backend } from '../simulation/backend.ts';
import { leastPeak, sessionsOf, toldPods } from '../simulation/sessions.ts';
import { DATABASE } from '../builders.ts';
import { type HistoryEvent, playEvent } from './events.ts';
import { sessionsHistory } from './histories.ts';
import { BranchCounts, RUNS } from './runs.ts';
import { applySecond, change, renameProfile, setEnvFrom, setVariable, specOf } from '../simulation/user-actions.ts';
import type { TemplateWrite } from '../simulation/record.ts';
import type { Pod } from '../simulation/pods.ts';
import { NO_DEADLINE } from '../simulation/progress.ts';
import { World } from '../simulation/world.ts';

const rolling = fc.record({
  kind: fc.constant('RollingUpdate' as const),
  maxSurge: fc.constantFrom(0, 1, '100%' as const),
  maxUnavailable: fc.constantFrom(0, 1),
});
const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  { weight: 4, arbitrary: rolling },
  { weight: 1, arbitrary: fc.constant<Strategy>({ kind: 'Recreate' }) },
);

const before = fc.constantFrom('nowhere' as const, 'literal' as const, 'envFrom' as const);

/** Two backends of one database, each with its profile, and what happens to them. */
const scene = fc.record({
  strategies: fc.tuple(strategy, strategy),
  /** Where its max stands before the profile. */
  befores: fc.tuple(before, before),
  policies: fc.tuple(fc.constantFrom('Enforce', 'Warn'), fc.constantFrom('Enforce', 'Warn')),
  limit: fc.integer({ min: 300, max: 3000 }),
  /** Whether the cluster tells `terminatingReplicas`. */
  tells: fc.boolean(),
  history: sessionsHistory(60),
});

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

const NAMES = ['search', 'orders'] as const;

const RESERVE = 20;

function worldOf(one: Scene): World {
  const world = new World();
  applySecond(world);
  world.backends.forEach((backend, index) => {
    backend.countsTerminating = one.tells;
    // Nothing from before is left to go back to: what such pods had stands nowhere.
    backend.historyLimit = 0;
    backend.setStrategy(one.strategies[index] ?? { kind: 'Recreate' });
    const where = one.befores[index];
    if (where === 'literal') setVariable(backend, 'DB_POOL_MAX', 'largeValue');
    if (where === 'envFrom') setEnvFrom(world, backend, true);
    const sessions = { limit: one.limit, reserve: RESERVE, policy: one.policies[index] };
    const { probe } = specOf(world.profile);
    change(world, { database: { ...DATABASE, sessions } as never, probe, targetRef: { adopt: true } }, NAMES[index]);
  });
  world.settle();
  for (const backend of world.backends) backend.historyLimit = 3;
  return world;
}

/** Pods whose `max` stands somewhere. What refers to it, and what has it, may be deleted before the last pod ends. */
const podsWithKnownMax = ({ configMaps }: World, backend: Backend): readonly Pod[] =>
  toldPods(backend).filter(
    (pod) =>
      pod.literalMax !== undefined ||
      backend.sets.some(({ uid }) => uid === pod.ownerUid) ||
      configMaps.some(({ name }) => pod.configMaps.includes(name)),
  );

/** What may leave a backend with more pods than its rollout alone. */
const DISTURBS: ReadonlySet<HistoryEvent['kind']> = new Set([
  'undo',
  'setByHand',
  'replace',
  'image',
  'rolloutRestart',
  'scale',
  'scaleToZero',
  'resize',
  'evict',
]);

/** One for the rollout of each image, one for that of each profile, and an hour by which the operator's clock may be behind; twice. */
const HALF_HOURS = 12;

/** Somebody rolls out new images, which crash or exceed a quota, and the profiles ask for other settings. No Deployment has a progress deadline. */
function hangForEver(world: World): void {
  for (const backend of world.backends.filter(({ isThere }) => isThere)) {
    if (backend === world.backend) backend.crashAbove = 0;
    else backend.isOverQuota = true;
    backend.deployment = { ...backend.deployment, progressDeadlineSeconds: NO_DEADLINE };
    backend.write({ foreignTemplateHash: 'an image that never runs' });
  }
  for (const one of world.profiles.filter(({ isDeleting }) => !isDeleting)) {
    const { pool, probe } = specOf(one);
    change(world, { pool: { ...pool, max: pool.max + 1 }, probe: { ...probe, policy: 'Disabled' } }, one.name);
  }
  world.settle();
}

const waitsFor = ({ profiles }: World, reason: string): boolean =>
  profiles.some(({ status }) => status.conditions?.some((one) => one.type === 'Ready' && one.reason === reason));

/** Whether a write brings what the profile asks for: a rollback is not judged. */
const isWanted = ({ profile, config }: TemplateWrite) => config === poolConfig(profile.name, specOf(profile).pool).name;

const isHeldForRoom = ({ status }: ObservedProfile) =>
  status.conditions?.some(({ type, status: is }) => type === 'WithinSessionBudget' && is === 'False');

describe('two backends of one database', () => {
  test('backends of one database never hold more sessions than the budget says', () => {
    const counts = new BranchCounts<'observed in a rollout' | 'exactly as many as the budget says'>();
    fc.assert(
      fc.property(scene, (one) => {
        const world = worldOf(one);
        for (const what of one.history) {
          playEvent(world, what);
          for (const { name, pools } of world.members) {
            const backend = world.backends[NAMES.findIndex((other) => other === name)];
            const held = backend === undefined ? 0 : sessionsOf(podsWithKnownMax(world, backend));
            expect(held).toBeLessThanOrEqual(currentSessions(pools).sessions);
            counts.count('observed in a rollout', pools.phase === 'Rolling');
            counts.count('exactly as many as the budget says', held === currentSessions(pools).sessions);
          }
        }
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'observed in a rollout': 5, 'exactly as many as the budget says': 5 });
  });

  test('a backend whose profile is renamed never holds more sessions than the budget says', () => {
    const counts = new BranchCounts<'former pods beside new ones' | 'exactly as many as the budget says'>();
    fc.assert(
      fc.property(scene, fc.integer({ min: 1, max: 60 }), (one, max) => {
        const world = worldOf(one);
        for (const what of one.history) playEvent(world, what);
        if (!renameProfile(world, 'renamed', max)) return;
        const { backend } = world;
        for (let round = 0; round < 12; round += 1) {
          world.reconcile(undefined, 'renamed');
          backend.step(world.now);
          const usage = world.members.find(({ name }) => name === 'renamed');
          // Without its ReplicaSet, nothing says that a pod of a former profile is of this backend.
          const isKnown = ({ ownerUid }: Pod) => backend.sets.some(({ uid }) => uid === ownerUid);
          const held = sessionsOf(toldPods(backend).filter(isKnown));
          const most = usage === undefined ? Number.POSITIVE_INFINITY : currentSessions(usage.pools).sessions;
          expect(held).toBeLessThanOrEqual(most);
          const owners = new Set(backend.live.map(({ template }) => template.labels.profile));
          counts.count('former pods beside new ones', owners.has('search') && owners.has('renamed'));
          counts.count('exactly as many as the budget says', held === most);
          world.wait(1000);
        }
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'former pods beside new ones': 0.02, 'exactly as many as the budget says': 1 });
  });

  test('backends of one database hold no more sessions in a rollout than the status said when it started', () => {
    const counts = new BranchCounts<'rollouts' | 'observed during a rollout'>();
    fc.assert(
      fc.property(scene, (one) => {
        const world = worldOf(one);
        const peaks = new Map<string, number>();
        for (const what of one.history) {
          const { length } = world.writes;
          if (DISTURBS.has(what.kind)) peaks.clear();
          playEvent(world, what);
          for (const write of world.writes.slice(length)) {
            const isTold = isWanted(write) && !world.isBehind;
            peaks.set(write.after.name, isTold ? (write.budget?.peakSessions ?? 0) : Number.POSITIVE_INFINITY);
            counts.count('rollouts', isTold);
          }
          for (const backend of world.backends) {
            const peak = peaks.get(backend.name) ?? Number.POSITIVE_INFINITY;
            expect(sessionsOf(toldPods(backend))).toBeLessThanOrEqual(peak);
            counts.count('observed during a rollout', Number.isFinite(peak));
          }
        }
      }),
      RUNS,
    );
    counts.expectAtLeast({ rollouts: 0.4, 'observed during a rollout': 3 });
  });

  test('backends of one database wait for no rollout longer than for its deadline', () => {
    const counts = new BranchCounts<'waits for a rollout of somebody else' | 'waits for another backend'>();
    fc.assert(
      fc.property(scene, (one) => {
        const world = worldOf(one);
        for (const what of one.history) playEvent(world, what);
        world.catchUp();
        hangForEver(world);
        for (let halfHour = 0; halfHour < HALF_HOURS; halfHour += 1) {
          for (const { name } of world.profiles) world.reconcile(undefined, name);
          if (halfHour === 0) {
            counts.count('waits for a rollout of somebody else', waitsFor(world, 'OtherRolloutInProgress'));
            counts.count('waits for another backend', waitsFor(world, 'RolloutQueued'));
          }
          world.settle();
          world.wait(1_800_000);
        }
        for (const { name } of world.profiles) world.reconcile(undefined, name);
        for (const reason of ['OtherRolloutInProgress', 'RolloutQueued', 'Restoring'])
          expect(waitsFor(world, reason)).toBe(false);
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'waits for a rollout of somebody else': 0.1, 'waits for another backend': 0.03 });
  });

  test('backends of one database start no rollout under Enforce without room, but one that lowers max, and a rollback', () => {
    const counts = new BranchCounts<'starts that need room' | 'held for room'>();
    fc.assert(
      fc.property(scene, (one) => {
        const world = worldOf(one);
        for (const what of one.history) {
          const { length } = world.writes;
          playEvent(world, what);
          const [write] = world.writes.slice(length);
          if (write === undefined || !isWanted(write) || world.isBehind) continue;
          const { pool, database } = specOf(write.profile);
          const backend = world.backends.find(({ name }) => name === write.after.name);
          const running = [backend?.maxOf(write.before), ...(backend?.live ?? []).map(({ max }) => max)];
          const isCure = running.some((max = 0) => max > pool.max);
          if (database?.sessions.policy !== 'Enforce' || isCure) continue;
          const peak = world.backends.reduce((sum, backend) => sum + leastPeak(backend), 0);
          expect(peak).toBeLessThanOrEqual(one.limit - RESERVE);
          counts.count('starts that need room');
        }
        counts.count('held for room', world.profiles.some(isHeldForRoom));
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'starts that need room': 0.03, 'held for room': 0.03 });
  });
});
