/**
 * Everything that a decision reads, as plain data: the fields of each object that matter, and no others. src/transform makes
 * these values from objects of the API server. All times are milliseconds since the epoch.
 */
import type { ProfileSpec, ProfileStatus } from '../../api/v1alpha1.ts';
import type { CrossNamespaceGroup } from './cross-namespace-groups.ts';
import type { ObservedBudget } from './usage.ts';
import type { Strategy } from './strategy.ts';
import type { JsonValue } from './json.ts';
import type { ConfigState } from './config-state.ts';
import type { OwnerReference } from './naming.ts';
import type { ProbeQueue } from './probe-queue.ts';
import type { Selector, SelectorOwner } from './label-selector.ts';

/** A profile and its backend. */
export type ObservedBackend = {
  readonly now: number;
  readonly settings: Settings;
  readonly profile: ObservedProfile;
  /** The Deployment that the spec names; undefined where there is none. */
  readonly deployment: ObservedDeployment | undefined;
  /** ConfigMaps in the namespace that carry this profile's label. */
  readonly configMaps: readonly ObservedConfigMap[];
  /** Jobs in the namespace with this profile's probe label, each with the pods that have the label. */
  readonly probes: readonly ObservedProbe[];
  /** The largest `maxReplicas` of the Deployment's autoscalers; undefined where it has none. */
  readonly maxReplicas: number | undefined;
  /** The other profile that has claimed the Deployment; undefined where this one may have it. See otherClaimant. */
  readonly claimedBy: Claimant | undefined;
  /** ReplicaSets in the namespace whose template carries this profile's label. */
  readonly replicaSets: readonly ObservedReplicaSet[];
  /** Pods with this profile's label: those of the Deployment's ReplicaSets, and terminating ones whose ReplicaSet is deleted. */
  readonly pods: readonly ObservedPod[];
  readonly former: FormerProfile;
  /** The ConfigMaps of the container's `envFrom`; undefined where they were not read. See envFromToRead. */
  readonly envFromData: readonly EnvFromData[] | undefined;
};

export type Claimant = {
  /** Name of the profile. */
  readonly name: string;
  /** Else it names the Deployment, too, and is older. */
  readonly hasRolledOut: boolean;
};

/** What another profile has left on the Deployment: this one has another name than before, or has taken the backend over. */
export type FormerProfile = {
  /** ReplicaSets of the Deployment with the label of another profile, and their pods. */
  readonly replicaSets: readonly ObservedReplicaSet[];
  readonly pods: readonly ObservedPod[];
  /**
   * ConfigMaps of other profiles that the Deployment owns, or to which it, these ReplicaSets or these pods refer: pods whose label somebody
   * took away are in no cache, and may have what is in any of them.
   */
  readonly configMaps: readonly ObservedConfigMap[];
};

/** Everything that a decision reads. */
export type Observed = ObservedBackend & {
  /** Services and PodDisruptionBudgets of the namespace; undefined where they were not listed. See needsPodSelectors. */
  readonly podSelectors: readonly SelectorOwner[] | undefined;
  /** Pods of a Deployment without the label of the profile; undefined where they were not listed. See needsUnlabelledPods. */
  readonly unlabelledPods: readonly ObservedPod[] | undefined;
  readonly shared: ObservedShared;
};

/** What a profile shares with others. It decides whether a probe or a rollout may start. */
export type ObservedShared = ProbeQueue & {
  /** Whether the namespace has the ConfigMap with the salt of the fingerprints. */
  readonly salt: 'there' | 'missing';
  /** A random salt, used where it is missing. */
  readonly freshSalt: string;
  /** The ConfigMap with the results of logons; undefined where the namespace has none. */
  readonly logonResults:
    | { readonly resourceVersion: string; readonly data: Readonly<Record<string, string>> }
    | undefined;
  /** Probes of other profiles with this profile's Secret and connect string, whose results may not be recorded yet. */
  readonly probes: readonly ObservedProbe[];
  readonly budget: ObservedBudget;
};

/** Settings of the operator. */
export type Settings = {
  /** Image of the probe, which is that of the operator. */
  readonly probeImage: string;
  /** When this process began to lead, and not before the newest Job that was there; before that, when it started. */
  readonly leadsSince: number;
  /** Name of the image pull secret of probe pods, in their own namespace. */
  readonly imagePullSecret: string | undefined;
  /** Maximum number of probes, of all profiles, that run at the same time. */
  readonly maxConcurrentProbes: number;
  /** Maximum number of backends of one database that are rolled out at the same time. */
  readonly maxConcurrentRollouts: number;
  /** The groups (`database.sessions.group`) that share sessions across namespaces. */
  readonly crossNamespaceGroups: readonly CrossNamespaceGroup[];
};

/** Fields of the backend's pod spec that decide on which node a pod runs, and how it resolves names. The probe pod has them too. */
export type ObservedPlacement = Readonly<Record<string, JsonValue>>;

export type ObservedProfile = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly createdAt: number;
  /** When another field manager last changed the profile, its status aside. */
  readonly specChangedAt: number;
  /** When the operator saw that change, where its own clock says another time. See controller/watch/seen-times.ts. */
  readonly specChangeSeenAt?: number;
  readonly isDeleting: boolean;
  readonly finalizers: readonly string[];
  readonly probeRequestedAt: string | undefined;
  readonly retryRequestedAt: string | undefined;
  readonly rollbackRequestedAt: string | undefined;
  readonly spec:
    | { readonly kind: 'valid'; readonly spec: ProfileSpec }
    /** `target`: name of the Deployment; undefined where that cannot be read either. */
    | { readonly kind: 'invalid'; readonly problem: string; readonly target: string | undefined };
  /**
   * The status in the cluster. These parts are input of decisions: `waitingFor`, and the conditions Stalled and RolledOut (who waits, for
   * other profiles), `database` (facts from earlier probes), `probe` (the verdict of a Job whose pod is gone), `unobserved`,
   * `rolloutProgress`, `handledRequests`, `drift` (the repairs so far, which the ConfigMaps have, too) and `deployment` (whether the
   * Deployment was created anew). If they are lost, a profile waits longer, probes again, or sees a new Deployment as on the first day. The
   * rest is reported only.
   */
  readonly status: ProfileStatus;
};

export type ObservedDeployment = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly replicas: number;
  /**
   * When the operator found that the Deployment controller has not observed the newest generation; absent where it has. See
   * withUnobservedSince.
   */
  readonly unobservedSince?: number;
  /** How close the rollout in progress has been to its end, and since when; absent where there is none. See withRolloutProgress. */
  readonly rolloutProgress?: {
    /** The most replicas so far that its spec asked for. */
    readonly replicas: number;
    /** The fewest pods since then that it had yet to replace, or to make available. */
    readonly podsLeft: number;
    readonly since: number;
  };
  /** Whether the newest generation changed `replicas` alone. */
  readonly wasScaledLast?: boolean;
  readonly paused: boolean;
  readonly strategy: Strategy;
  /** `spec.progressDeadlineSeconds`: 2147483647 for none. */
  readonly progressDeadlineSeconds: number;
  readonly isDeleting: boolean;
  /** Revision of its newest ReplicaSet; 0 before the first. */
  readonly revision: number;
  /** The operator's labels of the pod template: the name of the profile, and the hash of the configuration. */
  readonly labels: { readonly profile: string | undefined; readonly config: string | undefined };
  /** The field manager that wrote last, since the operator did; undefined where none is known. */
  readonly lastWriter?: string | undefined;
  /**
   * Hash of the pod template without the operator's variables and labels, and without annotations: it changes when another owner
   * changes the template.
   */
  readonly foreignTemplateHash: string;
  /** Hash of the annotations of the pod template, without the time of `kubectl rollout restart`. */
  readonly annotationsHash: string;
  /**
   * The annotation of client-side apply: its hash, and the pool variables that it sets, as "container/NAME". Undefined where there is
   * none. It may hold secrets, so that its text is not kept.
   */
  readonly lastApplied?: { readonly hash: string; readonly variables: readonly string[] } | undefined;
  /** The annotation with the variables from before they were adopted. */
  readonly adoptedEnv: string | undefined;
  /** Indexes of the operator's entries in metadata.managedFields. */
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
    /** Pods that are deleted and have not ended; undefined where the cluster does not count them. */
    readonly terminatingReplicas: number | undefined;
    /** Message of the condition Progressing when it says ProgressDeadlineExceeded, without a period at its end. */
    readonly deadlineExceeded: string | undefined;
    /** When the deadline passed. */
    readonly deadlineAt?: number;
    /** When the rollout last made progress; undefined where the Deployment controller has seen it complete, or nobody knows. */
    readonly progressedAt?: number | undefined;
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

/** A ConfigMap that `envFrom` names. Its data are empty where it does not exist. */
export type EnvFromData = { readonly name: string; readonly data: Readonly<Record<string, string>> };

export type ObservedVariable = {
  readonly name: string;
  /** Where its value comes from. */
  readonly source:
    | { readonly kind: 'value'; readonly value: string }
    | { readonly kind: 'configMap'; readonly name: string; readonly key: string }
    /** `description`: for messages, such as "key K of Secret S". */
    | { readonly kind: 'other'; readonly description: string };
  /** Field managers that own any part of the entry; empty where managedFields names none. */
  readonly managers: readonly string[];
  /**
   * Those that own its `value` or `valueFrom`. From whom the operator took the source over, as at an adoption, still owns the name of
   * the entry.
   */
  readonly sourceManagers: readonly string[];
  /** The entry as it is in the template. */
  readonly entry: JsonValue;
};

export type ObservedConfigMap = {
  readonly name: string;
  readonly uid: string;
  readonly state: ConfigState;
  /** `state` was corrected, and is to be recorded again; see withCorrectedState. */
  readonly isCorrected?: true;
  readonly resourceVersion: string;
  readonly immutable: boolean;
  readonly data: Readonly<Record<string, string>>;
  readonly owners: readonly OwnerReference[];
};

/** The part of a configuration's ConfigMap that decisions read, whether it exists or is rendered in this pass. */
export type ConfigRecord = Pick<ObservedConfigMap, 'name' | 'data' | 'immutable' | 'state'>;

export type ObservedReplicaSet = {
  readonly name: string;
  readonly uid: string;
  readonly ownerUid: string | undefined;
  /** Hash of the configuration in the label of its template. */
  readonly config: string | undefined;
  /** Names of the ConfigMaps from which its pods take the pool variables. */
  readonly configMaps: readonly string[];
  /** Values of DB_POOL_MAX that are literals in its template, by container. */
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
  /** Names of the ConfigMaps from which it takes the pool variables. */
  readonly configMaps: readonly string[];
  /** Values of DB_POOL_MAX that are literals in its spec, by container. */
  readonly literalMax?: Readonly<Record<string, number>> | undefined;
  readonly createdAt: number;
  readonly isTerminating: boolean;
  /** When its grace period ends; undefined where it is not being deleted. */
  readonly deletedAt: number | undefined;
  /** When its deletion was requested; absent where it is not being deleted. */
  readonly deletionRequestedAt?: number | undefined;
  /** When the operator saw that, where its own clock says another time. */
  readonly deletionSeenAt?: number;
  readonly isReady: boolean;
  /** When `isReady` last changed. */
  readonly readyChangedAt: number;
  /** The scheduler's message, where it finds no node; undefined else. */
  readonly unschedulable: string | undefined;
  /** All of its containers have ended for good, as after an eviction by the kubelet: it is no pod of the backend any more. */
  readonly hasEnded: boolean;
  /** It is preempted, evicted or drained, or its node goes down. */
  readonly isDisrupted: boolean;
  /** Init containers first, in the order in which they start. */
  readonly containers: readonly ObservedPodContainer[];
};

export type ObservedPodContainer = {
  readonly name: string;
  /** It is an init container, or a sidecar among them. It is ready once it has done its work, or runs. It never has the pool variables. */
  readonly isInit?: true;
  readonly isReady: boolean;
  readonly restarts: number;
  /** When it started; undefined where it does not run. */
  readonly startedAt: number | undefined;
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  /** Its last end; undefined where there is none, the exit code was 0, or the container was ended together with its node or pod. */
  readonly crash: Crash | undefined;
  /** Its last end had exit code 0, and nothing else ended it: a backend that runs on does not end by itself. */
  readonly hasExited?: true | undefined;
  /** How long it ran before its last end; absent where there is none, or where something else ended it. */
  readonly lastRunMs?: number | undefined;
  /** It has no readiness probe: to the kubelet it is ready whenever it runs. */
  readonly isUnprobed?: true;
  /** Something else ended it last: its node rebooted, the kubelet lost sight of it, a resize, or the runtime could not start it. */
  readonly wasInterrupted?: true | undefined;
};

export type Crash = {
  readonly exitCode: number;
  /** The kubelet's: OOMKilled, Error, ... */
  readonly reason: string;
  readonly at: number;
  /** What the container wrote before it ended; undefined for nothing. */
  readonly terminationMessage?: string | undefined;
};

export type ObservedProbe = {
  readonly job: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** uid of the profile that made the Job. */
  readonly ownerUid: string | undefined;
  /** What it proves; see proofKeyOf. */
  readonly proofKey: string;
  /** Digest of its pod as it was rendered. */
  readonly podDigest: string;
  /** Image of its probe. */
  readonly image: string;
  /** From 1 for each proof key; a later attempt has a higher number. */
  readonly attempt: number;
  /** Attempts in a row that failed before this one. */
  readonly failures: number;
  /** Attempts in a row before this one that ended without a verdict; see retriesExhausted. */
  readonly attemptsWithoutVerdict: number;
  /** Hash of the Secret and the connect string; undefined for a probe without a database. */
  readonly credentialsKey: string | undefined;
  /** Key of `dbpool-logon-results` under which the result of its logon is stored; see logonResultsKeyOf. */
  readonly logonResultsKey: string | undefined;
  /** Whether it sends credentials that were rejected before. */
  readonly isForced: boolean;
  /** Hash of the host aliases that its pod is to have. */
  readonly hostAliasesDigest: string;
  /** Hashes of the fields that its pod is to have, by name; see fieldDigests. */
  readonly fieldDigests: Readonly<Record<string, string>>;
  /** Value of the annotation probe-requested-at that the Job was made for. */
  readonly requestedAt: string | undefined;
  readonly createdAt: number;
  /** When the operator saw that it was created, where its own clock says another time. */
  readonly createdSeenAt?: number;
  readonly end:
    | {
        readonly succeeded: boolean;
        readonly at: number;
        /** When the operator saw the end, where its own clock says another time. */
        readonly seenAt?: number;
        readonly reason: string;
        readonly message: string;
      }
    | undefined;
  /** The Job has ended, but the end of its pod has not been observed yet; see ownProbes. */
  readonly isEnding?: true;
  /** Why its pod cannot be created, as the API server says; undefined where that was not read. */
  readonly podCreationError: string | undefined;
  readonly pods: readonly ObservedProbePod[];
};

export type ObservedProbePod = {
  readonly name: string;
  readonly ownerUid: string | undefined;
  /** Why it does not run yet, as the kubelet or the scheduler says. */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  /** The end of the probe's own container. */
  readonly terminated:
    | { readonly exitCode: number; readonly message: string; readonly at: number; readonly seenAt?: number }
    | undefined;
  /** Hash of the fields on which its verdict depends; see podDigest. */
  readonly digest: string;
  /** Hash of its host aliases. */
  readonly hostAliasesDigest: string;
  /** Hashes of the fields of `digest`, by name; see fieldDigests. */
  readonly fieldDigests: Readonly<Record<string, string>>;
  /** Reason of a pod that failed as a whole: DeadlineExceeded, Evicted, ... */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
};
