/**
 * Everything that a decision may look at, as plain data: what of each object in the cluster matters, and no more.
 * The shell makes these values from its caches (controller/project.ts); nothing here knows where they come from.
 */
import type { ProfileSpec, ProfileStatus } from '../profile.ts';
import type { OwnerReference } from './naming.ts';

export type Observed = {
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
};

export type Settings = {
  /** Image of the probe: the operator's own. */
  readonly probeImage: string;
};

export type ObservedProfile = {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly probeRequestedAt: string | undefined;
  readonly spec:
    | { readonly kind: 'valid'; readonly spec: ProfileSpec }
    | { readonly kind: 'invalid'; readonly problem: string };
  /** The status as it stands in the cluster. Nothing is decided by it: it is only compared and carried on. */
  readonly status: ProfileStatus;
};

export type ObservedDeployment = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly replicas: number;
  readonly paused: boolean;
  readonly defaultContainer: string | undefined;
  readonly containers: readonly ObservedContainer[];
  readonly status: {
    readonly observedGeneration: number;
    readonly replicas: number;
    readonly updatedReplicas: number;
    readonly availableReplicas: number;
    /** Message of the condition Progressing when it says ProgressDeadlineExceeded. */
    readonly deadlineExceeded: string | undefined;
  };
};

export type ObservedContainer = {
  readonly name: string;
  /** As in the template, in its order, duplicates included. */
  readonly env: readonly ObservedVariable[];
};

export type ObservedVariable = {
  readonly name: string;
  /** Where it gets its value from. */
  readonly source:
    | { readonly kind: 'value'; readonly value: string }
    | { readonly kind: 'configMap'; readonly name: string; readonly key: string }
    | { readonly kind: 'other'; readonly words: string };
  /** Field managers that own the entry; empty where the API server does not say. */
  readonly managers: readonly string[];
};

export type ObservedConfigMap = {
  readonly name: string;
  readonly resourceVersion: string;
  readonly immutable: boolean;
  readonly data: Readonly<Record<string, string>>;
  readonly owners: readonly OwnerReference[];
};

export type ObservedProbe = {
  readonly job: string;
  readonly uid: string;
  /** uid of the profile that made it. */
  readonly ownerUid: string | undefined;
  readonly probeHash: string;
  readonly attempt: number;
  readonly requestedAt: string | undefined;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly end:
    | { readonly succeeded: boolean; readonly at: number; readonly reason: string; readonly message: string }
    | undefined;
  readonly pods: readonly ObservedProbePod[];
};

export type ObservedProbePod = {
  readonly name: string;
  readonly ownerUid: string | undefined;
  /** Why it does not run yet, in the kubelet's or the scheduler's words. */
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  readonly terminated: { readonly exitCode: number; readonly message: string } | undefined;
  /** Reason of a pod that failed as a whole: DeadlineExceeded, Evicted, ... */
  readonly failure: { readonly reason: string; readonly message: string } | undefined;
};
