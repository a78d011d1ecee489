/** Profiles whose rollout waits, is in progress, failed, or is long complete. */
import {
  completedRollout,
  deployment,
  deploymentUsing,
  NOW,
  pod,
  pods,
  renderedConfigMap,
  replicaSet,
} from '../../builders.ts';
import { finishedJob, provenConfigMap } from '../../probe/builders.ts';
import { newConfig, observedRollout, oldConfig } from '../../rollout-builders.ts';
import { asks, state, type State } from './state.ts';
import {
  anotherRollout,
  before,
  contested,
  deadlineExceeded,
  edited,
  failed,
  good,
  hasNoNode,
  lacksReadiness,
  lastGood,
  loops,
  others,
  podsRolledBack,
  pulls,
  recordedWith,
  rollbackOf,
  rolledBack,
  rolling,
  rollout,
  running,
  sessions,
  starts,
  window,
  withPod,
  later,
  runsAfterExit,
  runsAgain,
  withoutMemory,
} from './backends.ts';
import { facts, probed } from './probe-states.ts';

export const ROLLOUT_STATES: readonly State[] = [
  state(
    'an edit a moment ago',
    'Debouncing',
    'InProgress',
    before(
      { rollout: { debounceSeconds: 60 } },
      asks({ rollout: { debounceSeconds: 60 } }, { specChangedAt: NOW - 1000 }),
    ),
  ),
  state('a closed window', 'WaitingForWindow', 'InProgress', before({ rollout: { windows: [window] } })),
  state(
    'no window',
    'WindowNeverOpens',
    'Failed',
    before({ rollout: { windows: [{ ...window, schedule: '0 0 30 2 *' }] } }),
  ),
  state(
    'a rollout of somebody else',
    'OtherRolloutInProgress',
    'InProgress',
    before(
      {},
      {
        deployment: { ...anotherRollout, status: { ...anotherRollout.status, updatedReplicas: 1, replicas: 4 } },
        replicaSets: [replicaSet(oldConfig.hash, 3, 1), replicaSet(oldConfig.hash, 2, 3)],
      },
    ),
  ),
  state(
    'the database of the last probe is not in the status',
    'PreviousStepNotReady',
    'InProgress',
    probed({ probes: [finishedJob(facts, 1000)], configMaps: [provenConfigMap(NOW - 1000)], deployment: deployment() }),
  ),
  state('no room', 'BudgetExceeded', 'Failed', before(sessions({ limit: 9, policy: 'Enforce' }))),
  state(
    'another rollout of the database',
    'RolloutQueued',
    'InProgress',
    before(sessions({}), { shared: others('Rolling') }),
  ),
  state(
    'pods that terminate',
    'PodsTerminating',
    'InProgress',
    before(sessions({}), {
      pods: [...pods(oldConfig.hash), pod('0000000000', { isTerminating: true, deletedAt: NOW })],
    }),
  ),
  state('a rollout that starts', 'RollingOut', 'InProgress', before()),

  state('pods that are replaced', 'RollingOut', 'InProgress', rollout(starts)),
  state(
    'pods that are observed',
    'Observing',
    'InProgress',
    observedRollout(asks({ rollout: { observeSeconds: 60 } })),
  ),
  state('no node', 'Unschedulable', 'Failed', rollout(hasNoNode)),
  state('no image', 'ImagePullBackOff', 'Failed', rollout(pulls)),
  state(
    'a quota',
    'ReplicaFailure',
    'Failed',
    observedRollout({
      ...asks(),
      deployment: rolling({ replicaFailure: 'exceeded quota' }),
      pods: pods(newConfig.hash, 1),
    }),
  ),
  state(
    'a paused Deployment',
    'DeploymentPaused',
    'Failed',
    observedRollout({ ...asks(), deployment: rolling({}, { paused: true }) }),
  ),
  state(
    'no progress',
    'ProgressDeadlineExceeded',
    'Failed',
    observedRollout({ ...asks(), deployment: rolling({ deadlineExceeded }) }),
  ),
  state(
    'another container that is not ready in time',
    'NotReady',
    'Failed',
    rollout({ isReady: false, containers: pod('').containers }, { deadlineExceeded }),
  ),
  state(
    'a template that somebody changed, too',
    'TemplateChanged',
    'Failed',
    observedRollout({
      ...asks(),
      configMaps: recordedWith({ templateHash: 'another one', generation: 7 }),
      deployment: rolling(),
      pods: withPod(loops),
    }),
  ),
  state(
    'pods that crash as before the rollout',
    'FailedBefore',
    'Failed',
    observedRollout({
      ...asks(),
      configMaps: recordedWith({ baseline: { failure: 'crashing' } }),
      deployment: rolling(),
      pods: withPod(loops),
    }),
  ),
  state(
    'a pod without a session, in a rollout that frees sessions',
    'SessionsExhausted',
    'Failed',
    observedRollout({
      ...asks(),
      configMaps: recordedWith({ freesSessions: true }),
      deployment: rolling(),
      pods: withPod(loops),
    }),
  ),
  state('pods that crash', 'RolloutFailed', 'InProgress', rollout(loops)),
  state(
    'pods that crash, and Hold',
    'RolloutFailed',
    'Failed',
    observedRollout({ ...asks({ rollout: { onFailure: 'Hold' } }), deployment: rolling(), pods: withPod(loops) }),
  ),
  state(
    'settings that failed, and Hold',
    'RolloutFailed',
    'Failed',
    observedRollout({ ...asks({ rollout: { onFailure: 'Hold' } }), configMaps: [failed, lastGood] }),
  ),

  state(
    'a rollback that starts',
    'RollingBack',
    'InProgress',
    observedRollout({ ...asks(), configMaps: [failed, lastGood] }),
  ),
  state(
    'a rollback that is observed',
    'RolledBack',
    'InProgress',
    rolledBack({ ...asks({ rollout: { observeSeconds: 60 } }), configMaps: [failed, rollbackOf(NOW - 1000)] }),
  ),
  state('a rollback that is complete', 'RolledBack', 'Failed', rolledBack()),
  state(
    'a rollback whose pods crash',
    'CrashLoopBackOff',
    'Failed',
    rolledBack({ configMaps: [failed, rollbackOf()], pods: podsRolledBack(loops) }),
  ),
  state(
    'a rollback whose pods lose their readiness',
    'ReadinessLost',
    'Failed',
    rolledBack({
      ...asks({ rollout: { observeSeconds: 600 } }),
      configMaps: [failed, rollbackOf(NOW - 10_000)],
      pods: podsRolledBack(lacksReadiness),
    }),
  ),
  state(
    'a rollback to the variables from before the profile that is stuck',
    'DeploymentPaused',
    'Failed',
    observedRollout({
      ...asks(),
      configMaps: [failed],
      deployment: { ...deployment({ paused: true, revision: 3 }), status: rolling().status },
      pods: [],
    }),
  ),

  state(
    'an undo',
    'UndoneByUser',
    'Failed',
    observedRollout({
      ...asks(),
      configMaps: [good, renderedConfigMap(oldConfig, { state: { rollout: { ...completedRollout, revision: 0 } } })],
      deployment: deploymentUsing(oldConfig.name, { revision: 3 }, 'kubectl-rollout'),
      replicaSets: [replicaSet(oldConfig.hash, 3, 3), replicaSet(newConfig.hash, 2)],
      pods: pods(oldConfig.hash),
    }),
  ),
  state('variables that somebody edited', 'DriftDetected', 'InProgress', running({ deployment: edited })),
  state(
    'variables that somebody edits again and again',
    'DriftDetected',
    'Failed',
    running({ deployment: edited, configMaps: [contested] }),
  ),
  state(
    'variables that somebody edited again and again, and that are set',
    'DriftDetected',
    'Failed',
    running({ configMaps: [contested] }),
  ),

  state('a pod that crashes after its observation', 'CrashLoopBackOff', 'Failed', later(loops)),
  state('a pod that runs between two crashes', 'CrashLoopBackOff', 'Failed', later(runsAgain)),
  state('a pod that runs between two ends with exit code 0', 'CrashLoopBackOff', 'Failed', later(runsAfterExit)),
  state('a pod that has too little memory', 'OOMKilled', 'Failed', later(withoutMemory)),
  state('a pod that lost its readiness after its observation', 'RollingOut', 'InProgress', later(lacksReadiness)),
  state('a pod more, which starts', 'RollingOut', 'InProgress', later(starts)),
  state('a pod more, without an image', 'ImagePullBackOff', 'Failed', later(pulls)),
  state('a pod more, without a node', 'Unschedulable', 'Failed', later(hasNoNode)),
];
