/** Whether the histories of the other properties lead into the states that real clusters have: a state that is rare proves nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measured } from '../../support/measured.ts';
import { applySecond } from '../simulation/user-actions.ts';
import { World } from '../simulation/world.ts';
import { type HistoryEvent, playEvent } from './events.ts';
import { history, sessionsHistory, sharedHistory } from './histories.ts';
import { BranchCounts, RUNS } from './runs.ts';

type State =
  | 'a rollout with restarts from before it'
  | 'the clock jumped'
  | 'a label was lost'
  | 'the whole Deployment was written back'
  | 'the Deployment was made anew'
  | 'scaled to 0'
  | 'scaled up from 0'
  | 'a ReplicaSet was collected'
  | 'all pods were restarted by kubectl rollout restart'
  | 'a write was stamped by a webhook'
  | 'a rollout timed out'
  | 'a pod was evicted'
  | 'pods were restarted'
  | 'a manifest was applied by client-side apply';

type Before = {
  readonly writes: number;
  readonly sets: number;
  readonly replicas: number;
  readonly isOurs: boolean;
  readonly uid: string;
  readonly hasRestarts: boolean;
  readonly isStamped: boolean;
  readonly aheadMs: number;
  readonly isLate: boolean;
  readonly evicted: number;
  readonly restarts: number;
};

const before = ({ backend, writes, leader: { aheadMs } }: World): Before => ({
  writes: writes.length,
  sets: backend.sets.length,
  replicas: backend.deployment.replicas,
  isOurs: backend.isThere && backend.template.labels.profile !== undefined,
  uid: backend.deployment.uid,
  hasRestarts: backend.live.some(({ containers }) => containers.some(({ restarts }) => restarts > 0)),
  isStamped: backend.isStampedAtEachWrite,
  aheadMs,
  isLate: backend.deployment.status.deadlineExceeded !== undefined,
  evicted: backend.pods.filter(({ failedAs }) => failedAs !== undefined).length,
  restarts: backend.live.flatMap(({ containers }) => containers).reduce((sum, { restarts }) => sum + restarts, 0),
});

/** An event, with a backend that had the operator's settings before it. */
type Change = { readonly kind: HistoryEvent['kind']; readonly was: Before; readonly is: Before };

const isMadeAnew = ({ was, is }: Change) => is.uid !== was.uid;
const isWritten = ({ was, is }: Change) => is.writes > was.writes;

const STATES: Readonly<Record<State, (change: Change) => boolean>> = {
  'a rollout with restarts from before it': (change) => isWritten(change) && change.was.hasRestarts,
  'the clock jumped': ({ was, is }) => is.aheadMs !== was.aheadMs,
  'a label was lost': ({ kind }) => kind === 'dropLabels',
  'the whole Deployment was written back': (change) => change.kind === 'replace' && !isMadeAnew(change),
  'the Deployment was made anew': (change) => change.kind === 'replace' && isMadeAnew(change),
  'scaled to 0': ({ was, is }) => is.replicas === 0 && was.replicas > 0,
  'scaled up from 0': ({ was, is }) => is.replicas > 0 && was.replicas === 0,
  'a ReplicaSet was collected': ({ was, is }) => is.sets < was.sets,
  'all pods were restarted by kubectl rollout restart': ({ kind }) => kind === 'rolloutRestart',
  'a write was stamped by a webhook': (change) => isWritten(change) && change.was.isStamped,
  'a rollout timed out': ({ was, is }) => is.isLate && !was.isLate,
  'a pod was evicted': ({ was, is }) => is.evicted > was.evicted,
  'pods were restarted': ({ kind, was, is }) => kind === 'restartPods' && is.restarts > was.restarts,
  'a manifest was applied by client-side apply': ({ kind }) => kind === 'kubectlApply',
};

/** Floors for each history, in times per run. */
const EACH: Readonly<Record<Exclude<State, 'a manifest was applied by client-side apply'>, number>> = {
  'a label was lost': 0.02,
  'the clock jumped': 0.02,
  'a rollout timed out': 0.02,
  'a pod was evicted': 0.02,
  'pods were restarted': 0.02,
  'a rollout with restarts from before it': 0.05,
  'the whole Deployment was written back': 0.01,
  'the Deployment was made anew': 0.008,
  'scaled to 0': 0.04,
  'scaled up from 0': 0.015,
  'a ReplicaSet was collected': 0.015,
  'all pods were restarted by kubectl rollout restart': 0.015,
  'a write was stamped by a webhook': 0.02,
};

const MANIFESTS = { 'a manifest was applied by client-side apply': 0.02 };

test.for<[string, fc.Arbitrary<readonly HistoryEvent[]>, (world: World) => void, Readonly<Record<string, number>>]>([
  ['one profile', history(60), () => undefined, EACH],
  ['users who share its Deployments', sharedHistory(60), () => undefined, { ...EACH, ...MANIFESTS }],
  ['two backends of one database', sessionsHistory(60), applySecond, EACH],
])('histories lead into the states of real clusters: %s', ([title, histories, setUp, floors]) => {
  const counts = new BranchCounts<string>();
  fc.assert(
    fc.property(histories, (all) => {
      const world = new World();
      setUp(world);
      for (const what of all) {
        const was = before(world);
        playEvent(world, what);
        const change = { kind: what.kind, was, is: before(world) };
        for (const state of Object.keys(STATES) as State[]) counts.count(state, was.isOurs && STATES[state](change));
      }
      expect(world.backends).toHaveLength(2);
    }),
    RUNS,
  );
  measured(`${RUNS.numRuns} histories of ${title}: ${counts.summary}`);
  counts.expectAtLeast(floors);
});
