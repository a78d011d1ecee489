import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BackendUsage, RolloutPhase } from '../../../src/core/model/usage.ts';
import { idleSessions } from '../../../src/core/budget/peak.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { SimulatedBackend } from './backend-simulation.ts';
import { backend } from './builders.ts';

/** Backends of one database whose specs all ask for more, and the events meanwhile. */
const scene = fc.record({
  backends: fc.array(
    fc.record({
      running: fc.integer({ min: 1, max: 10 }),
      /** What its spec asks for beyond what runs, one edit after another: more each time, because lowering is never held. */
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
  maxRollouts: fc.integer({ min: 1, max: 3 }),
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
  /** By backend: how often its spec was edited, and the max of its last rollout. */
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

  /** All backends as `viewer` sees them: only the viewer itself knows that it is due while its own rollout is in progress. */
  members(limit?: number, viewer?: number): readonly BackendUsage[] {
    return this.#scene.backends.map(({ replicas, maxSurge, maxUnavailable }, index) => {
      const isRolling = this.#isRolling(index);
      const phase = this.#phaseOf(index, isRolling && index !== viewer);
      const newMax = (phase === 'Rolling' ? this.#rolledTo[index] : undefined) ?? this.#desiredMax(index);
      const { oldMax = newMax, ...pods } = this.#backends[index]?.observe(newMax) ?? { old: 0, terminating: 0 };
      const strategy = { kind: 'RollingUpdate', maxSurge, maxUnavailable } as const;
      return backend({
        name: `backend-${index}`,
        hasRolloutSlot: isRolling,
        pools: { phase, newMax, oldMax, replicas, strategy, pods },
        database: { limit, reserve: 0 },
      });
    });
  }

  #desiredMax(index: number): number {
    const { running = 0, more = [] } = this.#scene.backends[index] ?? {};
    return running + (more[Math.min(this.#edits[index] ?? 0, more.length - 1)] ?? 0);
  }

  #isRolling = (index: number) => this.#rolledTo[index] !== undefined && this.#backends[index]?.isRolledOut === false;

  #phaseOf(index: number, isSeenRolling: boolean): RolloutPhase {
    if (isSeenRolling) return 'Rolling';
    if (this.#rolledTo[index] !== this.#desiredMax(index)) return 'Due';
    return this.#isRolling(index) ? 'Rolling' : 'UpToDate';
  }

  /** Starts each rollout that may start. Returns the holds of the others. */
  reconcileAll(): readonly string[] {
    return this.#scene.backends.flatMap((_, index) => {
      const own = schedule(this.members(this.limit, index), { maxRollouts: this.#scene.maxRollouts })[index];
      if (own?.backend.pools.phase !== 'Due') return [];
      if (own.hold !== undefined) return [own.hold.kind];
      this.#rolledTo[index] = own.backend.pools.newMax;
      this.#backends[index]?.roll(own.backend.pools.newMax);
      return [];
    });
  }

  /** Whether the queued backends wait for nobody but each other. */
  isDeadlocked(): boolean {
    const holds = this.#backends.map(
      (_, index) =>
        schedule(this.members(this.limit, index), { maxRollouts: this.#scene.maxRollouts })[index]?.hold?.kind,
    );
    return (
      holds.includes('RolloutQueued') &&
      holds.every((kind, index) => kind === 'RolloutQueued' || (kind === undefined && !this.#isRolling(index)))
    );
  }

  playEvent({ at, isEdited, ready, ticks }: Scene['history'][number]): void {
    if (isEdited && this.#edits[at] !== undefined) this.#edits[at] += 1;
    this.#backends[at]?.ready(ready);
    for (const backend of this.#backends) backend.pass(ticks);
  }

  /** The most sessions that there may have been at a time since the last call. */
  takeMost(): number {
    return this.#backends.reduce((sum, backend) => sum + backend.takeMost().sessions, 0);
  }
}

describe('rollouts of one database under Enforce', () => {
  test('rollouts under Enforce never use more sessions than the limit, at any step', () => {
    let runsWithHold = 0;
    fc.assert(
      fc.property(scene, (one) => {
        const shop = new Shop(one);
        const holds = one.history.flatMap((what) => {
          const held = shop.reconcileAll();
          shop.playEvent(what);
          expect(shop.takeMost()).toBeLessThanOrEqual(shop.limit);
          return held;
        });
        if (holds.includes('BudgetExceeded') && holds.includes('RolloutQueued')) runsWithHold += 1;
      }),
      { numRuns: 300 },
    );
    // Some 45 of the 300 runs hold one rollout for want of room, and queue another.
    expect(runsWithHold).toBeGreaterThan(20);
  });

  test('rollouts under Enforce never wait for each other, also where one is to replace a stuck rollout of its own', () => {
    const backend = { running: 1, more: [1, 2], replicas: 1, maxSurge: 1, maxUnavailable: 0, graceTicks: 0 };
    const calm = { at: 0, isEdited: false, ready: 0, ticks: 0 };
    const edited: Scene = {
      backends: [backend, backend],
      room: 100,
      maxRollouts: 1,
      history: [{ ...calm, ready: 1 }, { ...calm, isEdited: true }, { ...calm, at: 1, isEdited: true }, calm],
    };
    let runsWithQueue = 0;
    fc.assert(
      fc.property(scene, (one) => {
        // Two stuck rollouts may leave no room to each other.
        const shop = new Shop({ ...one, maxRollouts: 1 });
        const holds = one.history.flatMap((what) => {
          const held = shop.reconcileAll();
          expect(shop.isDeadlocked()).toBe(false);
          shop.playEvent(what);
          return held;
        });
        if (holds.includes('RolloutQueued')) runsWithQueue += 1;
      }),
      { numRuns: 300, examples: [[edited]] },
    );
    // Some 140 of the 300 runs queue a rollout.
    expect(runsWithQueue).toBeGreaterThan(70);
  });

  test('rollouts under Enforce all start in the end, but those for which there is no room at all', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const shop = new Shop(one);
        for (let round = 0; round < 30; round += 1) {
          shop.reconcileAll();
          for (let at = 0; at < one.backends.length; at += 1)
            shop.playEvent({ at, isEdited: round < 10 && round % 3 === at, ready: 10, ticks: 11 });
        }
        expect(shop.reconcileAll().filter((kind) => kind !== 'BudgetExceeded')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
