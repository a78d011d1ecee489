import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PoolUsage } from '../../../src/core/model/usage.ts';
import { peakSessions, currentSessions, idleSessions } from '../../../src/core/budget/peak.ts';
import type { IntOrPercent, Strategy } from '../../../src/core/model/strategy.ts';
import { SimulatedBackend } from './backend-simulation.ts';
import { pools } from './builders.ts';

const amount = fc.oneof(
  fc.integer({ min: 0, max: 5 }),
  fc.integer({ min: 0, max: 100 }).map((percent): IntOrPercent => `${percent}%`),
);

const strategy: fc.Arbitrary<Strategy> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: 'Recreate' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('RollingUpdate' as const), maxSurge: amount, maxUnavailable: amount }),
  },
);

const max = fc.integer({ min: 1, max: 100 });

const event = fc.oneof(
  fc.record({ kind: fc.constant('ready' as const), pods: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant('pass' as const), ticks: fc.integer({ min: 1, max: 20 }) }),
  fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 1, max: 30 }) }),
);

type HistoryEvent = typeof event extends fc.Arbitrary<infer T> ? T : never;

const scene = fc
  .record({
    strategy,
    graceTicks: fc.integer({ min: 0, max: 60 }),
    oldMax: max,
    newMax: max,
    replicas: fc.integer({ min: 1, max: 12 }),
    /** How far an autoscaler may scale up; undefined where there is none. */
    room: fc.option(fc.integer({ min: 0, max: 18 }), { nil: undefined }),
    history: fc.array(event, { maxLength: 25 }),
  })
  .map(({ room, ...rest }) => ({ ...rest, maxReplicas: room === undefined ? undefined : rest.replicas + room }));

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

function playEvent(backend: SimulatedBackend, what: HistoryEvent, { maxReplicas }: Scene): void {
  switch (what.kind) {
    case 'ready':
      return backend.ready(what.pods);
    case 'pass':
      return backend.pass(what.ticks);
    case 'scale':
      if (maxReplicas !== undefined) backend.scale(Math.min(what.replicas, maxReplicas));
  }
}

/** Completes the rollout, until the last terminating pod has ended. */
function finish(backend: SimulatedBackend): void {
  for (let round = 0; round < 100; round += 1) {
    if (backend.isRolledOut) return;
    backend.ready(100);
    backend.pass(10);
  }
  throw new Error('the rollout does not end');
}

const poolsOf = (backend: SimulatedBackend, one: Scene, changes: Partial<PoolUsage>) => {
  const { oldMax = one.newMax, ...pods } = backend.observe(one.newMax);
  return pools({ ...one, replicas: backend.replicas, oldMax, pods, ...changes });
};

const idleBackend = (one: Scene) => new SimulatedBackend(one.oldMax, one.replicas, one.strategy, one.graceTicks);

describe('the simulated backend', () => {
  test('the simulated backend has twelve pods at a time after two edits of four replicas within the grace period, as a real one does', () => {
    const backend = new SimulatedBackend(40, 4, { kind: 'RollingUpdate', maxSurge: 1, maxUnavailable: 0 }, 1000);
    for (const max of [50, 60]) {
      backend.roll(max);
      for (let pods = 0; pods < 8; pods += 1) backend.ready(1);
    }
    expect(backend.takeMost().pods).toBe(12);
  });

  test('the simulated backend ends with its new template, whatever the events', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const backend = idleBackend(one);
        backend.roll(one.newMax);
        for (const what of one.history) playEvent(backend, what, one);
        finish(backend);
        expect(backend.takeMost().sessions).toBeGreaterThanOrEqual(one.newMax);
      }),
    );
  });
});

describe('the peak', () => {
  test('the peak is never below what a rollout uses, as computed before it starts', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const backend = idleBackend(one);
        const computed = peakSessions(
          poolsOf(backend, one, { phase: 'Due', oldMax: one.oldMax, pods: { old: 0, terminating: 0 } }),
        );
        backend.roll(one.newMax);
        for (const what of one.history) playEvent(backend, what, one);
        finish(backend);
        expect(computed.sessions).toBeGreaterThanOrEqual(backend.takeMost().sessions);
      }),
      { numRuns: 1000 },
    );
  });

  test('the peak is never below what is still to come, at any step of a rollout', () => {
    fc.assert(
      fc.property(scene, (one) => {
        const backend = idleBackend(one);
        const steps: { readonly computed: number; readonly used: number }[] = [];
        backend.roll(one.newMax);
        for (const what of one.history) {
          backend.takeMost();
          const computed = currentSessions(poolsOf(backend, one, { phase: 'Rolling' })).sessions;
          playEvent(backend, what, one);
          steps.push({ computed, used: backend.takeMost().sessions });
        }
        finish(backend);
        let toCome = backend.takeMost().sessions;
        for (const { computed, used } of steps.toReversed()) {
          toCome = Math.max(toCome, used);
          expect(computed).toBeGreaterThanOrEqual(toCome);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('the peak is never below what a rollout uses that replaces another, once the terminating pods of that one have ended', () => {
    fc.assert(
      fc.property(scene, max, fc.array(event, { maxLength: 15 }), (one, between, before) => {
        const backend = idleBackend(one);
        backend.roll(between);
        for (const what of before) playEvent(backend, what, one);
        backend.pass(100);
        backend.takeMost();
        const oldMax = poolsOf(backend, { ...one, newMax: 0 }, { phase: 'Due' }).oldMax;
        const computed = peakSessions(pools({ ...one, replicas: backend.replicas, oldMax, phase: 'Due' }));
        backend.roll(one.newMax);
        for (const what of one.history) playEvent(backend, what, one);
        finish(backend);
        expect(computed.sessions).toBeGreaterThanOrEqual(backend.takeMost().sessions);
      }),
      { numRuns: 1000 },
    );
  });

  const anyPools = fc.record({
    phase: fc.constantFrom(
      'UpToDate' as const,
      'Due' as const,
      'NotDue' as const,
      'Rolling' as const,
      'Stuck' as const,
    ),
    newMax: max,
    oldMax: fc.option(max, { nil: undefined }),
    remainingMax: fc.option(max, { nil: undefined }),
    rollbackMax: fc.option(max, { nil: undefined }),
    poolsPerPod: fc.integer({ min: 1, max: 8 }),
    replicas: fc.integer({ min: 0, max: 50 }),
    maxReplicas: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    strategy,
    pods: fc.record({ old: fc.integer({ min: 0, max: 60 }), terminating: fc.integer({ min: 0, max: 60 }) }),
  });

  const grown: readonly (readonly [string, (one: PoolUsage, by: number) => PoolUsage])[] = [
    ['the new max', (one, by) => ({ ...one, newMax: one.newMax + by })],
    ['the old max', (one, by) => ({ ...one, oldMax: (one.oldMax ?? one.newMax) + by })],
    ['the max of a rollback', (one, by) => ({ ...one, rollbackMax: (one.rollbackMax ?? 0) + by })],
    ['pools per pod', (one, by) => ({ ...one, poolsPerPod: one.poolsPerPod + by })],
    ['replicas', (one, by) => ({ ...one, replicas: one.replicas + by })],
    ["the autoscaler's maximum", (one, by) => ({ ...one, maxReplicas: (one.maxReplicas ?? 0) + by })],
    ['old pods', (one, by) => ({ ...one, pods: { ...one.pods, old: one.pods.old + by } })],
    ['terminating pods', (one, by) => ({ ...one, pods: { ...one.pods, terminating: one.pods.terminating + by } })],
    ['the surge', (one, by) => ({ ...one, strategy: withMoreSurge(one.strategy, by) })],
  ];

  test.for(grown)('the peak does not fall when %s grows', ([, grow]) => {
    fc.assert(
      fc.property(anyPools, fc.integer({ min: 1, max: 20 }), (one, by) => {
        const more = grow(one, by);
        for (const sumOf of [peakSessions, currentSessions, idleSessions])
          expect(sumOf(more).sessions).toBeGreaterThanOrEqual(sumOf(one).sessions);
      }),
    );
  });

  test('the peak is never below what an idle backend uses', () => {
    fc.assert(
      fc.property(anyPools, (one) => {
        // Terminating pods of a rollout in progress are not part of the next one, and neither is what a rollback brings back.
        if (one.phase !== 'Rolling' && one.phase !== 'Stuck')
          expect(peakSessions(one).sessions).toBeGreaterThanOrEqual(
            idleSessions({ ...one, rollbackMax: undefined }).sessions,
          );
      }),
    );
  });
});

function withMoreSurge(strategy: Strategy, by: number): Strategy {
  if (strategy.kind === 'Recreate') return strategy;
  const { maxSurge } = strategy;
  const more: IntOrPercent = typeof maxSurge === 'number' ? maxSurge + by : `${Number.parseFloat(maxSurge) + by}%`;
  return { ...strategy, maxSurge: more };
}
