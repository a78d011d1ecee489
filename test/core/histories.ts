/** What may happen to a simulated cluster between two looks of the operator, as fast-check draws it, and how it is brought about. */
import fc from 'fast-check';
import type { ProfileSpec } from '../../src/profile.ts';
import { spec, verdict } from './builders.ts';
import type { Kind, World } from './world.ts';

/** Pods that read a larger DB_POOL_MAX than this crash, in some histories. */
export const TOO_MANY = 100;

/** Few, so that histories come back to numbers that were there before. */
export const pool = fc
  .record({ min: fc.constantFrom(0, 5), max: fc.constantFrom(40, 60, 150, 200) })
  .map(({ min, max }): ProfileSpec['pool'] => ({ min, max, timeoutSeconds: 30, recycleSeconds: 3600 }));

export const policy = fc.constantFrom('Required' as const, 'Advisory' as const, 'Disabled' as const);
const onFailure = fc.constantFrom('Rollback' as const, 'Hold' as const);
const kinds = fc.subarray<Kind>(['deployment', 'configMaps', 'replicaSets', 'pods', 'probes'], { minLength: 1 });

export const outcome = fc.constantFrom(
  verdict(),
  verdict({ outcome: 'Permanent', reason: 'AuthenticationFailed', stage: 'logon' }),
  verdict({ outcome: 'Transient', reason: 'NobodyListens', stage: 'connect' }),
  verdict({ outcome: 'Capacity', reason: 'SessionLimitReached', stage: 'pool' }),
  verdict({ outcome: 'Inconclusive', reason: 'UnsupportedByProbe', stage: 'logon' }),
);

/** What may happen to the world between two looks of the operator. */
export const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('edit' as const), pool, policy, onFailure }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('verdicts' as const), outcome }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('crash' as const), writes: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('look' as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('observe' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 600_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('fallBehind' as const), kinds }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('catchUp' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('undo' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('setByHand' as const), value: fc.constantFrom('1', '99') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('image' as const), rest: fc.constantFrom('v1', 'v2') }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('scale' as const), replicas: fc.integer({ min: 0, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pods' as const), doCrash: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crashOnce' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('retry' as const), word: fc.constantFrom('a', 'b') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback' as const), word: fc.constantFrom('a', 'b') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend' as const), suspend: fc.boolean() }) },
);

export type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

export const specOf = (world: World) => {
  if (world.profile.spec.kind === 'invalid') throw new Error('the world holds valid specs only');
  return world.profile.spec.spec;
};

function change(world: World, changes: Partial<Pick<ProfileSpec, 'pool' | 'probe' | 'rollout' | 'suspend'>>): void {
  const { profile } = world;
  const edited = { ...specOf(world), ...changes };
  world.profile = { ...profile, generation: profile.generation + 1, spec: { kind: 'valid', spec: edited } };
}

export function edit(
  world: World,
  wanted: ProfileSpec['pool'],
  probe: ProfileSpec['probe']['policy'],
  rollout = {},
): void {
  const changed = spec({ pool: wanted, probe: { policy: probe }, rollout });
  change(world, { pool: changed.pool, probe: changed.probe, rollout: changed.rollout });
}

type Action = { readonly [K in Happening['kind']]: (world: World, what: Extract<Happening, { kind: K }>) => void };

const ACTIONS: Action = {
  edit: (world, what) => edit(world, what.pool, what.policy, { onFailure: what.onFailure, observeSeconds: 30 }),
  verdicts: (world, { outcome: next }) => {
    world.nextVerdict = next;
  },
  crash: (world, { writes }) => void world.look(writes),
  look: (world) => void world.look(),
  settle: (world) => world.settle(),
  observe: (world) => world.backend.observe(),
  wait: (world, { ms }) => {
    world.now += ms;
  },
  fallBehind: (world, what) => world.fallBehind(what.kinds),
  catchUp: (world) => world.catchUp(),
  suspend: (world, { suspend }) => change(world, { suspend }),
  undo: ({ backend }) => void backend.undo(),
  setByHand: (world, { value }) => {
    if (world.backend.template.labels.profile !== undefined) world.setByHand(value);
  },
  image: ({ backend }, { rest }) => backend.write({ ...backend.template, rest }),
  scale: ({ backend }, { replicas }) => backend.scale(replicas),
  pods: ({ backend }, { doCrash }) => {
    backend.crashAbove = doCrash ? TOO_MANY : Number.POSITIVE_INFINITY;
  },
  crashOnce: ({ backend, now }) => backend.crashOnce(now),
  retry: (world, { word }) => {
    world.profile = { ...world.profile, retryRequestedAt: word };
  },
  rollback: (world, { word }) => {
    world.profile = { ...world.profile, rollbackRequestedAt: word };
  },
};

export function happen<K extends Happening['kind']>(world: World, what: Extract<Happening, { kind: K }>): void {
  const act: (world: World, what: Extract<Happening, { kind: K }>) => void = ACTIONS[what.kind];
  act(world, what);
}

export const history = (maxLength: number) => fc.array(happening, { maxLength, size: 'max' });

/** Brings about what lets every history end well: healthy pods and database, nobody in the way, a person who asks. */
export function mend(world: World, last: ProfileSpec['pool'], lastPolicy: ProfileSpec['probe']['policy']): void {
  world.nextVerdict = verdict();
  world.backend.recover();
  // What a person set after all was put back is theirs, and in the way.
  const { template } = world.backend;
  if (template.labels.config === undefined && template.env.length > 0) world.backend.write({ ...template, env: [] });
  change(world, { suspend: false });
  edit(world, last, lastPolicy);
  world.profile = {
    ...world.profile,
    probeRequestedAt: 'now',
    retryRequestedAt: 'now',
    rollbackRequestedAt: undefined,
  };
}
