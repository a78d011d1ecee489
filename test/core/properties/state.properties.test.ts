/** Whatever somebody writes into the annotations of ConfigMaps, the operator comes to rest: it does not write in each pass. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConfigState, parseState, stateAnnotation, type StateName } from '../../../src/core/model/config-state.ts';
import { NOW, spec } from '../builders.ts';
import { edit } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';
import { BranchCounts, RUNS } from './runs.ts';

const number = fc.constantFrom(0, 1, 2, 3, 5, 999_999_999, 1_000_000_000, 1_000_000_001, Number.MAX_SAFE_INTEGER);
const positive = number.filter((one) => one > 0);
const time = fc.constantFrom(0, NOW - 3_600_000, NOW, NOW + 3_600_000, Date.UTC(9999, 0));
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const text = fc.constantFrom('', 'now', 'x');
const uid = fc.constantFrom('profile-uid', 'uid of search-api 1', 'uid of another');
const requests = { retry: text, rollback: text };
const template = {
  templateHash: fc.constantFrom('x', 'as it was, app'),
  annotationsHash: maybe(fc.constantFrom('x', 'stamp 0')),
  isTemplateChanged: maybe(fc.constant(true)),
};

const STATE: { readonly [N in StateName]: fc.Arbitrary<unknown> } = {
  proof: fc.record({
    proofKey: text,
    connectionKey: text,
    podDigest: text,
    image: text,
    version: positive,
    attempt: positive,
    at: time,
    fingerprint: maybe(text),
  }),
  rollout: fc.record({
    sequence: number,
    startedAt: time,
    ...requests,
    deployment: maybe(fc.record({ name: fc.constantFrom('search-api', 'orders-api'), uid })),
    profile: maybe(uid),
    container: maybe(fc.constantFrom('app', 'sidecar')),
    isFirst: maybe(fc.constant(true)),
    isOverForeign: maybe(fc.constant(true)),
    generation: maybe(number),
    revision: number,
    ...template,
    freesSessions: maybe(fc.constant(true)),
    asksForFewer: maybe(fc.constant(true)),
    baseline: maybe(
      fc.record({
        failure: maybe(fc.constantFrom('crashing', 'notReady')),
        restarts: maybe(fc.constant('uncounted')),
      }),
    ),
    completedAt: maybe(time),
    podsReadyAt: maybe(time),
    replicaSet: maybe(text),
  }),
  formerRollout: fc.record({ sequence: number, deployment: fc.constantFrom('search-api', 'orders-api'), ...template }),
  keptByUser: fc.record({ sequence: number, spec: text, insteadOf: text, retry: text }),
  adopted: fc.record({
    container: fc.constantFrom('app', 'sidecar'),
    env: fc.constantFrom([], [{ name: 'DB_POOL_MAX', value: '30' }]),
  }),
  unlabelled: fc.constant(true),
  released: fc.record({ sequence: number }),
  lastGood: fc.record({ sequence: number, at: time }),
  failed: fc.record({
    sequence: number,
    at: time,
    ...requests,
    reason: text,
    message: text,
    deployment: maybe(uid),
  }),
  driftRepair: fc.record({
    count: fc.constantFrom(1, 5, 1_000_000, Number.MAX_SAFE_INTEGER),
    firstAt: time,
    at: time,
    edit: fc.constantFrom('Removed', 'Changed', 'RemovedOrChanged'),
    writers: fc.constantFrom([], ['kubectl-replace']),
  }),
};

/** States as the operator reads them: what it cannot parse counts as absent. */
const state = fc
  .record(STATE, { requiredKeys: [] })
  .map((parts) =>
    parseState(
      Object.fromEntries(
        Object.entries(parts).map(([name, part]) => [stateAnnotation(name as StateName), JSON.stringify(part)]),
      ),
    ),
  );

const HALF_HOUR = 1_800_000;

describe('recorded state', () => {
  test('whatever the annotations say, a number of passes later nothing is written any more', () => {
    const counts = new BranchCounts<'written' | 'a high number'>();
    fc.assert(
      fc.property(state, state, (older, newer) => {
        const world = new World();
        for (const max of [30, 40]) {
          edit(world, { ...spec().pool, max }, 'Disabled');
          world.converge();
        }
        const { configInUse } = world.backend;
        const written = (name: string): ConfigState => (name === configInUse ? newer : older);
        world.configMaps = world.configMaps.map((one) => ({ ...one, state: written(one.name) }));
        const pass = () => {
          const kinds = world.reconcile()?.actions.map(({ kind }) => kind) ?? [];
          world.settle();
          world.wait(HALF_HOUR);
          return kinds;
        };
        const first = Array.from({ length: 12 }, pass).flat();
        expect(Array.from({ length: 4 }, pass).flat()).toEqual([]);
        counts.count('written', first.length > 0);
        counts.count(
          'a high number',
          [older, newer].some(({ rollout }) => (rollout?.sequence ?? 0) > 1_000_000),
        );
      }),
      RUNS,
    );
    counts.expectAtLeast({ written: 0.3, 'a high number': 0.1 });
  });
});
