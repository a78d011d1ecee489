/** Settings that were good are never blamed for a release, whatever else happens to the backend. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configMapOf, poolOf } from '../simulation/settings.ts';
import { edit, TOO_MANY } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';
import { CRASHING, RELEASES } from './disruption-events.ts';
import { event, type HistoryEvent, playEvent } from './events.ts';
import { BranchCounts, RUNS } from './runs.ts';

/** Nobody asks for other settings, or for a retry: what is rolled out for that is new, even where it was good long ago. */
const OTHERS: ReadonlySet<HistoryEvent['kind']> = new Set(['edit', 'retry', 'pods']);

const is = <K extends string>(kind: K) => fc.constant(kind);
const eventOfOthers: fc.Arbitrary<HistoryEvent> = fc.oneof(
  { weight: 6, arbitrary: event.filter(({ kind }) => !OTHERS.has(kind)) },
  { weight: 4, arbitrary: fc.record({ kind: is('reconcile') }) },
  { weight: 3, arbitrary: fc.record({ kind: is('settle') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: is('replace'),
      isForced: fc.boolean(),
      release: fc.constantFrom(undefined, 'v2', CRASHING, CRASHING),
    }),
  },
  ...RELEASES,
  { weight: 1, arbitrary: event.filter(({ kind }) => kind === 'rollback') },
);

/** 30 and 40 are good. The spec has 40, or 150, which has failed and was rolled back. */
function withGoodSettings(isRolledBack: boolean, observeSeconds: number): World {
  const world = new World();
  const maxima = isRolledBack ? [30, 40, 150] : [30, 40];
  world.backend.crashAbove = TOO_MANY;
  for (const max of maxima) {
    edit(world, poolOf(max), 'Disabled', { observeSeconds });
    world.converge();
    world.wait(observeSeconds * 1000);
    world.converge();
  }
  world.backend.crashingRelease = CRASHING;
  return world;
}

/** What a user asked to be rolled back has not failed. */
const failedIn = (world: World) =>
  [30, 40]
    .flatMap((max) => world.configMaps.find(({ name }) => name === configMapOf(max))?.state.failed ?? [])
    .filter(({ isRequested }) => isRequested !== true);

test('good settings are never marked as failed by a history with a release that crashes', () => {
  const counts = new BranchCounts<
    | 'pods of a release crash'
    | 'settings are put back while they do'
    | 'the Deployment is created anew'
    | 'a user requests a rollback'
  >();
  fc.assert(
    fc.property(
      fc.array(eventOfOthers, { maxLength: 50, size: 'max' }),
      fc.boolean(),
      fc.constantFrom(0, 30, 3600),
      (all, isRolledBack, observeSeconds) => {
        const world = withGoodSettings(isRolledBack, observeSeconds);
        for (const what of all) {
          const { uid } = world.backend.deployment;
          const writes = world.templateWrites.length;
          playEvent(world, what);
          expect(failedIn(world)).toEqual([]);
          const isCrashing = world.backend.live.some(({ template }) => template.foreignTemplateHash === CRASHING);
          counts.count('pods of a release crash', isCrashing);
          counts.count('settings are put back while they do', isCrashing && world.templateWrites.length > writes);
          counts.count('a user requests a rollback', what.kind === 'rollback');
          counts.count('the Deployment is created anew', world.backend.deployment.uid !== uid);
        }
      },
    ),
    RUNS,
  );
  counts.expectAtLeast({
    'pods of a release crash': 1,
    'settings are put back while they do': 0.05,
    'the Deployment is created anew': 0.5,
    'a user requests a rollback': 0.5,
  });
});
