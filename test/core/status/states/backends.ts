/** Backends that run, that are being rolled out, and whose rollout has not started. */
import type { StateOf } from '../../../../src/core/model/config-state.ts';
import type {
  Observed,
  ObservedConfigMap,
  ObservedDeployment,
  ObservedPod,
  ObservedPodContainer,
} from '../../../../src/core/model/observed.ts';
import { neighbour } from '../../budget/builders.ts';
import {
  completedRollout,
  container,
  DATABASE,
  deploymentUsing,
  NOW,
  observed,
  pod,
  pods,
  renderedConfigMap,
  replicaSet,
  shared,
  succeededState,
  variable,
  driftRepair,
} from '../../builders.ts';
import { HOUR } from '../../probe/builders.ts';
import {
  crashFailure,
  newConfig,
  observedRollout,
  oldConfig,
  runningBackend,
  startedRollout,
} from '../../rollout-builders.ts';
import { asks, type SpecChanges } from './state.ts';

/* A backend that runs. */

export const good = renderedConfigMap(newConfig, { state: succeededState });
export const running = (changes: Partial<Observed> = {}) => observed({ ...asks(), ...runningBackend, ...changes });

/** Some pods of `newConfig` are as `change` says; the others are ready. */
export const withPod = (change: Partial<ObservedPod>) => [pod(newConfig.hash, change), ...pods(newConfig.hash, 2)];

export const containerOf = (changes: Partial<ObservedPodContainer>): Partial<ObservedPod> => ({
  isReady: false,
  containers: [
    {
      name: 'app',
      isReady: false,
      restarts: 0,
      startedAt: undefined,
      waiting: undefined,
      crash: undefined,
      ...changes,
    },
  ],
});

export const loops = containerOf({
  restarts: 3,
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
  crash: { exitCode: 1, reason: 'Error', at: NOW - 60_000 },
});
const [waits] = containerOf({ waiting: { reason: 'PodInitializing', message: '' } }).containers ?? [];
export const initLoops: Partial<ObservedPod> = {
  isReady: false,
  containers: [
    ...(loops.containers ?? []).map((one) => ({ ...one, name: 'migrate', isInit: true as const })),
    waits,
  ].flatMap((one) => one ?? []),
};
export const withoutMemory = containerOf({
  restarts: 3,
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off' },
  crash: { exitCode: 137, reason: 'OOMKilled', at: NOW - 60_000 },
});
/** Between two crashes: it runs, and has not been ready since. */
export const runsAgain = {
  ...containerOf({ restarts: 3, startedAt: NOW - 5000, crash: { exitCode: 1, reason: 'Error', at: NOW - 6000 } }),
  readyChangedAt: NOW - 60_000,
};
/** The same with exit code 0, as of a program that takes a lost database for the end of its work. */
export const runsAfterExit = {
  ...containerOf({ restarts: 3, startedAt: NOW - 5000, hasExited: true }),
  readyChangedAt: NOW - 60_000,
};
/** The same without a readiness probe: the kubelet calls it ready since it runs. */
export const runsUnprobed = {
  ...containerOf({
    isReady: true,
    restarts: 3,
    startedAt: NOW - 5000,
    hasExited: true,
    isUnprobed: true,
    lastRunMs: 60_000,
  }),
  isReady: true,
  readyChangedAt: NOW - 5000,
};
export const pulls = containerOf({ waiting: { reason: 'ImagePullBackOff', message: 'no such image' } });
export const lacksReadiness = { ...containerOf({ startedAt: NOW - HOUR }), readyChangedAt: NOW - 5000 };
export const starts = containerOf({ waiting: { reason: 'ContainerCreating', message: '' } });
export const hasNoNode: Partial<ObservedPod> = {
  isReady: false,
  unschedulable: '0/3 nodes are available',
  containers: [],
};

/** After its rollout was observed, a pod of good settings is ill. */
export const later = (change: Partial<ObservedPod>) => {
  const base = deploymentUsing(newConfig.name);
  return running({
    deployment: { ...base, status: { ...base.status, availableReplicas: 2 } },
    pods: withPod(change),
  });
};

const used = deploymentUsing(newConfig.name);

export const overQuota = {
  ...used,
  replicas: 4,
  status: { ...used.status, replicaFailure: 'exceeded quota' },
};

/* A rollout in progress. */

export const rolling = (
  changes: Partial<ObservedDeployment['status']> = {},
  more: Partial<ObservedDeployment> = {},
) => {
  const base = deploymentUsing(newConfig.name, more);
  return { ...base, status: { ...base.status, updatedReplicas: 1, replicas: 4, ...changes } };
};
export const rollout = (change: Partial<ObservedPod>, changes: Partial<ObservedDeployment['status']> = {}) =>
  observedRollout({ ...asks(), deployment: rolling(changes), pods: withPod(change) });

export const deadlineExceeded = 'ReplicaSet "search-api-1" has timed out progressing.';
export const failed = renderedConfigMap(newConfig, { state: { rollout: startedRollout, failed: crashFailure } });
export const lastGood = renderedConfigMap(oldConfig, { state: succeededState });

/** The settings of the spec have failed, and the backend runs others. */
export const rolledBack = (changes: Partial<Observed> = {}) =>
  observedRollout({
    ...asks(),
    configMaps: [
      failed,
      renderedConfigMap(oldConfig, { state: { ...succeededState, rollout: { ...completedRollout, revision: 2 } } }),
    ],
    deployment: deploymentUsing(oldConfig.name, { revision: 3 }),
    replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
    pods: pods(oldConfig.hash),
    ...changes,
  });

/** The pods of the rollback, of which one has this change. */
export const podsRolledBack = (change: Partial<ObservedPod>): readonly ObservedPod[] => {
  const ownerUid = replicaSet(oldConfig.hash, 3).uid;
  return [
    pod(oldConfig.hash, { ownerUid, ...change }),
    ...pods(oldConfig.hash, 2).map((one) => ({ ...one, ownerUid })),
  ];
};

/** A rollout whose record has more. */
export const recordedWith = (more: Partial<StateOf<'rollout'>>) => [
  renderedConfigMap(newConfig, { state: { rollout: { ...startedRollout, ...more } } }),
  lastGood,
];

/** The rollback itself is recorded, and not yet good. */
export const rollbackOf = (completedAt?: number): ObservedConfigMap =>
  renderedConfigMap(oldConfig, {
    state: {
      rollout: { ...completedRollout, sequence: 5, startedAt: NOW - 30_000, revision: 2, completedAt },
      lastGood: { sequence: 2, at: NOW - HOUR },
    },
  });

/* A rollout that has not started. */

export const before = (changes: SpecChanges = {}, more: Partial<Observed> = {}) =>
  observedRollout({
    ...asks(changes),
    configMaps: [renderedConfigMap(newConfig), lastGood],
    deployment: deploymentUsing(oldConfig.name),
    replicaSets: [replicaSet(oldConfig.hash, 2, 3)],
    pods: pods(oldConfig.hash),
    ...more,
  });

export const window = { schedule: '30 22 * * *', durationSeconds: 3600, timeZone: 'UTC' };
export const sessions = (changes: object) => ({ database: { ...DATABASE, sessions: { reserve: 0, ...changes } } });
export const others = (phase: 'Rolling' | 'UpToDate') =>
  shared({
    budget: {
      group: 'FREE/PDB1',
      members: [neighbour('orders', 1, { pools: { phase }, database: { limit: undefined, reserve: 0 } })],
    },
  });

export const anotherRollout = deploymentUsing(oldConfig.name, { revision: 3 });
/** The operator has set the variables again five times. */
export const contested = renderedConfigMap(newConfig, {
  state: { ...succeededState, driftRepair: driftRepair({ count: 5, firstAt: NOW - 600_000, at: NOW - 1000 }) },
});
export const edited = deploymentUsing(newConfig.name, {
  containers: [container(variable('DB_POOL_MAX', { kind: 'value', value: '99' }, 'kubectl'))],
});
