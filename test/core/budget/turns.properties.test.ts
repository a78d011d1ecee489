import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Member } from '../../../src/core/budget/member.ts';
import { atRest, type Phase } from '../../../src/core/budget/peak.ts';
import { schedule } from '../../../src/core/budget/schedule.ts';
import { SimulatedBackend } from './backend-simulation.ts';
import { member } from './builders.ts';

/** Backends of one database that all want more, and what happens to them meanwhile. */
const scene = fc.record({
  backends: fc.array(
    fc.record({
      running: fc.integer({ min: 1, max: 10 }),
      more: fc.integer({ min: 0, max: 6 }),
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
    fc.record({ at: fc.nat(3), ready: fc.integer({ min: 0, max: 2 }), ticks: fc.integer({ min: 0, max: 4 }) }),
    { maxLength: 40 },
  ),
});

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

class Shop {
  readonly #scene: Scene;
  readonly #backends: readonly SimulatedBackend[];
  readonly #started = new Set<number>();
  readonly limit: number;

  constructor(one: Scene) {
    this.#scene = one;
    this.#backends = one.backends.map(
      ({ running, replicas, graceTicks, maxSurge, maxUnavailable }) =>
        new SimulatedBackend(running, replicas, { kind: 'RollingUpdate', maxSurge, maxUnavailable }, graceTicks),
    );
    this.limit = this.members().reduce((sum, { use }) => sum + atRest(use).sessions, 0) + one.room;
  }

  members(limit?: number): readonly Member[] {
    return this.#scene.backends.map(({ running, more, replicas, maxSurge, maxUnavailable }, index) => {
      const wantedMax = running + more;
      const { runningMax = wantedMax, ...pods } = this.#backends[index]?.seen(wantedMax) ?? { old: 0, terminating: 0 };
      const strategy = { kind: 'RollingUpdate', maxSurge, maxUnavailable } as const;
      return member({
        name: `backend-${index}`,
        use: { phase: this.#phaseOf(index), wantedMax, runningMax, replicas, strategy, pods },
        database: { limit, reserve: 0 },
      });
    });
  }

  #phaseOf(index: number): Phase {
    if (!this.#started.has(index)) return 'Ready';
    return this.#backends[index]?.isRolledOut === true ? 'Done' : 'Rolling';
  }

  /** Each backend that may start does; those that are held. */
  look(): readonly string[] {
    const held: string[] = [];
    for (const [index, { hold, member: one }] of schedule(
      this.members(this.limit),
      this.#scene.mostRollouts,
    ).entries()) {
      if (one.use.phase !== 'Ready') continue;
      if (hold !== undefined) held.push(hold.kind);
      else this.#start(index);
    }
    return held;
  }

  #start(index: number): void {
    const { running = 0, more = 0 } = this.#scene.backends[index] ?? {};
    this.#started.add(index);
    this.#backends[index]?.roll(running + more);
  }

  happen({ at, ready, ticks }: Scene['history'][number]): void {
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
          shop.happen(what);
          expect(shop.takeMost()).toBeLessThanOrEqual(shop.limit);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('all come to their turn, but those for which there is no room at all', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const shop = new Shop(one);
        for (let round = 0; round < 30; round += 1) {
          shop.look();
          for (let at = 0; at < one.backends.length; at += 1) shop.happen({ at, ready: 10, ticks: 11 });
        }
        expect(shop.look().filter((kind) => kind !== 'BudgetExceeded')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});
