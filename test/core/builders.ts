/** Complete plain data for the tests of the core, with the changes that a test gives. */
import { DEFAULT_STRATEGY } from '../../src/core/model/strategy.ts';
import { VARIABLES } from '../../src/core/model/variables.ts';
import { type PoolConfig } from '../../src/core/config/pool-config.ts';
import type { StateOf } from '../../src/core/model/config-state.ts';
import type { JsonValue } from '../../src/core/model/json.ts';
import {
  configHashFromName,
  FIELD_MANAGER,
  deploymentOwnerReference,
  profileOwnerReference,
} from '../../src/core/model/naming.ts';
import type {
  Observed,
  ObservedConfigMap,
  ObservedDeployment,
  ObservedPod,
  ObservedProbe,
  ObservedProfile,
  ObservedReplicaSet,
  ObservedShared,
  ObservedVariable,
} from '../../src/core/model/observed.ts';
import type { RunningProbe } from '../../src/core/model/probe-queue.ts';
import { type ProfileSpec, specSchema } from '../../src/api/v1alpha1.ts';
import type { Verdict } from '../../src/contract/verdict.ts';

export const NOW = Date.parse('2026-01-01T12:00:00Z');

export const DATABASE = {
  connectString: 'oracle:1521/FREEPDB1',
  credentialsSecretRef: { name: 'search-api-db' },
};

type SpecInput = {
  pool?: Partial<ProfileSpec['pool']>;
  probe?: Partial<ProfileSpec['probe']>;
  container?: string;
  adopt?: boolean;
  database?: object;
  rollout?: Partial<ProfileSpec['rollout']>;
  onDelete?: ProfileSpec['onDelete'];
  suspend?: boolean;
};

/** A valid spec, parsed as one from the cluster is. */
export function spec({ pool, probe, container, adopt = false, rollout, database = DATABASE, ...rest }: SpecInput = {}) {
  return specSchema.parse({
    targetRef: { name: 'search-api', adopt, ...(container && { container }) },
    pool: pool ?? {},
    // No proof is renewed unless a test asks for it, so that a simulated namespace becomes idle.
    probe: { intervalSeconds: 0, ...probe },
    rollout: { observeSeconds: 0, ...rollout },
    database,
    ...rest,
  });
}

export function profile(changes: Partial<ObservedProfile> = {}): ObservedProfile {
  return {
    namespace: 'shop',
    name: 'search',
    uid: 'profile-uid',
    resourceVersion: '1',
    generation: 1,
    createdAt: NOW - 3_600_000,
    specChangedAt: NOW - 3_600_000,
    isDeleting: false,
    finalizers: [],
    probeRequestedAt: undefined,
    retryRequestedAt: undefined,
    rollbackRequestedAt: undefined,
    spec: { kind: 'valid', spec: spec({ probe: { policy: 'Disabled' } }) },
    status: {},
    ...changes,
  };
}

export function deployment(changes: Partial<ObservedDeployment> = {}): ObservedDeployment {
  const replicas = changes.replicas ?? 3;
  return {
    name: 'search-api',
    uid: 'deployment-uid',
    resourceVersion: '100',
    generation: 1,
    replicas,
    paused: false,
    strategy: DEFAULT_STRATEGY,
    progressDeadlineSeconds: 600,
    defaultContainer: undefined,
    placement: {},
    selector: { labels: { app: 'search-api' }, expressions: [] },
    isDeleting: false,
    revision: 1,
    labels: { profile: undefined, config: undefined },
    foreignTemplateHash: 'as it was',
    annotationsHash: 'as they were',
    adoptedEnv: undefined,
    managedFieldsIndexes: [],
    containers: [container()],
    status: {
      observedGeneration: 1,
      replicas,
      updatedReplicas: replicas,
      availableReplicas: replicas,
      terminatingReplicas: undefined,
      deadlineExceeded: undefined,
      replicaFailure: undefined,
    },
    ...changes,
  };
}

export const container = (...env: ObservedVariable[]): ObservedDeployment['containers'][number] => ({
  name: 'app',
  env,
  envFrom: [],
  hasReadinessProbe: true,
});

export const variable = (
  name: string,
  source: ObservedVariable['source'],
  ...managers: string[]
): ObservedVariable => ({ name, source, managers, sourceManagers: managers, entry: entryOf(name, source) });

function entryOf(name: string, source: ObservedVariable['source']): JsonValue {
  switch (source.kind) {
    case 'value':
      return { name, value: source.value };
    case 'configMap':
      return { name, valueFrom: { configMapKeyRef: { name: source.name, key: source.key } } };
    case 'other':
      return { name, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } };
  }
}

/** The four variables as the operator sets them: each refers to its key of the ConfigMap. */
export const variablesFrom = (configMap: string, ...managers: string[]): ObservedVariable[] =>
  VARIABLES.map((name) =>
    variable(
      name,
      { kind: 'configMap', name: configMap, key: name },
      ...(managers.length === 0 ? [FIELD_MANAGER] : managers),
    ),
  );

/** The Deployment after the operator has rolled out a ConfigMap, in revision 2. */
export const deploymentUsing = (
  configMap: string,
  changes: Partial<ObservedDeployment> = {},
  ...managers: string[]
): ObservedDeployment =>
  deployment({
    revision: 2,
    labels: { profile: 'search', config: configHashFromName(configMap) },
    containers: [container(...variablesFrom(configMap, ...managers))],
    ...changes,
  });

export const DEPLOYMENT_OWNER = deploymentOwnerReference('search-api', 'deployment-uid');
export const PROFILE_OWNER = profileOwnerReference('search', 'profile-uid');

/** The ConfigMap of a configuration as the operator renders it. */
export const renderedConfigMap = (
  { name, data }: PoolConfig,
  changes: Partial<ObservedConfigMap> = {},
): ObservedConfigMap => ({
  name,
  uid: `uid of ${name}`,
  state: {},
  resourceVersion: '1',
  immutable: true,
  data,
  owners: [DEPLOYMENT_OWNER, PROFILE_OWNER],
  ...changes,
});

/** The state of a rollout that started an hour ago and was complete a second later. */
export const completedRollout = {
  sequence: 1,
  startedAt: NOW - 3_600_000,
  retry: '',
  rollback: '',
  revision: 1,
  generation: 0,
  templateHash: 'as it was',
  completedAt: NOW - 3_599_000,
};
export const lastGoodState = { sequence: 2, at: NOW - 3_500_000 };
/** The state of a configuration that has run well for an hour. */
export const succeededState = { rollout: completedRollout, lastGood: lastGoodState };

/** The record of one repair, made just now, of variables that somebody had edited. */
export const driftRepair = (changes: Partial<StateOf<'driftRepair'>> = {}): StateOf<'driftRepair'> => ({
  count: 1,
  firstAt: NOW,
  at: NOW,
  edit: 'Changed',
  writers: ['helm'],
  ...changes,
});

export const replicaSet = (config: string | undefined, revision: number, replicas = 0): ObservedReplicaSet => ({
  name: `search-api-${config}-${revision}`,
  uid: `uid of ${config}-${revision}`,
  ownerUid: 'deployment-uid',
  config,
  configMaps: configMapsWith(config),
  revision,
  replicas,
});

/** Where pods of a configuration take the variables from. */
const configMapsWith = (config: string | undefined) => (config === undefined ? [] : [`search-${config}`]);

/** A pod that runs a configuration, of the ReplicaSet of revision 2, and has been ready since it started. */
export function pod(config: string | undefined, changes: Partial<ObservedPod> = {}): ObservedPod {
  return {
    name: 'search-api-1',
    ownerUid: `uid of ${config}-2`,
    config,
    configMaps: configMapsWith(config),
    createdAt: NOW - 3_600_000,
    isTerminating: false,
    deletedAt: undefined,
    isReady: true,
    readyChangedAt: NOW - 3_600_000,
    unschedulable: undefined,
    hasEnded: false,
    isDisrupted: false,
    containers: [
      { name: 'app', isReady: true, restarts: 0, startedAt: NOW - 3_600_000, waiting: undefined, crash: undefined },
    ],
    ...changes,
  };
}

export const pods = (config: string | undefined, count = 3): ObservedPod[] =>
  Array.from({ length: count }, (_, index) => pod(config, { name: `search-api-${index}` }));

export const SETTINGS = {
  probeImage: 'dbpool-operator:test',
  leadsSince: NOW - 30 * 86_400_000,
  imagePullSecret: undefined,
  maxConcurrentProbes: 10,
  maxConcurrentRollouts: 1,
  crossNamespaceGroups: [],
};

/** A running probe of another profile. */
export const runningProbe = (changes: Partial<RunningProbe> = {}): RunningProbe => ({
  namespace: 'shop',
  ownerUid: 'another-profile',
  credentialsKey: undefined,
  holdsSlot: true,
  preemptible: undefined,
  ...changes,
});

/** A namespace with its salt and no other probes. */
export function shared(changes: Partial<ObservedShared> = {}): ObservedShared {
  return {
    salt: 'there',
    freshSalt: 'a-fresh-salt',
    logonResults: { resourceVersion: '7', data: {} },
    probes: [],
    budget: { group: 'oracle:1521/FREEPDB1', members: [] },
    running: [],
    waiting: [],
    ...changes,
  };
}

export function observed(changes: Partial<Observed> = {}): Observed {
  return {
    now: NOW,
    settings: SETTINGS,
    shared: shared(),
    profile: profile(),
    deployment: deployment(),
    configMaps: [],
    probes: [],
    claimedBy: undefined,
    maxReplicas: undefined,
    replicaSets: [],
    pods: [],
    former: { replicaSets: [], pods: [], configMaps: [] },
    envFromData: undefined,
    podSelectors: undefined,
    unlabelledPods: undefined,
    ...changes,
  };
}

export function verdict(changes: Partial<Verdict> = {}): Verdict {
  return {
    version: 1,
    outcome: 'Succeeded',
    reason: 'PoolOpened',
    stage: 'done',
    message: 'The pool opened.',
    remediation: '',
    ...changes,
  };
}

export const connectionRefused = verdict({
  outcome: 'TransientFailure',
  reason: 'ConnectionRefused',
  stage: 'connect',
});
export const verdictMissing = verdict({ outcome: 'Inconclusive', reason: 'VerdictMissing', stage: 'start' });
export const authenticationFailed = verdict({
  outcome: 'PermanentFailure',
  reason: 'AuthenticationFailed',
  stage: 'logon',
  fingerprint: 'a1b2',
});

/** A proof that was recorded just now. */
export const proofState = (changes: Partial<StateOf<'proof'>> = {}): StateOf<'proof'> => ({
  proofKey: '0000000000',
  connectionKey: '0000000000',
  podDigest: '0000000000',
  image: SETTINGS.probeImage,
  version: 1,
  attempt: 1,
  at: NOW,
  ...changes,
});

/** A probe Job that ended with this verdict a minute ago. */
export function finishedProbe(said: Verdict, exitCode: number, changes: Partial<ObservedProbe> = {}): ObservedProbe {
  return {
    job: 'search-probe-0000000000-1',
    uid: 'job-uid',
    resourceVersion: '7',
    ownerUid: 'profile-uid',
    proofKey: '0000000000',
    podDigest: '0000000000',
    image: SETTINGS.probeImage,
    attempt: 1,
    failures: 0,
    credentialsKey: undefined,
    logonResultsKey: undefined,
    isForced: false,
    hostAliasesDigest: '',
    fieldDigests: {},
    attemptsWithoutVerdict: 0,
    podCreationError: undefined,
    requestedAt: undefined,
    createdAt: NOW - 120_000,
    end: { succeeded: said.outcome === 'Succeeded', at: NOW - 60_000, reason: '', message: '' },
    pods: [
      {
        name: 'search-probe-0000000000-1-abcde',
        ownerUid: 'job-uid',
        waiting: undefined,
        terminated: { exitCode, message: JSON.stringify(said), at: NOW - 61_000 },
        digest: changes.podDigest ?? '0000000000',
        hostAliasesDigest: '',
        fieldDigests: {},
        failure: undefined,
      },
    ],
    ...changes,
  };
}
