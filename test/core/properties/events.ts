/** The events of a simulated namespace between two reconciles: how fast-check draws them, and how they are played. */
import fc from 'fast-check';
import type { ProfileSpec } from '../../../src/api/v1alpha1.ts';
import type { Backend } from '../simulation/backend.ts';
import { verdict } from '../builders.ts';
import type { Kind } from '../simulation/cluster.ts';
import * as userActions from '../simulation/user-actions.ts';
import type { World } from '../simulation/world.ts';
import {
  CLOCK_JUMPS,
  DISRUPTION_ACTIONS,
  type Disruption,
  LABEL_LOSS,
  POD_DISRUPTIONS,
  TOOL_DISRUPTIONS,
} from './disruption-events.ts';

/** Few, so that histories come back to numbers that were there before. */
export const pool = fc
  .record({ min: fc.constantFrom(0, 5), max: fc.constantFrom(40, 60, 150, 200) })
  .map(({ min, max }): ProfileSpec['pool'] => ({ min, max, timeoutSeconds: 30, recycleSeconds: 3600, poolsPerPod: 1 }));

export const policy = fc.constantFrom('Required' as const, 'Advisory' as const, 'Disabled' as const);
const onFailure = fc.constantFrom('Rollback' as const, 'Hold' as const);
const kinds = fc.subarray<Kind>(['deployment', 'configMaps', 'replicaSets', 'pods', 'probes', 'answers'], {
  minLength: 1,
});

const outcome = fc.constantFrom(
  verdict(),
  verdict({ outcome: 'PermanentFailure', reason: 'AuthenticationFailed', stage: 'logon' }),
  verdict({ outcome: 'TransientFailure', reason: 'ConnectionRefused', stage: 'connect' }),
  verdict({ outcome: 'InsufficientCapacity', reason: 'SessionLimitReached', stage: 'pool' }),
  verdict({ outcome: 'Inconclusive', reason: 'UnsupportedByProbe', stage: 'logon' }),
);

const is = <K extends string>(kind: K) => fc.constant(kind);
const request = fc.constantFrom('a', 'b', 'c');

/** What the operator and the cluster do, and what they cannot help. */
const MACHINE = [
  { weight: 3, arbitrary: fc.record({ kind: is('crash'), writes: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: is('reconcile') }) },
  { weight: 5, arbitrary: fc.record({ kind: is('settle') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('observe') }) },
  { weight: 2, arbitrary: fc.record({ kind: is('wait'), ms: fc.integer({ min: 1, max: 600_000 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: is('fallBehind'), kinds }) },
  { weight: 2, arbitrary: fc.record({ kind: is('catchUp') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('verdicts'), outcome }) },
  { weight: 1, arbitrary: fc.record({ kind: is('pods'), doCrash: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: is('crashOnce') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('scale'), replicas: fc.integer({ min: 0, max: 5 }) }) },
] as const;

/** What users do with one profile and its Deployment. */
const USER_ACTIONS = [
  { weight: 3, arbitrary: fc.record({ kind: is('edit'), pool, policy, onFailure }) },
  { weight: 2, arbitrary: fc.record({ kind: is('undo') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('setByHand'), value: fc.constantFrom('1', '99') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('image'), rest: fc.constantFrom('v1', 'v2') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('retry'), request }) },
  { weight: 1, arbitrary: fc.record({ kind: is('rollback'), request }) },
  { weight: 1, arbitrary: fc.record({ kind: is('suspend'), suspend: fc.boolean() }) },
] as const;

const variable = fc.constantFrom('DB_POOL_MIN' as const, 'DB_POOL_MAX' as const);
const way = fc.constantFrom<userActions.Way>('value', 'otherValue', 'configMap', 'secret');
const container = fc.constantFrom(undefined, 'app', 'sidecar');
const backend = fc.constantFrom('search-api' as const, 'search-api' as const, 'orders-api' as const);

/** What users do with variables, containers and Deployments that the operator shares with them, and with whole profiles. */
const OWNERS = [
  { weight: 3, arbitrary: fc.record({ kind: is('own'), backend, variable, way }) },
  { weight: 2, arbitrary: fc.record({ kind: is('drop'), backend, variable }) },
  { weight: 1, arbitrary: fc.record({ kind: is('duplicate'), variable, isOver: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: is('envFrom'), isThere: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: is('adopt'), adopt: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: is('onDelete'), onDelete: fc.constantFrom('Retain', 'Restore') }) },
  { weight: 2, arbitrary: fc.record({ kind: is('delete') }) },
  { weight: 4, arbitrary: fc.record({ kind: is('apply') }) },
  { weight: 1, arbitrary: fc.record({ kind: is('target'), backend }) },
  { weight: 1, arbitrary: fc.record({ kind: is('container'), container }) },
  { weight: 1, arbitrary: fc.record({ kind: is('sidecar'), isThere: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: is('rename'), name: fc.constantFrom('app', 'web'), isMadeAnew: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: is('recreate'), isGone: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: is('second'), isThere: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ kind: is('reconcileSecond'), writes: fc.constantFrom(0, 1, 2, 9) }) },
] as const;

/** What of a backend decides how many sessions there are, and for how long. */
const SESSIONS = [
  { weight: 4, arbitrary: fc.record({ kind: is('step'), backend }) },
  { weight: 2, arbitrary: fc.record({ kind: is('grace'), backend, ms: fc.constantFrom(0, 30_000, 3_600_000) }) },
  { weight: 1, arbitrary: fc.record({ kind: is('keepSets'), backend, count: fc.constantFrom(0, 1, 3) }) },
  { weight: 1, arbitrary: fc.record({ kind: is('resize'), backend, replicas: fc.integer({ min: 0, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: is('evict'), backend }) },
  { weight: 3, arbitrary: fc.record({ kind: is('editSecond'), pool, onFailure }) },
  { weight: 6, arbitrary: fc.record({ kind: is('reconcileSecond'), writes: fc.constantFrom(0, 1, 2, 9) }) },
] as const;

const secret = fc.constantFrom('search-api-db', 'other-db');
const password = fc.constantFrom('right', 'wrong', 'other');

/** What users do with credentials. */
const CREDENTIALS = [
  { weight: 3, arbitrary: fc.record({ kind: is('secret'), secret, password }) },
  { weight: 1, arbitrary: fc.record({ kind: is('alterUser'), password }) },
  { weight: 2, arbitrary: fc.record({ kind: is('credentials'), secret }) },
  { weight: 1, arbitrary: fc.record({ kind: is('probe') }) },
] as const;

/** What may happen to a namespace with one profile, whose Deployment nobody else has set variables of. */
export const event = fc.oneof(...MACHINE, ...USER_ACTIONS, ...POD_DISRUPTIONS, ...TOOL_DISRUPTIONS, ...LABEL_LOSS);

/** What may happen where users share the Deployments, and delete and apply profiles. */
const meddling = fc.oneof(...MACHINE, ...USER_ACTIONS, ...OWNERS, ...POD_DISRUPTIONS, ...TOOL_DISRUPTIONS);

/** What may happen where credentials change, and two profiles share them. */
const relogging = fc.oneof(
  ...MACHINE,
  ...CREDENTIALS,
  { weight: 2, arbitrary: fc.record({ kind: is('edit'), pool, policy, onFailure }) },
  { weight: 1, arbitrary: fc.record({ kind: is('suspend'), suspend: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: is('second'), isThere: fc.constant(true) }) },
  { weight: 5, arbitrary: fc.record({ kind: is('reconcileSecond'), writes: fc.constantFrom(0, 1, 2, 9) }) },
);

/** What may happen where two backends share the sessions of a database. */
const sharing = fc.oneof(
  ...MACHINE,
  ...USER_ACTIONS,
  ...SESSIONS,
  ...POD_DISRUPTIONS,
  ...TOOL_DISRUPTIONS,
  ...CLOCK_JUMPS,
);

/** The same where a quota keeps pods from being made, and nobody sets variables by hand meanwhile. */
const rationed = fc.oneof(
  ...MACHINE,
  ...SESSIONS,
  ...POD_DISRUPTIONS,
  { weight: 3, arbitrary: fc.record({ kind: is('edit'), pool, policy, onFailure }) },
  { weight: 2, arbitrary: fc.record({ kind: is('quota'), backend, isOver: fc.boolean() }) },
);

type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;
export type HistoryEvent =
  | Disruption
  | Drawn<typeof meddling>
  | Drawn<typeof relogging>
  | Drawn<typeof sharing>
  | Drawn<typeof rationed>;

type Action = {
  readonly [K in HistoryEvent['kind']]: (world: World, what: Extract<HistoryEvent, { kind: K }>) => void;
};

const named = ({ backends }: World, name: string): Backend => (name === backends[0].name ? backends[0] : backends[1]);

/** A Deployment that is not there cannot be edited. */
const onBackend = (found: Backend, edit: (backend: Backend) => void) => {
  if (found.isThere) edit(found);
};

const rolloutOf = (what: { readonly onFailure: 'Rollback' | 'Hold' }) => ({
  onFailure: what.onFailure,
  observeSeconds: 30,
});

const ACTIONS: Action = {
  ...DISRUPTION_ACTIONS,
  edit: (world, what) => userActions.edit(world, what.pool, what.policy, rolloutOf(what)),
  editSecond: (world, what) => userActions.edit(world, what.pool, 'Disabled', rolloutOf(what), 'orders'),
  verdicts: ({ database }, { outcome: next }) => {
    database.nextVerdict = next;
  },
  crash: (world, { writes }) => void world.reconcile(writes),
  reconcile: (world) => void world.reconcile(),
  settle: (world) => world.settle(),
  observe: (world) => world.backend.observe(),
  wait: (world, { ms }) => world.wait(ms),
  fallBehind: (world, what) => world.fallBehind(what.kinds),
  catchUp: (world) => world.catchUp(),
  suspend: (world, { suspend }) => userActions.change(world, { suspend }),
  undo: (world) => void world.backend.undo(),
  setByHand: ({ backend: found }, { value }) => {
    if (found.template.labels.profile !== undefined) onBackend(found, (one) => userActions.setByHand(one, value));
  },
  image: ({ backend: found }, { rest }) => onBackend(found, (one) => one.write({ foreignTemplateHash: rest })),
  scale: ({ backend: found }, { replicas }) => onBackend(found, (one) => one.scale(replicas)),
  pods: ({ backends }, { doCrash }) => {
    for (const one of backends) one.crashAbove = doCrash ? userActions.TOO_MANY : Number.POSITIVE_INFINITY;
  },
  crashOnce: ({ backend: found, now }) => found.crashOnce(now),
  retry: (world, what) => userActions.makeRequest(world, { retryRequestedAt: what.request }),
  rollback: (world, what) => userActions.makeRequest(world, { rollbackRequestedAt: what.request }),
  // Another value each time: a value that is repeated after another one is a new request.
  probe: (world) => userActions.makeRequest(world, { probeRequestedAt: world.nextVersion() }),
  own: (world, what) =>
    onBackend(named(world, what.backend), (one) => userActions.setVariable(one, what.variable, what.way)),
  drop: (world, what) => onBackend(named(world, what.backend), (one) => userActions.dropVariable(one, what.variable)),
  duplicate: ({ backend: found }, what) =>
    onBackend(found, (one) => (what.isOver ? userActions.unduplicate(one) : userActions.duplicate(one, what.variable))),
  envFrom: (world, { isThere }) => onBackend(world.backend, (one) => userActions.setEnvFrom(world, one, isThere)),
  adopt: (world, { adopt }) => userActions.change(world, { targetRef: { adopt } }),
  onDelete: (world, { onDelete }) => userActions.change(world, { onDelete }),
  delete: (world) => {
    const found = world.named('search');
    if (found !== undefined) world.delete(found);
  },
  apply: (world) => userActions.applyFirst(world),
  target: (world, what) => userActions.change(world, { targetRef: { name: what.backend } }),
  container: (world, what) => userActions.change(world, { targetRef: { container: what.container } }),
  sidecar: ({ backend: found }, { isThere }) => onBackend(found, (one) => userActions.setSidecar(one, isThere)),
  rename: ({ backend: found }, what) => onBackend(found, (one) => userActions.rename(one, what.name, what.isMadeAnew)),
  recreate: (world, { isGone }) => {
    if (!isGone) userActions.recreate(world, world.backend);
    else if (world.backend.isThere) world.deleteBackend(world.backend);
  },
  second: (world, { isThere }) => {
    const found = world.named('orders');
    if (isThere) userActions.applySecond(world);
    else if (found !== undefined) world.delete(found);
  },
  reconcileSecond: (world, { writes }) => void world.reconcile(writes, 'orders'),
  step: (world, what) => void named(world, what.backend).step(world.now),
  grace: (world, what) => {
    named(world, what.backend).graceMs = what.ms;
  },
  keepSets: (world, what) => {
    named(world, what.backend).historyLimit = what.count;
  },
  resize: (world, what) => onBackend(named(world, what.backend), (one) => one.scale(what.replicas)),
  evict: (world, what) => named(world, what.backend).evict(world.now),
  quota: (world, what) => {
    named(world, what.backend).isOverQuota = what.isOver;
  },
  secret: ({ database }, what) => {
    database.secrets[what.secret] = what.password;
  },
  alterUser: ({ database }, what) => {
    database.password = what.password;
  },
  credentials: (world, what) => userActions.setCredentials(world, what.secret),
};

export function playEvent<K extends HistoryEvent['kind']>(
  world: World,
  what: Extract<HistoryEvent, { kind: K }>,
): void {
  const act: (world: World, what: Extract<HistoryEvent, { kind: K }>) => void = ACTIONS[what.kind];
  act(world, what);
}

/** What the machine does: it gives the operator no reason to write a template that it wrote before. */
const IDLE: ReadonlySet<HistoryEvent['kind']> = new Set([
  'crash',
  'reconcile',
  'reconcileSecond',
  'settle',
  'observe',
  'wait',
  'fallBehind',
  'catchUp',
  'verdicts',
  'scale',
  'scaleToZero',
  'suspend',
  'keepRevisions',
  'clock',
]);

export const isUserAction = ({ kind }: HistoryEvent) => !IDLE.has(kind);

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

/** Most histories begin where random events seldom lead: with proven settings, a rollback, or many revisions. */
const start = fc.constantFrom<readonly Drawn<typeof event>[]>(
  [],
  rolledOut(60, 'Required'),
  [...rolledOut(60), { kind: 'pods', doCrash: true }, ...rolledOut(150)],
  [...rolledOut(40), { kind: 'pods', doCrash: true }, ...rolledOut(200)],
  FULL_DATABASE,
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

/** Some histories begin with events that seldom come together. */
const beginning = fc.constantFrom<readonly HistoryEvent[]>(
  [],
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

export const history = (maxLength: number): fc.Arbitrary<readonly Drawn<typeof event>[]> =>
  fc.tuple(start, fc.array(event, { maxLength, size: 'max' })).map(([first, rest]) => [...first, ...rest]);
export const sharedHistory = (maxLength: number) =>
  fc
    .tuple(beginning, fc.array(meddling, { maxLength, size: 'max' }))
    .map(([first, rest]): readonly HistoryEvent[] => [...first, ...rest]);
export const sessionsHistory = (maxLength: number): fc.Arbitrary<readonly HistoryEvent[]> =>
  fc
    .tuple(
      fc.constantFrom<readonly HistoryEvent[]>([], [], [{ kind: 'webhook', stamps: true }]),
      fc.oneof(fc.array(sharing, { maxLength, size: 'max' }), fc.array(rationed, { maxLength, size: 'max' })),
    )
    .map(([first, rest]) => [...first, ...rest]);
export const credentialsHistory = (maxLength: number): fc.Arbitrary<readonly Drawn<typeof relogging>[]> =>
  fc.tuple(rejected, fc.array(relogging, { maxLength, size: 'max' })).map(([first, rest]) => [...first, ...rest]);
