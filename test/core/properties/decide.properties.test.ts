import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { poolConfig } from '../../../src/core/config/pool-config.ts';
import { decide } from '../../../src/core/decide.ts';
import { hasFailed } from '../../../src/core/config/desired.ts';
import { probeHashOf } from '../../../src/core/probe/pod.ts';
import { statusSchema } from '../../../src/api/v1alpha1.ts';
import { container, deployment, observed, variablesFrom, profile, spec, variable, verdict } from '../builders.ts';
import { event, history, isUserAction, playEvent, policy, pool, RUNS } from './events.ts';
import { edit, mend, say, specOf, TOO_MANY } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';

/** Whether a ConfigMap's configuration had a succeeded probe at any time, or was good before. */
function isProven(world: World, name: string | undefined, proven: ReadonlySet<string>): boolean {
  const { pool: wanted, probe } = specOf(world.profile);
  const config = poolConfig(world.profile.name, wanted);
  const there = world.configMaps.find((one) => one.name === name);
  if (name !== config.name) return there?.state.lastGood !== undefined;
  return (
    probe.policy !== 'Required' ||
    proven.has(probeHashOf(specOf(world.profile), config, { probeImage: 'dbpool-operator:test' }))
  );
}

const provenBy = (world: World) =>
  world.probes.filter(({ end }) => end?.succeeded === true).map(({ probeHash }) => probeHash);

describe('decide', () => {
  test('whatever happened, the world becomes idle, with the wanted numbers on all pods', () => {
    fc.assert(
      fc.property(history(40), pool, policy, (all, last, lastPolicy) => {
        const world = new World();
        for (const what of all) playEvent(world, what);
        mend(world, last, lastPolicy);
        world.converge();
        expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', status: 'True' });
        const inUse = world.configMaps.find(({ name }) => name === world.backend.configInUse);
        expect(inUse?.data['DB_POOL_MAX']).toBe(String(last.max));
        expect(decide(world.observed()).actions).toEqual([]);
      }),
      RUNS,
    );
  });

  test('at rest there is nothing to do, the status equals itself, and is one that the API server takes', () => {
    fc.assert(
      fc.property(history(30), (all) => {
        const world = new World();
        for (const what of all) playEvent(world, what);
        world.database.nextVerdict = verdict();
        say(world, { probeRequestedAt: 'now' });
        world.converge();
        const again = decide(world.observed());
        expect(again.actions).toEqual([]);
        expect(again.status).toEqual(world.profile.status);
        expect(statusSchema.parse(again.status)).toEqual(again.status);
      }),
      RUNS,
    );
  });

  test('the template is written once for each transition, never unproven, and never with numbers that are marked as bad', () => {
    fc.assert(
      fc.property(history(60), (all) => {
        const world = new World();
        const proven = new Set<string>();
        // What the operator's last write brought, as long as nobody has given it a reason to write it again.
        let settled: { readonly target: string | undefined } | undefined;
        for (const what of all) {
          for (const hash of provenBy(world)) proven.add(hash);
          const before = world.templateWrites.length;
          const bad = world.configMaps
            .filter(({ state: marks }) => hasFailed(marks, world.profile))
            .map(({ name }) => name);
          playEvent(world, what);
          if (isUserAction(what)) settled = undefined;
          const written = world.templateWrites.slice(before);
          if (written.length === 0) continue;
          const [target] = written;
          expect(written).toHaveLength(1);
          if (settled !== undefined) expect(target).not.toBe(settled.target);
          if (target !== undefined) {
            expect(isProven(world, target, proven)).toBe(true);
            expect(bad).not.toContain(target);
          }
          expect(specOf(world.profile).suspend).toBe(false);
          settled = { target };
        }
      }),
      RUNS,
    );
  });

  test('no pod and no ReplicaSet is ever left without its ConfigMap', () => {
    fc.assert(
      fc.property(history(60), (all) => {
        const world = new World();
        for (const what of all) {
          playEvent(world, what);
          const there = world.configMaps.map(({ name }) => name);
          for (const name of world.backend.configMapsNeeded) expect(there).toContain(name);
        }
      }),
      RUNS,
    );
  });

  test('through many changes that end well, every revision can be gone back to, and the ConfigMaps of those that are gone go', () => {
    fc.assert(
      fc.property(fc.array(pool, { minLength: 4, maxLength: 12, size: 'max' }), (all) => {
        const world = new World();
        for (const numbers of all) {
          edit(world, numbers, 'Disabled');
          world.converge();
          const there = world.configMaps.map(({ name }) => name);
          for (const name of world.backend.configMapsNeeded) expect(there).toContain(name);
          // Those of the ReplicaSets, and the last good.
          expect(there.length).toBeLessThanOrEqual(new Set(world.backend.configMapsNeeded).size + 1);
        }
      }),
      RUNS,
    );
  });

  test('a person who undoes a rollout is left alone, however long and through whatever crashes, until the spec changes or they say retry', () => {
    const quiet = event.filter(({ kind }) =>
      ['look', 'crash', 'settle', 'observe', 'wait', 'fallBehind', 'catchUp', 'scale'].includes(kind),
    );
    fc.assert(
      fc.property(
        history(25),
        fc.uniqueArray(pool, { minLength: 2, maxLength: 2, selector: ({ min, max }) => min + max }),
        fc.array(quiet, { maxLength: 25 }),
        (all, [first, second], after) => {
          const world = new World();
          for (const what of all) playEvent(world, what);
          for (const numbers of [first, second]) {
            if (numbers !== undefined) mend(world, numbers, 'Disabled');
            world.converge();
          }
          const [writes, wanted] = [world.templateWrites.length, world.backend.configInUse];
          world.backend.undo();
          const undone = world.backend.configInUse;
          fc.pre(undone !== undefined && undone !== wanted);
          for (const what of after) playEvent(world, what);
          expect(world.templateWrites.length).toBe(writes);
          world.converge();
          expect(world.profile.status.conditions?.[0]).toMatchObject({ type: 'Ready', reason: 'UndoneByUser' });
          world.profile = { ...world.profile, retryRequestedAt: 'again' };
          world.converge();
          expect(world.backend.configInUse).toBe(wanted);
          expect(world.templateWrites.length).toBe(writes + 1);
        },
      ),
      RUNS,
    );
  });

  test('numbers whose pods crash are rolled back once, to the last good ones, and stay back', () => {
    fc.assert(
      fc.property(
        fc.array(
          event.filter(({ kind }) => ['look', 'crash', 'wait', 'fallBehind', 'catchUp'].includes(kind)),
          { maxLength: 20 },
        ),
        (all) => {
          const world = new World();
          edit(world, { min: 5, max: 40, timeoutSeconds: 30, recycleSeconds: 3600, poolsPerPod: 1 }, 'Disabled');
          world.converge();
          const lastGood = world.backend.configInUse;
          world.backend.crashAbove = TOO_MANY;
          edit(world, { min: 5, max: 150, timeoutSeconds: 30, recycleSeconds: 3600, poolsPerPod: 1 }, 'Disabled');
          for (const what of all) {
            playEvent(world, what);
            world.settle();
          }
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
  });

  test('a refused logon is not repeated, however long one waits', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 86_400_000 }), { maxLength: 20 }), pool, (waits, numbers) => {
        const world = new World();
        world.database.nextVerdict = verdict({
          outcome: 'PermanentFailure',
          reason: 'AuthenticationFailed',
          stage: 'logon',
        });
        edit(world, numbers, 'Required');
        for (const ms of waits) {
          world.look();
          world.settle();
          world.now += ms;
        }
        expect(world.templateWrites).toEqual([]);
        expect(world.database.logons).toHaveLength(Math.min(1, waits.length));
      }),
      RUNS,
    );
  });

  test('Ready is True only where the proof is of the wanted configuration and all pods carry it', () => {
    fc.assert(
      fc.property(history(40), (all) => {
        const world = new World();
        const proven = new Set<string>();
        for (const what of all) {
          playEvent(world, what);
          for (const hash of provenBy(world)) proven.add(hash);
        }
        world.catchUp();
        const { status } = decide(world.observed());
        if (status.conditions?.[0]?.status !== 'True') return;
        const { replicas } = world.backend.deployment;
        expect(isProven(world, world.backend.configInUse, proven)).toBe(true);
        expect(status.pods).toMatchObject({ desired: replicas, updated: replicas, summary: `${replicas}/${replicas}` });
        expect(status.observedGeneration).toBe(world.profile.generation);
      }),
      RUNS,
    );
  });

  test('the order in which objects are listed changes nothing, and the same input gives the same output', () => {
    fc.assert(
      fc.property(history(30), (all) => {
        const world = new World();
        for (const what of all) playEvent(world, what);
        const seen = world.observed();
        const reversed = {
          ...seen,
          configMaps: seen.configMaps.toReversed(),
          probes: seen.probes.toReversed(),
          replicaSets: seen.replicaSets.toReversed(),
        };
        const sorted = (value: { actions: readonly unknown[] }) =>
          value.actions.map((action) => JSON.stringify(action)).toSorted();
        expect(decide(reversed).status).toEqual(decide(seen).status);
        expect(sorted(decide(reversed))).toEqual(sorted(decide(seen)));
        expect(decide(seen)).toEqual(decide(seen));
      }),
      RUNS,
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
            fc.record({ kind: fc.constant('other' as const), description: fc.string() }),
          ),
          fc.array(fc.string(), { maxLength: 2 }),
        )
        .map(([name, source, managers]) => variable(name, source, ...managers)),
      { maxLength: 6 },
    );
    const seen = fc.record({
      env: fc.oneof(
        env,
        fc.string().map((name) => variablesFrom(name)),
      ),
      named: fc.option(fc.string(), { nil: undefined }),
      containers: fc.integer({ min: 0, max: 2 }),
      there: fc.boolean(),
      labels: fc.record({
        profile: fc.constantFrom(undefined, 'search', 'another'),
        config: fc.option(fc.string(), { nil: undefined }),
      }),
      originals: fc.option(fc.oneof(fc.string(), fc.json()), { nil: undefined }),
      isDeleting: fc.boolean(),
      finalizers: fc.constantFrom([], ['dbpool.dev/restore']),
      adopt: fc.boolean(),
      suspend: fc.boolean(),
      probeRequestedAt: fc.option(fc.string(), { nil: undefined }),
      problem: fc.option(fc.string(), { nil: undefined }),
      policy,
    });
    fc.assert(
      fc.property(seen, (one) => {
        const { env: variables, labels, originals, named } = one;
        const containers = Array.from({ length: one.containers }, (_, index) => ({
          ...container(...variables),
          name: `c${index}`,
        }));
        const decision = decide(
          observed({
            profile: profile({
              isDeleting: one.isDeleting,
              finalizers: one.finalizers,
              probeRequestedAt: one.probeRequestedAt,
              spec:
                one.problem === undefined
                  ? {
                      kind: 'valid',
                      spec: spec({ probe: { policy: one.policy }, adopt: one.adopt, suspend: one.suspend }),
                    }
                  : { kind: 'invalid', problem: one.problem, target: undefined },
            }),
            deployment: one.there
              ? deployment({ containers, labels, adoptedEnv: originals, defaultContainer: named })
              : undefined,
          }),
        );
        const isLeftAlone = one.isDeleting && one.finalizers.length === 0;
        expect(decision.status.conditions?.[0]?.type).toBe(isLeftAlone ? undefined : 'Ready');
      }),
      RUNS,
    );
  });
});
