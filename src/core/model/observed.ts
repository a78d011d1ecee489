/**
 * Everything that a decision may look at, as plain data: what of each object in the cluster matters, and no more.
 * The shell makes these values from its caches (src/transform); nothing here knows where they come from.
 */
import type { ProfileSpec, ProfileStatus } from '../../api/v1alpha1.ts';
import type { BackendUsage } from './usage.ts';
import type { Strategy } from './strategy.ts';
import type { JsonValue } from './json.ts';
import type { ConfigState } from './config-state.ts';
import type { OwnerReference } from './naming.ts';
import type { ProbeQueue } from './probe-queue.ts';
import type { Selector, SelectorOwner } from './label-selector.ts';

/** A profile with its backend: what one profile alone is about. */
export type ObservedBackend = {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly settings: Settings;
  readonly profile: ObservedProfile;
  /** The Deployment that the spec names; undefined where there is none. */
  readonly deployment: ObservedDeployment | undefined;
  /** ConfigMaps in the namespace that carry this profile's label. */
  readonly configMaps: readonly ObservedConfigMap[];
  /** Jobs in the namespace that carry this profile's probe label, each with the pods that do. */
  readonly probes: readonly ObservedProbe[];
  /** What an autoscaler may take the Deployment's replicas to; undefined where there is none. */
  readonly maxReplicas: number | undefined;
  /** Other profiles that name the same Deployment. */
  readonly competitors: readonly ObservedProfile[];
  /** ReplicaSets in the namespace whose template carries this profile's label. */
  readonly replicaSets: readonly ObservedReplicaSet[];
  /** Pods of the Deployment's ReplicaSets that carry this profile's label, and those that terminate of ReplicaSets that are gone. */
  readonly pods: readonly ObservedPod[];
  /** What the container's `envFrom` ConfigMaps hold; undefined where that was not read. */
  readonly envFromData: readonly EnvFromData[] | undefined;
};

/** All that a decision looks at. */
export type Observed = ObservedBackend & {
  /** Services and PodDisruptionBudgets of the namespace; undefined where they were not listed. See needsPodSelectors. */
  readonly podSelectors: readonly SelectorOwner[] | undefined;
  readonly shared: ObservedShared;
};

/** What profiles share, and what of the others decides whether a probe or a rollout may start. */
export type ObservedShared = ProbeQueue & {
  /** Of the fingerprints, a ConfigMap of the namespace. */
  readonly salt: 'there' | 'missing';
  /** A random one, for where it is missing. */
  readonly freshSalt: string;
  /** What databases said to credentials; undefined where there is no such ConfigMap. */
  readonly logonResults:
    | { readonly resourceVersion: string; readonly data: Readonly<Record<string, string>> }
    | undefined;
  /** Probes of other profiles with this one's Secret and connect string: their profiles may not have been looked at yet. */
  readonly probes: readonly ObservedProbe[];
  readonly budget: ObservedBudget;
};

/** Who shares the sessions of the profile's database. */
export type ObservedBudget = {
  /** The database, as its profiles name it. */
  readonly group: string;
  /**
   * Their backends as the caches have them, in most cases with the profile's own. One and the same array for all of them, until one of
   * them changes.
   */
  readonly members: readonly BackendUsage[];
};

export type Settings = {
  /** Image of the probe: the operator's own. */
  readonly probeImage: string;
  /** Name of the pull secret that probe pods are given, in their own namespace. */
  readonly imagePullSecret: string | undefined;
  /** Probes of all profiles that run at the same time. */
  readonly maxConcurrentProbes: number;
  /** Backends of one database that are rolled at the same time. */
  readonly maxConcurrentRollouts: number;
  /** Databases whose sessions are shared over namespaces, by the name of their group. */
  readonly crossNamespaceGroups: readonly string[];
};

/** How pods of a backend come to a node and find others: fields of its pod spec, as they stand. */
export type ObservedPlacement = Readonly<Record<string, JsonValue>>;

export type ObservedProfile = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  /** Milliseconds since the epoch, as are all times here. */
  readonly createdAt: number;
  /** When somebody last changed the spec, or an annotation with it. */
  readonly specChangedAt: number;
  readonly isDeleting: boolean;
  readonly finalizers: readonly string[];
  readonly probeRequestedAt: string | undefined;
  readonly retryRequestedAt: string | undefined;
  readonly rollbackRequestedAt: string | undefined;
  readonly spec:
    | { readonly kind: 'valid'; readonly spec: ProfileSpec }
    /** `target`: name of the Deployment, where that can be read at least. */
    | { readonly kind: 'invalid'; readonly problem: string; readonly target: string | undefined };
  /** The status as it stands in the cluster. It is compared and carried on; decided by it is only whether a person's word was heard. */
  readonly status: ProfileStatus;
};

export type ObservedDeployment = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly replicas: number;
  readonly paused: boolean;
  readonly strategy: Strategy;
  readonly isDeleting: boolean;
  /** Of its newest ReplicaSet; 0 before the first. */
  readonly revision: number;
  /** The labels of the pod template that are ours. */
  readonly labels: { readonly profile: string | undefined; readonly config: string | undefined };
  /** Hash of the pod template without the variables and labels that are ours: it changes when somebody else changes the template. */
  readonly foreignTemplateHash: string;
  /** What stood in the variables before they were adopted, as the annotation has it. */
  readonly adoptedEnv: string | undefined;
  /** Places of our entries in metadata.managedFields. */
  readonly managedFieldsIndexes: readonly number[];
  readonly defaultContainer: string | undefined;
  readonly containers: readonly ObservedContainer[];
  readonly placement: ObservedPlacement;
  readonly selector: Selector;
  readonly status: {
    readonly observedGeneration: number;
    readonly replicas: number;
    readonly updatedReplicas: number;
    readonly availableReplicas: number;
    /** Pods that have been deleted and not ended; undefined where the cluster does not count them. */
    readonly terminatingReplicas: number | undefined;
    /** Message of the condition Progressing when it says ProgressDeadlineExceeded. */
    readonly deadlineExceeded: string | undefined;
    /** When it passed, in milliseconds since the epoch. */
    readonly deadlineAt?: number;
    /** Message of the condition ReplicaFailure: a quota, an admission webhook. */
    readonly replicaFailure: string | undefined;
  };
};

export type ObservedContainer = {
  readonly name: string;
  /** As in the template, in its order, duplicates included. */
  readonly env: readonly ObservedVariable[];
  readonly envFrom: readonly ObservedEnvFrom[];
  readonly hasReadinessProbe: boolean;
};

export type ObservedEnvFrom = { readonly kind: 'ConfigMap' | 'Secret'; readonly name: string; readonly prefix: string };

/** A ConfigMap that `envFrom` names; without data where it is not there. */
export type EnvFromData = { readonly name: string; readonly data: Readonly<Record<string, string>> };

export type ObservedVariable = {
  readonly name: string;
  /** Where it gets its value from. */
  readonly source:
    | { readonly kind: 'value'; readonly value: string }
    | { readonly kind: 'configMap'; readonly name: string; readonly key: string }
    | { readonly kind: 'other'; readonly description: string };
  /** Field managers that own the entry; empty where the API server does not say. */
  readonly managers: readonly string[];
  /** The entry as it stands in the template. */
  readonly entry: JsonValue;
};

export type ObservedConfigMap = {
  readonly name: string;
  readonly uid: string;
  /** Whether the operator wrote it, by metadata.managedFields. */
  readonly isManagedByOperator: boolean;
  readonly state: ConfigState;
  readonly resourceVersion: string;
  readonly immutable: boolean;
  readonly data: Readonly<Record<string, string>>;
  readonly owners: readonly OwnerReference[];
};

/** What is decided by of a configuration's ConfigMap, whether it is there or is rendered in this pass. */
export type ConfigRecord = Pick<ObservedConfigMap, 'name' | 'data' | 'immutable' | 'state'>;

export type ObservedReplicaSet = {
  readonly name: string;
  readonly uid: string;
  readonly ownerUid: string | undefined;
  /** Hash of the configuration in the label of its template. */
  readonly config: string | undefined;
  /** ConfigMaps that its pods take the four variables from. */
  readonly configMaps: readonly string[];
  /** The literals that stand for DB_POOL_MAX in its template, by the name of their container. */
  readonly literalMax?: Readonly<Record<string, number>> | undefined;
  readonly revision: number;
  readonly replicas: number;
};

export type ObservedPod = {
  readonly name: string;
  /** uid of its ReplicaSet. */
  readonly ownerUid: string | undefined;
  /** Hash of the configuration in its label. */
  readonly config: string | undefined;
  /** ConfigMaps that it takes the four variables from. */
  readonly configMaps: readonly string[];
  /** The literals that stand for DB_POOL_MAX in it, by the name of their container. */
  readonly literalMax?: Readonly<Record<string, number>> | undefined;
  readonly isTerminating: boolean;
  /** When it should have ended, its grace period included, where it is deleted. */
  readonly deletedAt: number | undefined;
  readonly isReady: boolean;
  /** When `isReady` last changed. */
  readonly readyChangedAt: number;
  /** The scheduler's words, where it finds no node. */
  readonly unschedulable: string | undefined;
  readonly containers: readonly ObservedPodContainer[];
};

export type ObservedPodContainer = {
  readonly name: string;
  readonly isReady: boolean;
  readonly restarts: number;
  /** When it was started, while it runs. */
  readonly startedAt: number | undefined;
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  /** Its last end, where that was not by exit code 0. */
  readonly crash: { readonly exitCode: number; readonly reason: string; readonly at: number } | undefined;
};

export type ObservedProbe = {
  readonly job: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** uid of the profile that made it. */
  readonly ownerUid: string | undefined;
  readonly probeHash: string;
  readonly attempt: number;
  /** Attempts in a row that failed before it. */
  readonly failures: number;
  /** Attempts in a row before it that left no word; see isGivenUp. */
  readonly attemptsWithoutVerdict: number;
  readonly credentialsKey: string | undefined;
  /** Under which its database's answer is kept; see answersKeyOf. */
  readonly logonResultsKey: string | undefined;
  /** Credentials that were refused are sent all the same. */
  readonly isForced: boolean;
  /** Hash of the host aliases that its pod is to have; see hostsOf. */
  readonly hostAliasesDigest: string;
  /** Hashes of the parts that its pod is to have; see partsOf. */
  readonly fieldDigests: Readonly<Record<string, string>>;
  readonly requestedAt: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly end:
    | { readonly succeeded: boolean; readonly at: number; readonly reason: string; readonly message: string }
    | undefined;
  /** Its end was seen, but not that of its pod yet; see ownProbes. */
  readonly isEnding?: true;
  /** Why no pod can be made, in the words of the API server; undefined where that was not read. */
  readonly refusal: string | undefined;
  readonly pods: readonly ObservedProbePod[];
};

export type ObservedProbePod = {
  readonly name: string;
  readonly ownerUid: string | undefined;
  /** Why it does not run yet, in the kubelet's or the scheduler's words. */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  /** The end of the probe's own container. */
  readonly terminated: { readonly exitCode: number; readonly message: string; readonly at: number } | undefined;
  /** Hash of what its word depends on; see essenceOf. */
  readonly digest: string;
  /** Hash of its host aliases; see hostsOf. */
  readonly hostAliasesDigest: string;
  /** Hashes of what the essence is made of, by name; see partsOf. */
  readonly fieldDigests: Readonly<Record<string, string>>;
  /** Reason of a pod that failed as a whole: DeadlineExceeded, Evicted, ... */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
};
