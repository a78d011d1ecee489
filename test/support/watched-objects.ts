/** One object of each watched kind, of one profile: a backend that was rolled out, its ConfigMap, its probe and its pods. */
import { EXIT_CODES } from '../../src/contract/verdict.ts';
import { poolConfig } from '../../src/core/config/pool-config.ts';
import { formatState } from '../../src/core/model/config-state.ts';
import { ANNOTATION, FIELD_MANAGER, LABEL, LOGON_RESULTS_NAME, MANAGED_BY } from '../../src/core/model/naming.ts';
import { logonResultsKeyOf, credentialsKeyOf } from '../../src/core/probe/pod.ts';
import { proofKeyOf } from '../../src/core/probe/proof-key.ts';
import type { Caches } from '../../src/controller/watch/caches.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { DATABASE, DEPLOYMENT_OWNER, PROFILE_OWNER, spec, succeededState, verdict } from '../core/builders.ts';

const START = '2026-01-01T11:00:00Z';
const WANTED = spec();
const CONFIG = poolConfig('search', WANTED.pool);
const RESULTS_KEY = logonResultsKeyOf({ ...DATABASE, ...WANTED.database } as Parameters<typeof logonResultsKeyOf>[0]);

const metadata = (name: string, uid: string, rest: object = {}) => ({
  namespace: 'shop',
  name,
  uid,
  resourceVersion: '100',
  generation: 2,
  creationTimestamp: START,
  ...rest,
});

const env = Object.keys(CONFIG.data).map((name) => ({
  name,
  valueFrom: { configMapKeyRef: { name: CONFIG.name, key: name } },
}));
const labels = { [LABEL.profile]: 'search', [LABEL.configHash]: CONFIG.hash };
const template = {
  metadata: { labels, annotations: { 'kubectl.kubernetes.io/restartedAt': START } },
  spec: {
    containers: [
      { name: 'app', image: 'app', env, envFrom: [{ configMapRef: { name: 'shared' } }], readinessProbe: {} },
    ],
    tolerations: [{ key: 'a', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
  },
};
const managedFields = [
  {
    manager: FIELD_MANAGER,
    operation: 'Apply',
    time: START,
    fieldsV1: {
      'f:spec': {
        'f:template': {
          'f:spec': {
            'f:containers': { 'k:{"name":"app"}': { 'f:env': { 'k:{"name":"DB_POOL_MAX"}': { '.': {} } } } },
          },
        },
      },
    },
  },
  { manager: 'kube-controller-manager', operation: 'Update', subresource: 'status', time: START, fieldsV1: {} },
];
const controller = (uid: string) => [{ apiVersion: 'v1', kind: 'Owner', name: 'owner', uid, controller: true }];

const probeSpec = {
  containers: [{ name: 'probe', image: 'dbpool-operator:test', env: [], volumeMounts: [{ name: 'w' }] }],
};

const OBJECTS = {
  profiles: {
    metadata: metadata('search', 'profile-uid', {
      managedFields,
      annotations: { [ANNOTATION.probeRequestedAt]: 'now' },
    }),
    spec: {
      targetRef: { name: 'search-api' },
      pool: WANTED.pool,
      database: DATABASE,
      rollout: { observeSeconds: 60 },
    },
    status: {
      observedGeneration: 1,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: START }],
      probe: { ...verdict(), job: 'search-probe-1', attempt: 1, finishedAt: START },
      unobserved: { uid: 'deployment-uid', observedGeneration: 1, since: START },
      drift: { repairs: 1, firstTime: START, lastTime: START, edit: 'Changed', writers: ['helm'] },
      waitingFor: ['ProbeSlot'],
    },
  },
  deployments: {
    metadata: metadata('search-api', 'deployment-uid', {
      managedFields,
      annotations: {
        'deployment.kubernetes.io/revision': '2',
        [ANNOTATION.adoptedEnv]: JSON.stringify({ container: 'app', env: [{ name: 'DB_POOL_MAX', value: '7' }] }),
        [ANNOTATION.lastApplied]: JSON.stringify({ spec: { template } }),
      },
    }),
    spec: {
      replicas: 3,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } },
      selector: { matchLabels: { app: 'search' }, matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] },
      template,
    },
    status: {
      observedGeneration: 2,
      replicas: 3,
      updatedReplicas: 3,
      availableReplicas: 2,
      conditions: [
        { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', message: 'm', lastUpdateTime: START },
        { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
      ],
    },
  },
  autoscalers: {
    metadata: metadata('grows', 'autoscaler-uid'),
    spec: { maxReplicas: 9, scaleTargetRef: { kind: 'Deployment', name: 'search-api' } },
  },
  configMaps: {
    metadata: metadata(CONFIG.name, 'config-uid', {
      labels: { ...MANAGED_BY, [LABEL.profile]: 'search' },
      annotations: formatState(succeededState),
      ownerReferences: [DEPLOYMENT_OWNER, PROFILE_OWNER],
    }),
    immutable: true,
    data: CONFIG.data,
  },
  jobs: {
    metadata: metadata('search-probe-1', 'job-uid', {
      labels: { ...MANAGED_BY, [LABEL.probe]: 'search' },
      annotations: {
        [ANNOTATION.proofKey]: proofKeyOf(WANTED),
        [ANNOTATION.podDigest]: '0123456789',
        [ANNOTATION.attempt]: '1',
        [ANNOTATION.failures]: '1',
        [ANNOTATION.credentialsKey]: credentialsKeyOf({ ...DATABASE, ...WANTED.database } as never),
        [ANNOTATION.logonResultsKey]: RESULTS_KEY,
        [ANNOTATION.probeRequestedAt]: 'now',
      },
      ownerReferences: controller('profile-uid'),
    }),
    spec: { template: { metadata: { annotations: {} }, spec: probeSpec } },
    status: { conditions: [{ type: 'Failed', status: 'True', reason: 'r', message: 'm', lastTransitionTime: START }] },
  },
  pods: {
    metadata: metadata('search-probe-1-x', 'probe-pod-uid', {
      labels: { [LABEL.probe]: 'search' },
      ownerReferences: controller('job-uid'),
    }),
    spec: probeSpec,
    status: {
      phase: 'Failed',
      containerStatuses: [
        {
          name: 'probe',
          state: {
            terminated: {
              exitCode: EXIT_CODES.PermanentFailure,
              message: JSON.stringify(
                verdict({
                  outcome: 'PermanentFailure',
                  reason: 'AuthenticationFailed',
                  stage: 'logon',
                  fingerprint: 'a1b2',
                }),
              ),
              finishedAt: START,
            },
          },
        },
      ],
    },
  },
  replicaSets: {
    metadata: metadata('search-api-1', 'set-uid', {
      labels,
      annotations: { 'deployment.kubernetes.io/revision': '2' },
      ownerReferences: controller('deployment-uid'),
    }),
    spec: { replicas: 3, template },
  },
  backendPods: {
    metadata: metadata('search-api-1-x', 'pod-uid', {
      labels,
      managedFields,
      deletionTimestamp: '2026-01-01T12:00:30Z',
      deletionGracePeriodSeconds: 30,
      ownerReferences: controller('set-uid'),
    }),
    spec: template.spec,
    status: {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: 'False', lastTransitionTime: START },
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'no node' },
      ],
      containerStatuses: [
        {
          name: 'app',
          ready: false,
          restartCount: 5,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
          lastState: {
            terminated: { exitCode: 1, reason: 'Error', message: 'fatal', startedAt: START, finishedAt: START },
          },
        },
      ],
      initContainerStatuses: [{ name: 'init', ready: true, restartCount: 0, state: { running: { startedAt: START } } }],
    },
  },
} satisfies Record<keyof Caches, object>;

/** By the name of the cache. */
export const WATCHED_OBJECTS = OBJECTS as unknown as Readonly<Record<keyof Caches, KubeObject>>;

/** The logon results of the namespace. */
export const LOGON_RESULTS = {
  metadata: metadata(LOGON_RESULTS_NAME, 'results-uid', { labels: MANAGED_BY }),
  data: { [RESULTS_KEY]: JSON.stringify({ a1b2: { at: 1, reason: 'AuthenticationFailed' } }) },
} as unknown as KubeObject;
