import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BackendUsage, RolloutPhase } from '../../../src/core/model/usage.ts';
import { idleSessions } from '../../../src/core/budget/peak.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { SimulatedBackend } from './backend-simulation.ts';
import { backend } from './builders.ts';

/** Backends of one database that all want more, and what happens to them meanwhile. */
const scene = fc.record({
  backends: fc.array(
    fc.record({
      running: fc.integer({ min: 1, max: 10 }),
      /** What its spec asks for, one after another, beyond what runs: more each time, since less is never held. */
      more: fc
        .uniqueArray(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
        .map((more) => more.toSorted((one, other) => one - other)),
      replicas: fc.integer({ min: 1, max: 5 }),
      maxSurge: fc.integer({ min: 0, max: 2 }),
      maxUnavailable: fc.integer({ min: 0, max: 2 }),
      graceTicks: fc.integer({ min: 0, max: 10 }),
    }),
    { minLength: 2, maxLength: 4 },
  ),
  room: fc.integer({ min: 0, max: 100 }),
  mostRollouts: fc.integer({ min: 1, max: 3 }),
  history: fc.array(
    fc.record({
      at: fc.nat(3),
      isEdited: fc.boolean(),
      ready: fc.integer({ min: 0, max: 2 }),
      ticks: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 40 },
  ),
});

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

class Shop {
  readonly #scene: Scene;
  readonly #backends: readonly SimulatedBackend[];
  /** By backend: how often its spec was edited, and to which max it was rolled. */
  readonly #edits: number[];
  readonly #rolledTo: (number | undefined)[];
  readonly limit: number;

  constructor(one: Scene) {
    this.#scene = one;
    this.#edits = one.backends.map(() => 0);
    this.#rolledTo = one.backends.map(() => undefined);
    this.#backends = one.backends.map(
      ({ running, replicas, graceTicks, maxSurge, maxUnavailable }) =>
        new SimulatedBackend(running, replicas, { kind: 'RollingUpdate', maxSurge, maxUnavailable }, graceTicks),
    );
    this.limit = this.members().reduce((sum, { pools }) => sum + idleSessions(pools).sessions, 0) + one.room;
  }

  /** As one of them sees all: it alone knows that it would overtake its own rollout. */
  members(limit?: number, viewer?: number): readonly BackendUsage[] {
    return this.#scene.backends.map(({ replicas, maxSurge, maxUnavailable }, index) => {
      const isUnderWay = this.#isUnderWay(index);
      const phase = this.#phaseOf(index, isUnderWay && index !== viewer);
      const newMax = (phase === 'Rolling' ? this.#rolledTo[index] : undefined) ?? this.#wanted(index);
      const { oldMax = newMax, ...pods } = this.#backends[index]?.seen(newMax) ?? { old: 0, terminating: 0 };
      const strategy = { kind: 'RollingUpdate', maxSurge, maxUnavailable } as const;
      return backend({
        name: `backend-${index}`,
        hasRolloutSlot: isUnderWay,
        pools: { phase, newMax, oldMax, replicas, strategy, pods },
        database: { limit, reserve: 0 },
      });
    });
  }

  #wanted(index: number): number {
    const { running = 0, more = [] } = this.#scene.backends[index] ?? {};
    return running + (more[Math.min(this.#edits[index] ?? 0, more.length - 1)] ?? 0);
  }

  #isUnderWay = (index: number) => this.#rolledTo[index] !== undefined && this.#backends[index]?.isRolledOut === false;

  #phaseOf(index: number, isSeenToRoll: boolean): RolloutPhase {
    if (isSeenToRoll) return 'Rolling';
    if (this.#rolledTo[index] !== this.#wanted(index)) return 'Due';
    return this.#isUnderWay(index) ? 'Rolling' : 'UpToDate';
  }

  /** Each backend that may start does; those that are held. */
  look(): readonly string[] {
    return this.#scene.backends.flatMap((_, index) => {
      const own = schedule(this.members(this.limit, index), this.#scene.mostRollouts)[index];
      if (own?.backend.pools.phase !== 'Due') return [];
      if (own.hold !== undefined) return [own.hold.kind];
      this.#rolledTo[index] = own.backend.pools.newMax;
      this.#backends[index]?.roll(own.backend.pools.newMax);
      return [];
    });
  }

  /** Whether those that wait for their turn wait for nobody but each other. */
  isDeadlocked(): boolean {
    const holds = this.#backends.map(
      (_, index) => schedule(this.members(this.limit, index), this.#scene.mostRollouts)[index]?.hold?.kind,
    );
    return (
      holds.includes('RolloutQueued') &&
      holds.every((kind, index) => kind === 'RolloutQueued' || (kind === undefined && !this.#isUnderWay(index)))
    );
  }

  playEvent({ at, isEdited, ready, ticks }: Scene['history'][number]): void {
    if (isEdited && this.#edits[at] !== undefined) this.#edits[at] += 1;
    this.#backends[at]?.ready(ready);
    for (const backend of this.#backends) backend.pass(ticks);
  }

  /** The most that there may have been at a time since it was last asked. */
  takeMost(): number {
    return this.#backends.reduce((sum, backend) => sum + backend.takeMost().sessions, 0);
  }
}

describe('backends of one database that are rolled under Enforce', () => {
  test('never hold more sessions than the limit, at any step', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const shop = new Shop(one);
        for (const what of one.history) {
          shop.look();
          shop.playEvent(what);
          expect(shop.takeMost()).toBeLessThanOrEqual(shop.limit);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('never wait for each other, also where one is to overtake a rollout of its own that hangs', () => {
    const backend = { running: 1, more: [1, 2], replicas: 1, maxSurge: 1, maxUnavailable: 0, graceTicks: 0 };
    const calm = { at: 0, isEdited: false, ready: 0, ticks: 0 };
    const edited: Scene = {
      backends: [backend, backend],
      room: 100,
      mostRollouts: 1,
      history: [{ ...calm, ready: 1 }, { ...calm, isEdited: true }, { ...calm, at: 1, isEdited: true }, calm],
    };
    fc.assert(
      fc.property(scene, (one) => {
        // Two that hang may leave no room to each other.
        const shop = new Shop({ ...one, mostRollouts: 1 });
        for (const what of one.history) {
          shop.look();
          expect(shop.isDeadlocked()).toBe(false);
          shop.playEvent(what);
        }
      }),
      { numRuns: 300, examples: [[edited]] },
    );
  });

  test('all come to their turn, but those for which there is no room at all', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const shop = new Shop(one);
        for (let round = 0; round < 30; round += 1) {
          shop.look();
          for (let at = 0; at < one.backends.length; at += 1)
            shop.playEvent({ at, isEdited: round < 10 && round % 3 === at, ready: 10, ticks: 11 });
        }
        expect(shop.look().filter((kind) => kind !== 'BudgetExceeded')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
