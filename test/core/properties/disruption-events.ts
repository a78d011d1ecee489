/** Events that real clusters have beside the operator's own and its users': how fast-check draws them, and how they are played. */
import fc from 'fast-check';
import * as disruptions from '../simulation/disruptions.ts';
import type { Backend } from '../simulation/backend.ts';
import type { World } from '../simulation/world.ts';

const HOUR_MS = 3_600_000;
/** A release whose pods crash, in histories that say so. */
export const CRASHING = 'crashing';

const is = <K extends string>(kind: K) => fc.constant(kind);

/** What happens to pods. */
export const POD_DISRUPTIONS = [
  {
    weight: 2,
    arbitrary: fc.record({
      kind: is('restartPods'),
      end: fc.constantFrom('error' as const, 'killed' as const, 'rebooted' as const),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('initContainer'), doesCrash: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: is('failPod'), reason: fc.constantFrom(...disruptions.EVICTIONS) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('scaleToZero'), isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: is('keepRevisions'), count: fc.constantFrom(0, 1, 3) }) },
] as const;

/** In the manifest of a tool; undefined for the release that runs. */
const RELEASE = fc.constantFrom(undefined, undefined, 'v2', CRASHING);

/** Somebody rolls a release out, and leaves the variables. */
export const RELEASES = [
  { weight: 3, arbitrary: fc.record({ kind: is('release'), release: fc.constantFrom('v1', 'v2', CRASHING) }) },
] as const;

/** What tools do to the whole Deployment. */
export const TOOL_DISRUPTIONS = [
  { weight: 1, arbitrary: fc.record({ kind: is('replace'), isForced: fc.boolean(), release: RELEASE }) },
  { weight: 1, arbitrary: fc.record({ kind: is('rolloutRestart') }) },
  { weight: 4, arbitrary: fc.record({ kind: is('webhook'), stamps: fc.boolean() }) },
] as const;

/** The operator's clock goes wrong, and right again. */
export const CLOCK_JUMPS = [
  { weight: 1, arbitrary: fc.record({ kind: is('clock'), aheadMs: fc.constantFrom(-HOUR_MS, 0, HOUR_MS) }) },
] as const;

/** Somebody takes the operator's labels off the template. */
export const LABEL_LOSS = [
  {
    weight: 1,
    arbitrary: fc.record({
      kind: is('dropLabels'),
      which: fc.constantFrom('profile' as const, 'config' as const, 'both' as const),
    }),
  },
] as const;

const disruption = fc.oneof(...RELEASES, ...POD_DISRUPTIONS, ...TOOL_DISRUPTIONS, ...CLOCK_JUMPS, ...LABEL_LOSS);
export type Disruption = typeof disruption extends fc.Arbitrary<infer T> ? T : never;

type Play = { readonly [K in Disruption['kind']]: (world: World, what: Extract<Disruption, { kind: K }>) => void };

/** A Deployment that is not there cannot be changed. */
const onBackend = ({ backend }: World, change: (backend: Backend) => void) => {
  if (backend.isThere) change(backend);
};

export const DISRUPTION_ACTIONS: Play = {
  clock: (world, { aheadMs }) => {
    disruptions.takeOver(world, aheadMs);
  },
  dropLabels: (world, { which }) => onBackend(world, (backend) => disruptions.dropLabels(backend, which)),
  restartPods: (world, { end, times }) => disruptions.restartPods(world.backend, end, times, world.now),
  failPod: (world, { reason }) => disruptions.failPod(world.backend, reason, world.now),
  initContainer: ({ backend }, { doesCrash }) => {
    backend.isInitCrashing = doesCrash;
  },
  scaleToZero: (world, { isUp }) => onBackend(world, (backend) => backend.scale(isUp ? 3 : 0)),
  keepRevisions: ({ backend }, { count }) => {
    backend.historyLimit = count;
  },
  replace: (world, { isForced, release }) =>
    onBackend(world, (backend) =>
      isForced ? disruptions.replaceByForce(world, backend, release) : disruptions.replace(backend, release),
    ),
  release: (world, { release }) => onBackend(world, (backend) => backend.write({ foreignTemplateHash: release })),
  rolloutRestart: (world) => onBackend(world, (backend) => backend.restart()),
  webhook: ({ backend }, { stamps }) => {
    backend.isStampedAtEachWrite = stamps;
  },
};
