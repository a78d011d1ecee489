/** Which settings a crash is blamed on, through histories of a backend whose pods crash with the new settings. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { event, type HistoryEvent, playEvent } from './events.ts';
import { BranchCounts, RUNS } from './runs.ts';
import { restartPods } from '../simulation/disruptions.ts';
import { configMapOf, pass, poolOf } from '../simulation/settings.ts';
import { edit, TOO_MANY } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

const DISRUPTIONS = ['restartPods', 'failPod', 'rolloutRestart'];
const quiet = event.filter(({ kind }) =>
  ['reconcile', 'crash', 'wait', 'fallBehind', 'catchUp', ...DISRUPTIONS].includes(kind),
);
const HOUR_MS = 3_600_000;

/** Pods run with 40, which is good. */
function running(isStamped: boolean): World {
  const world = new World();
  world.backend.isStampedAtEachWrite = isStamped;
  edit(world, poolOf(40), 'Disabled');
  world.converge();
  return world;
}

/** All pods of good settings have crashed, some time ago, and somebody asks for settings with which pods crash. */
function withCrashesBefore(isStamped: boolean, { times, agoMs }: { readonly times: number; readonly agoMs: number }) {
  const world = running(isStamped);
  restartPods(world.backend, 'killed', times, world.now);
  world.now += agoMs;
  askForTooMany(world);
  return world;
}

function askForTooMany(world: World): void {
  world.backend.crashAbove = TOO_MANY;
  edit(world, poolOf(150), 'Disabled');
}

/** Each pod crashes now and then, after so long each time; the last crash is some time ago. */
function crashNowAndThen(world: World, gapsMs: readonly number[], agoMs: number): void {
  for (const gapMs of gapsMs) {
    world.wait(gapMs);
    world.reconcile();
    restartPods(world.backend, 'killed', 1, world.now);
  }
  world.wait(agoMs);
}

const MINUTE_MS = 60_000;
/** A mean time between two crashes that is too long for the back-off of the kubelet, and times around it. */
const nowAndThen = fc.integer({ min: 11, max: 40 }).chain((minutes) => {
  const share = (min: number, max: number) =>
    fc.integer({ min, max }).map((percent) => (percent / 100) * minutes * MINUTE_MS);
  const gaps = (minLength: number) => fc.array(share(60, 140), { minLength, maxLength: 5 });
  return fc.record({
    before: gaps(2),
    agoMs: share(0, 90),
    after: gaps(1),
    played: fc.array(quiet, { maxLength: 10 }),
  });
});

/**
 * The operator sees its last write with what a webhook has added to it. Where somebody else writes before that, and the webhook
 * stamps that write, too, nobody can tell whose annotation is whose: the cause of a crash is unclear.
 */
function seeLastWrite(world: World): void {
  world.catchUp();
  world.reconcile();
}

/** Plays events, and lets the controllers end their work after each. What `isEarly` refuses is played once the rollout has begun. */
function playSettled(world: World, all: readonly HistoryEvent[], isEarly: (what: HistoryEvent) => boolean) {
  const [before, later] = [world.templateWrites.length, [] as HistoryEvent[]];
  const play = (what: HistoryEvent) => {
    const isStamped = what.kind === 'rolloutRestart' && world.backend.isStampedAtEachWrite;
    if (isStamped && world.templateWrites.length > before) seeLastWrite(world);
    playEvent(world, what);
    world.settle();
  };
  for (const what of all) {
    if (world.templateWrites.length === before && !isEarly(what)) later.push(what);
    else play(what);
  }
  if (world.templateWrites.length === before) {
    world.catchUp();
    while (world.templateWrites.length === before) play({ kind: 'reconcile' });
  }
  for (const what of later) play(what);
}

describe('settings whose pods crash', () => {
  test('settings whose pods crash are rolled back once, to the last good ones, and stay so', () => {
    const counts = new BranchCounts<
      | 'process killed on the way'
      | 'stale caches on the way'
      | 'disrupted on the way'
      | 'old restarts'
      | 'crashes now and then before'
      | 'a restart that a webhook stamps'
    >();
    // A crash just before the rollout says that the pods crash anyway: the next property is about that.
    const isNoCrash = (what: HistoryEvent) => what.kind !== 'restartPods' || what.end === 'rebooted';
    fc.assert(
      fc.property(
        fc.array(quiet, { maxLength: 20 }),
        fc.nat({ max: 4 }),
        fc.boolean(),
        fc.option(nowAndThen, { nil: undefined }),
        (all, oldRestarts, isStamped, slow) => {
          const world = running(isStamped);
          restartPods(world.backend, 'killed', oldRestarts, world.now);
          if (slow === undefined) world.wait(2 * HOUR_MS);
          else crashNowAndThen(world, slow.before, 10 * MINUTE_MS + slow.agoMs);
          askForTooMany(world);
          counts.count('crashes now and then before', slow !== undefined);
          const lastGood = world.backend.configInUse;
          playSettled(world, all, isNoCrash);
          const had = (...kinds: readonly string[]) => all.some(({ kind }) => kinds.includes(kind));
          counts.count('a restart that a webhook stamps', isStamped && had('rolloutRestart'));
          counts.count('old restarts', oldRestarts > 0);
          counts.count('disrupted on the way', had(...DISRUPTIONS));
          counts.count('process killed on the way', had('crash'));
          counts.count('stale caches on the way', had('fallBehind'));
          world.converge();
          expect(world.templateWrites).toHaveLength(3);
          expect(world.backend.configInUse).toBe(lastGood);
          expect(world.profile.status.conditions?.find(({ type }) => type === 'RolledBack')).toMatchObject({
            status: 'True',
          });
          expect(world.profile.status.history?.map(({ result }) => result)).toEqual([
            'Succeeded',
            'RolledBack',
            'Succeeded',
          ]);
        },
      ),
      RUNS,
    );
    counts.expectAtLeast({
      'process killed on the way': 0.2,
      'stale caches on the way': 0.15,
      'disrupted on the way': 0.2,
      'old restarts': 0.4,
      'crashes now and then before': 0.2,
      'a restart that a webhook stamps': 0.03,
    });
  });

  test('settings are not blamed for pods that crash as often as before their rollout', () => {
    const counts = new BranchCounts<'more than ten minutes before' | 'disrupted on the way'>();
    fc.assert(
      fc.property(nowAndThen, ({ before, agoMs, after, played }) => {
        const world = running(false);
        crashNowAndThen(world, before, agoMs);
        counts.count('more than ten minutes before', agoMs >= 10 * MINUTE_MS);
        edit(world, poolOf(50), 'Disabled', { observeSeconds: 3600 });
        world.reconcile();
        // What makes pods crash may go on regardless of the rollout.
        const [first = 0, ...later] = after;
        for (const gapMs of [first - agoMs, ...later]) {
          // Other crashes would come more often than before, and a reboot ends no run by a crash.
          for (const what of played.filter(({ kind }) => kind !== 'restartPods' && kind !== 'wait')) {
            playEvent(world, what);
            world.settle();
            counts.count('disrupted on the way', DISRUPTIONS.includes(what.kind));
          }
          world.catchUp();
          pass(world, 5);
          world.wait(Math.max(0, gapMs - 5 * MINUTE_MS));
          restartPods(world.backend, 'killed', 1, world.now);
          pass(world, 2);
        }
        expect(world.templateWrites).toEqual([configMapOf(40), configMapOf(50)]);
        expect(world.backend.configInUse).toBe(configMapOf(50));
        expect(world.profile.status.lastFailed).toBeUndefined();
      }),
      RUNS,
    );
    counts.expectAtLeast({ 'more than ten minutes before': 0.3, 'disrupted on the way': 0.3 });
  });

  test('settings are not blamed for pods that crashed just before their rollout, and a person is called', () => {
    const counts = new BranchCounts<'process killed on the way' | 'disrupted on the way'>();
    const isNoDisruption = ({ kind }: HistoryEvent) => !DISRUPTIONS.includes(kind) && kind !== 'wait';
    fc.assert(
      fc.property(
        fc.array(quiet, { maxLength: 20 }),
        fc.record({ times: fc.integer({ min: 1, max: 4 }), agoMs: fc.nat({ max: 500_000 }) }),
        fc.boolean(),
        (all, crashes, isStamped) => {
          const world = withCrashesBefore(isStamped, crashes);
          const lastGood = world.backend.configInUse;
          playSettled(world, all, isNoDisruption);
          counts.count(
            'disrupted on the way',
            all.some(({ kind }) => DISRUPTIONS.includes(kind)),
          );
          counts.count(
            'process killed on the way',
            all.some(({ kind }) => kind === 'crash'),
          );
          world.converge();
          expect(world.templateWrites).toHaveLength(2);
          expect(world.backend.configInUse).not.toBe(lastGood);
          expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', reason: 'FailedBefore' });
          expect(world.profile.status.conditions?.some(({ type }) => type === 'Stalled')).toBe(true);
        },
      ),
      RUNS,
    );
    counts.expectAtLeast({ 'process killed on the way': 0.2, 'disrupted on the way': 0.2 });
  });
});
