/** Histories of a simulated namespace: where they begin, and the events that follow. */
import fc from 'fast-check';
import type { ProfileSpec } from '../../../src/api/v1alpha1.ts';
import { verdict } from '../builders.ts';
import { type Drawn, event, type HistoryEvent, meddling, rationed, relogging, sharing } from './events.ts';

type Policy = ProfileSpec['probe']['policy'];

const settings = (max: number, probe: Policy = 'Disabled', min = 5) => ({
  kind: 'edit' as const,
  pool: { min, max, timeoutSeconds: 30, recycleSeconds: 3600, poolsPerPod: 1 },
  policy: probe,
  onFailure: 'Rollback' as const,
});

const reconciled = (times: number) =>
  Array.from({ length: times }, () => [{ kind: 'reconcile' as const }, { kind: 'settle' as const }]).flat();

/** Events that every kind of history knows. */
type Plain = Extract<Drawn<typeof event>, { kind: 'edit' | 'reconcile' | 'settle' | 'wait' | 'verdicts' }>;

/** A rollout to these settings, to the end of its observation. */
const rolledOut = (max: number, probe?: Policy, min?: number): Plain[] => [
  settings(max, probe, min),
  ...reconciled(5),
  { kind: 'wait', ms: 60_000 },
  ...reconciled(2),
];

/** The pools have all sessions of the database, and somebody lowers max. */
const FULL_DATABASE: readonly Plain[] = [
  ...rolledOut(200, 'Required'),
  {
    kind: 'verdicts',
    outcome: verdict({ outcome: 'InsufficientCapacity', reason: 'SessionLimitReached', stage: 'logon' }),
  },
  settings(60, 'Required'),
  ...reconciled(1),
];

/** A rollout makes no progress for longer than its deadline, because no pod can be made. */
const HANGING: readonly (Plain | Extract<Drawn<typeof event>, { kind: 'quota' }>)[] = [
  ...rolledOut(60),
  { kind: 'quota', backend: 'search-api', isOver: true },
  settings(40),
  ...reconciled(2),
  { kind: 'wait', ms: 600_000 },
  ...reconciled(2),
];

/** A tool replaces the Deployment again and again, until a person is called. */
const CONTEST: readonly (Plain | Extract<Drawn<typeof event>, { kind: 'replace' }>)[] = [
  ...rolledOut(60),
  ...[false, true, false, false, true].flatMap((isForced) => [
    { kind: 'replace' as const, isForced, release: undefined },
    ...reconciled(2),
    { kind: 'wait' as const, ms: 300_000 },
  ]),
];

/** Most histories begin where random events seldom lead: with proven settings, a rollback, or many revisions. */
const start = fc.constantFrom<readonly Drawn<typeof event>[]>(
  [],
  rolledOut(60, 'Required'),
  [...rolledOut(60), { kind: 'pods', doCrash: true }, ...rolledOut(150)],
  [...rolledOut(40), { kind: 'pods', doCrash: true }, ...rolledOut(200)],
  FULL_DATABASE,
  HANGING,
  CONTEST,
  [{ kind: 'webhook', stamps: true }, ...rolledOut(60)],
  // More than a Deployment keeps ReplicaSets of.
  [40, 60, 150].flatMap((max) => [...rolledOut(max, 'Disabled', 0), ...rolledOut(max)]),
);

const secondReconciled = (times: number): HistoryEvent[] =>
  Array.from({ length: times }, (): HistoryEvent[] => [
    { kind: 'reconcileSecond', writes: 9 },
    { kind: 'settle' },
  ]).flat();

/** Variables of somebody else are adopted, the first numbers fail, and all is put back. */
const PUT_BACK: readonly HistoryEvent[] = [
  { kind: 'own', backend: 'search-api', variable: 'DB_POOL_MAX', way: 'value' },
  { kind: 'adopt', adopt: true },
  { kind: 'pods', doCrash: true },
  settings(150),
  ...reconciled(4),
];

/** What a client-side apply had set is adopted. */
const ADOPTED: readonly HistoryEvent[] = [
  { kind: 'kubectlApply', manifest: { DB_POOL_MIN: '2', DB_POOL_MAX: '31' } },
  { kind: 'adopt', adopt: true },
  ...reconciled(4),
];

/** Some histories begin with events that seldom come together. */
const beginning = fc.constantFrom<readonly HistoryEvent[]>(
  [],
  ADOPTED,
  [{ kind: 'webhook', stamps: true }, ...reconciled(4), settings(60), ...reconciled(4)],
  PUT_BACK,
  [
    ...PUT_BACK,
    { kind: 'own', backend: 'search-api', variable: 'DB_POOL_MIN', way: 'secret' },
    { kind: 'settle' },
    { kind: 'retry', request: 'a' },
  ],
  // Numbers that were good for one Deployment, and others that fail in the next.
  [
    ...reconciled(4),
    { kind: 'target', backend: 'orders-api' },
    settings(150),
    { kind: 'pods', doCrash: true },
    ...reconciled(3),
  ],
  [...reconciled(4), { kind: 'sidecar', isThere: true }, { kind: 'adopt', adopt: true }],
  [...reconciled(4), settings(60), ...reconciled(4), settings(200), ...reconciled(4)],
  [...reconciled(4), { kind: 'suspend', suspend: true }, settings(60), ...reconciled(3)],
  rolledOut(60, 'Required'),
  FULL_DATABASE,
  CONTEST,
  HANGING,
  // Two profiles, each with its Deployment; then both name the same.
  [{ kind: 'second', isThere: true }, ...reconciled(3), ...secondReconciled(5)],
  [{ kind: 'second', isThere: true }, ...secondReconciled(5), { kind: 'target', backend: 'orders-api' }],
);

/** Histories with credentials begin with nothing, a full database, or a wrong password and a request for a probe after that. */
const rejected = fc.constantFrom<readonly Drawn<typeof relogging>[]>([], FULL_DATABASE, [
  { kind: 'secret', secret: 'search-api-db', password: 'wrong' },
  ...reconciled(3),
  { kind: 'probe' },
  ...reconciled(3),
]);

/** Pods were restarted before the next rollout. */
const OLD_RESTARTS: readonly HistoryEvent[] = [
  ...rolledOut(60),
  { kind: 'restartPods', end: 'killed', times: 2 },
  settings(40),
  ...reconciled(2),
];

export const history = (maxLength: number): fc.Arbitrary<readonly Drawn<typeof event>[]> =>
  fc.tuple(start, fc.array(event, { maxLength, size: 'max' })).map(([first, rest]) => [...first, ...rest]);
export const sharedHistory = (maxLength: number) =>
  fc
    .tuple(beginning, fc.array(meddling, { maxLength, size: 'max' }))
    .map(([first, rest]): readonly HistoryEvent[] => [...first, ...rest]);
export const sessionsHistory = (maxLength: number): fc.Arbitrary<readonly HistoryEvent[]> =>
  fc
    .tuple(
      fc.constantFrom<readonly HistoryEvent[]>([], [], [{ kind: 'webhook', stamps: true }], OLD_RESTARTS, HANGING),
      fc.oneof(fc.array(sharing, { maxLength, size: 'max' }), fc.array(rationed, { maxLength, size: 'max' })),
    )
    .map(([first, rest]) => [...first, ...rest]);
export const credentialsHistory = (maxLength: number): fc.Arbitrary<readonly Drawn<typeof relogging>[]> =>
  fc.tuple(rejected, fc.array(relogging, { maxLength, size: 'max' })).map(([first, rest]) => [...first, ...rest]);
