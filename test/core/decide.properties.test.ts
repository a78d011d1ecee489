import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configOf } from '../../src/core/config.ts';
import { decide } from '../../src/core/decide.ts';
import { probeHashOf } from '../../src/core/probe-job.ts';
import type { ProfileSpec } from '../../src/profile.ts';
import { deployment, observed, pointingAt, profile, spec, variable, verdict } from './builders.ts';
import { World } from './world.ts';

const pool = fc
  .record({
    min: fc.integer({ min: 0, max: 40 }),
    max: fc.integer({ min: 40, max: 200 }),
    timeoutSeconds: fc.integer({ min: 1, max: 600 }),
    recycleSeconds: fc.integer({ min: 60, max: 86_400 }),
  })
  .map((numbers): ProfileSpec['pool'] => numbers);

const policy = fc.constantFrom('Required' as const, 'Advisory' as const, 'Disabled' as const);

const outcome = fc.constantFrom(
  verdict(),
  verdict({ outcome: 'Permanent', reason: 'AuthenticationFailed', stage: 'logon' }),
  verdict({ outcome: 'Transient', reason: 'NobodyListens', stage: 'connect' }),
  verdict({ outcome: 'Capacity', reason: 'SessionLimitReached', stage: 'pool' }),
  verdict({ outcome: 'Inconclusive', reason: 'UnsupportedByProbe', stage: 'logon' }),
);

/** What may happen to the world between two looks of the operator. */
const happening = fc.oneof(
  fc.record({ kind: fc.constant('edit' as const), pool, policy }),
  fc.record({ kind: fc.constant('verdicts' as const), outcome }),
  fc.record({ kind: fc.constant('crash' as const), writes: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant('look' as const) }),
  fc.record({ kind: fc.constant('settle' as const) }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 600_000 }) }),
);

type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

function edit(world: World, numbers: ProfileSpec['pool'], wanted: ProfileSpec['probe']['policy']): void {
  world.profile = {
    ...world.profile,
    generation: world.profile.generation + 1,
    spec: { kind: 'valid', spec: spec({ pool: numbers, probe: { policy: wanted } }) },
  };
}

function happen(world: World, what: Happening): void {
  switch (what.kind) {
    case 'edit':
      return edit(world, what.pool, what.policy);
    case 'verdicts':
      world.nextVerdict = what.outcome;
      return;
    case 'crash':
      world.look(what.writes);
      return;
    case 'look':
      world.look();
      return;
    case 'settle':
      return world.settle();
    case 'wait':
      world.now += what.ms;
  }
}

/** Whether what the template points at had a succeeded probe, or needed none, at the moment of the write. */
function isProven(world: World, wanted: ProfileSpec): boolean {
  if (wanted.probe.policy !== 'Required') return true;
  const hash = probeHashOf(wanted, configOf(world.profile.name, wanted.pool), { probeImage: 'dbpool-operator:test' });
  return world.probes.some((probe) => probe.probeHash === hash && probe.end?.succeeded === true);
}

const specOf = (world: World) => {
  if (world.profile.spec.kind === 'invalid') throw new Error('the world holds valid specs only');
  return world.profile.spec.spec;
};

describe('decide', () => {
  test('whatever happened, the world comes to rest, with the wanted numbers on all pods where a probe allows it', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 25 }), pool, policy, (history, last, lastPolicy) => {
        const world = new World();
        for (const what of history) happen(world, what);
        world.nextVerdict = verdict();
        edit(world, last, lastPolicy);
        // A probe that was refused is not tried again by itself, whatever its verdict would be now: a person asks.
        world.profile = { ...world.profile, probeRequestedAt: 'now' };
        world.converge();
        expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
        expect(world.configMaps.find(({ name }) => name === world.configInUse())?.data['DB_POOL_MAX']).toBe(
          String(last.max),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('at rest there is nothing to do, and the status equals itself', () => {
    fc.assert(
      fc.property(pool, policy, outcome, (numbers, wanted, says) => {
        const world = new World();
        world.nextVerdict = says.outcome === 'Permanent' || says.outcome === 'Succeeded' ? says : verdict();
        edit(world, numbers, wanted);
        world.converge();
        const again = decide(world.observed());
        expect(again.actions).toEqual([]);
        expect(again.status).toEqual(world.profile.status);
      }),
    );
  });

  test('the template is written once for each change of the wanted numbers, and never unproven, over crashes between any two writes', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (history) => {
        const world = new World();
        let transitions = 0;
        let carried: string | undefined;
        for (const what of history) {
          const writesBefore = world.templateWrites;
          happen(world, what);
          if (world.templateWrites === writesBefore) continue;
          expect(world.templateWrites - writesBefore).toBe(1);
          expect(isProven(world, specOf(world))).toBe(true);
          expect(world.configInUse()).not.toBe(carried);
          carried = world.configInUse();
          transitions += 1;
        }
        expect(world.templateWrites).toBe(transitions);
      }),
      { numRuns: 300 },
    );
  });

  test('no pod is left without its ConfigMap: what the template points at is always there', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (history) => {
        const world = new World();
        for (const what of history) {
          happen(world, what);
          const inUse = world.configInUse();
          if (inUse !== undefined) expect(world.configMaps.map(({ name }) => name)).toContain(inUse);
        }
      }),
    );
  });

  test('a refused logon is not repeated, however long one waits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 86_400_000 }), { maxLength: 20 }), pool, (waits, numbers) => {
        const world = new World();
        world.nextVerdict = verdict({ outcome: 'Permanent', reason: 'AuthenticationFailed', stage: 'logon' });
        edit(world, numbers, 'Required');
        for (const ms of waits) {
          world.look();
          world.settle();
          world.now += ms;
        }
        expect(world.started.length).toBeLessThanOrEqual(1);
        expect(world.templateWrites).toBe(0);
      }),
    );
  });

  test('Ready is True only where the observed proof is of the wanted configuration and all pods carry it', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (history) => {
        const world = new World();
        for (const what of history) happen(world, what);
        const { status } = decide(world.observed());
        if (status.conditions?.[0]?.status !== 'True') return;
        expect(isProven(world, specOf(world))).toBe(true);
        expect(status.pods).toBe('3/3');
        expect(status.observedGeneration).toBe(world.profile.generation);
      }),
    );
  });

  test('the order in which objects are listed changes nothing, and the same input gives the same output', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 20 }), (history) => {
        const world = new World();
        for (const what of history) happen(world, what);
        const seen = world.observed();
        const reversed = { ...seen, configMaps: seen.configMaps.toReversed(), probes: seen.probes.toReversed() };
        const sorted = (value: { actions: readonly unknown[] }) =>
          value.actions.map((action) => JSON.stringify(action)).toSorted();
        expect(decide(reversed).status).toEqual(decide(seen).status);
        expect(sorted(decide(reversed))).toEqual(sorted(decide(seen)));
        expect(decide(seen)).toEqual(decide(seen));
      }),
    );
  });

  test('it is total: no combination of what may be seen makes it throw', () => {
    const env = fc.array(
      fc
        .tuple(
          fc.constantFrom('DB_POOL_MIN', 'DB_POOL_MAX', 'DB_POOL_TIMEOUT', 'DB_POOL_RECYCLE'),
          fc.oneof(
            fc.record({ kind: fc.constant('value' as const), value: fc.string() }),
            fc.record({ kind: fc.constant('configMap' as const), name: fc.string(), key: fc.string() }),
            fc.record({ kind: fc.constant('other' as const), words: fc.string() }),
          ),
          fc.array(fc.string(), { maxLength: 2 }),
        )
        .map(([name, source, managers]) => variable(name, source, ...managers)),
      { maxLength: 6 },
    );
    const seen = fc.record({
      env: fc.oneof(
        env,
        fc.string().map((name) => pointingAt(name)),
      ),
      container: fc.option(fc.string(), { nil: undefined }),
      containers: fc.integer({ min: 0, max: 2 }),
      there: fc.boolean(),
      probeRequestedAt: fc.option(fc.string(), { nil: undefined }),
      problem: fc.option(fc.string(), { nil: undefined }),
      message: fc.string(),
      policy,
    });
    fc.assert(
      fc.property(seen, (one) => {
        const containers = Array.from({ length: one.containers }, (_, index) => ({ name: `c${index}`, env: one.env }));
        const decision = decide(
          observed({
            profile: profile({
              probeRequestedAt: one.probeRequestedAt,
              spec:
                one.problem === undefined
                  ? { kind: 'valid', spec: spec({ probe: { policy: one.policy } }) }
                  : { kind: 'invalid', problem: one.problem },
            }),
            deployment: one.there ? deployment({ containers, defaultContainer: one.container }) : undefined,
          }),
        );
        expect(decision.status.conditions?.[0]?.type).toBe('Ready');
      }),
    );
  });
});
