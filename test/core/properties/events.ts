/** The events of a simulated namespace between two reconciles: how fast-check draws them, and how they are played. */
import fc from 'fast-check';
import type { ProfileSpec } from '../../../src/api/v1alpha1.ts';
import type { Backend } from '../simulation/backend.ts';
import { verdict } from '../builders.ts';
import { applyClientSide, type Manifest } from '../simulation/client-side-apply.ts';
import type { Kind } from '../simulation/cluster.ts';
import { crashOnce } from '../simulation/disruptions.ts';
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
/** What a manifest has of them. */
const manifest = fc.constantFrom<Manifest>({}, {}, { DB_POOL_MAX: '30' }, { DB_POOL_MIN: '2', DB_POOL_MAX: '31' });
const way = fc.constantFrom<userActions.Way>('value', 'otherValue', 'configMap', 'secret');
const container = fc.constantFrom(undefined, 'app', 'sidecar');
const backend = fc.constantFrom('search-api' as const, 'search-api' as const, 'orders-api' as const);

/** What users do with variables, containers and Deployments that the operator shares with them, and with whole profiles. */
const OWNERS = [
  { weight: 3, arbitrary: fc.record({ kind: is('own'), backend, variable, way }) },
  { weight: 2, arbitrary: fc.record({ kind: is('drop'), backend, variable }) },
  { weight: 2, arbitrary: fc.record({ kind: is('kubectlApply'), manifest }) },
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

const QUOTA = [{ weight: 1, arbitrary: fc.record({ kind: is('quota'), backend, isOver: fc.boolean() }) }] as const;

/** What users do with credentials. */
const CREDENTIALS = [
  { weight: 3, arbitrary: fc.record({ kind: is('secret'), secret, password }) },
  { weight: 1, arbitrary: fc.record({ kind: is('alterUser'), password }) },
  { weight: 2, arbitrary: fc.record({ kind: is('credentials'), secret }) },
  { weight: 1, arbitrary: fc.record({ kind: is('probe') }) },
] as const;

/** What may happen to a namespace with one profile, whose Deployment nobody else has set variables of. */
export const event = fc.oneof(
  ...MACHINE,
  ...USER_ACTIONS,
  ...POD_DISRUPTIONS,
  ...TOOL_DISRUPTIONS,
  ...LABEL_LOSS,
  ...CLOCK_JUMPS,
  ...QUOTA,
);

/** What may happen where users share the Deployments, and delete and apply profiles. */
export const meddling = fc.oneof(
  ...MACHINE,
  ...USER_ACTIONS,
  ...OWNERS,
  ...POD_DISRUPTIONS,
  ...TOOL_DISRUPTIONS,
  ...LABEL_LOSS,
  ...CLOCK_JUMPS,
  ...QUOTA,
);

/** What may happen where credentials change, and two profiles share them. */
export const relogging = fc.oneof(
  ...MACHINE,
  ...CREDENTIALS,
  ...CLOCK_JUMPS,
  { weight: 2, arbitrary: fc.record({ kind: is('edit'), pool, policy, onFailure }) },
  { weight: 1, arbitrary: fc.record({ kind: is('suspend'), suspend: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: is('second'), isThere: fc.constant(true) }) },
  { weight: 5, arbitrary: fc.record({ kind: is('reconcileSecond'), writes: fc.constantFrom(0, 1, 2, 9) }) },
);

/** What may happen where two backends share the sessions of a database. */
export const sharing = fc.oneof(
  ...MACHINE,
  ...USER_ACTIONS,
  ...SESSIONS,
  ...POD_DISRUPTIONS,
  ...TOOL_DISRUPTIONS,
  ...LABEL_LOSS,
  ...CLOCK_JUMPS,
);

/** The same where a quota keeps pods from being made, and nobody sets variables by hand meanwhile. */
export const rationed = fc.oneof(
  ...MACHINE,
  ...SESSIONS,
  ...POD_DISRUPTIONS,
  ...CLOCK_JUMPS,
  { weight: 3, arbitrary: fc.record({ kind: is('edit'), pool, policy, onFailure }) },
  ...QUOTA,
);

export type Drawn<A> = A extends fc.Arbitrary<infer T> ? T : never;
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
  observe: (world) => world.backend.observe(world.now),
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
  crashOnce: ({ backend: found, now }) => crashOnce(found, now),
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
  kubectlApply: ({ backend: found }, what) => onBackend(found, (one) => void applyClientSide(one, what.manifest)),
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

/** What leaves the settings and the variables as they are: it gives the operator no reason to write a template that it wrote before. */
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
  'restartPods',
  'failPod',
  'evict',
  'dropLabels',
  'webhook',
  'rolloutRestart',
  'quota',
  'initContainer',
]);

export const isUserAction = ({ kind }: HistoryEvent) => !IDLE.has(kind);
