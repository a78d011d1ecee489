/** Events that real clusters have beside the operator's own and its users': how fast-check draws them, and how they are played. */
import fc from 'fast-check';
import * as disruptions from '../simulation/disruptions.ts';
import type { Backend } from '../simulation/backend.ts';
import type { World } from '../simulation/world.ts';

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
  { weight: 1, arbitrary: fc.record({ kind: is('failPod'), reason: fc.constantFrom(...disruptions.EVICTIONS) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('scaleToZero'), isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: is('keepRevisions'), count: fc.constantFrom(0, 1, 3) }) },
] as const;

/** What tools do to the whole Deployment. */
export const TOOL_DISRUPTIONS = [
  { weight: 1, arbitrary: fc.record({ kind: is('replace'), isForced: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: is('rolloutRestart') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('webhook'), stamps: fc.boolean() }) },
] as const;

const disruption = fc.oneof(...POD_DISRUPTIONS, ...TOOL_DISRUPTIONS);
export type Disruption = typeof disruption extends fc.Arbitrary<infer T> ? T : never;

type Play = { readonly [K in Disruption['kind']]: (world: World, what: Extract<Disruption, { kind: K }>) => void };

/** A Deployment that is not there cannot be changed. */
const onBackend = ({ backend }: World, change: (backend: Backend) => void) => {
  if (backend.isThere) change(backend);
};

export const DISRUPTION_ACTIONS: Play = {
  restartPods: (world, { end, times }) => disruptions.restartPods(world.backend, end, times, world.now),
  failPod: (world, { reason }) => disruptions.failPod(world.backend, reason, world.now),
  scaleToZero: (world, { isUp }) => onBackend(world, (backend) => backend.scale(isUp ? 3 : 0)),
  keepRevisions: ({ backend }, { count }) => {
    backend.historyLimit = count;
  },
  replace: (world, { isForced }) =>
    onBackend(world, (backend) =>
      isForced ? disruptions.replaceByForce(world, backend) : disruptions.replace(backend),
    ),
  rolloutRestart: (world) => onBackend(world, (backend) => backend.restart()),
  webhook: ({ backend }, { stamps }) => {
    backend.isStampedAtEachWrite = stamps;
  },
};
