/** One backend as the session budget sees it: whose database it uses, how far its rollout is, and what its pools may hold. */
import type { Verdict } from '../../contract/verdict.ts';
import type { Strategy } from './strategy.ts';

/**
 * `spec.database.sessions.policy`: `Enforce` holds a rollout that does not fit; `Warn` starts it and reports the excess;
 * `Ignore` starts it and assesses nothing.
 */
export type SessionPolicy = 'Enforce' | 'Warn' | 'Ignore';

/** A profile and its Deployment, as the backends that share its database count it. */
export type BackendUsage = {
  /** Of the profile. */
  readonly namespace: string;
  /** Of the profile. */
  readonly name: string;
  /** Of the profile, in milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whether the operator has rolled out pool settings to this Deployment before. */
  readonly wasRolledBefore: boolean;
  /** Whether a rollout of the Deployment is in progress and not stuck, whoever started it. Such a rollout takes a rollout slot. */
  readonly hasRolloutSlot: boolean;
  /** Sessions of its stuck rollout, which count even if its next one is due; undefined where no rollout is stuck. */
  readonly stuckSessions?: number | undefined;
  readonly policy: SessionPolicy;
  readonly pools: PoolUsage;
  /**
   * Terminating pods that a new rollout waits for: those of an earlier template, until shortly after they should have ended.
   * Pods without the profile's label are not among them, because it is unknown when they should end.
   */
  readonly awaitedPods: number;
  readonly database: BackendDatabase;
};

/** What the spec says about the database, and what probes have found out about it. */
export type BackendDatabase = {
  /** `spec.database.sessions.group`. */
  readonly group: string | undefined;
  /** The connect string, or "key K of Secret S" where the spec refers to one; undefined where the profile has no database. */
  readonly connectString: string | undefined;
  /** "key K of Secret S" that holds the user name; undefined where the profile has no database. */
  readonly usernameSource: string | undefined;
  /** Sessions that the spec allows to all backends of the database together. */
  readonly limit: number | undefined;
  /** Sessions that the spec leaves to others. */
  readonly reserve: number;
  /** From probes with this very connect string; undefined before the first that reached the database. */
  readonly facts: DatabaseFacts | undefined;
};

export type DatabaseFacts = {
  /** Unique name and pluggable database. */
  readonly identity: Verdict['database'];
  readonly limits: Verdict['limits'];
  /** The session user. */
  readonly user: string | undefined;
  /** When the limits were read, in milliseconds since the epoch, and how many sessions the backends of the group could hold then. */
  readonly measured?: { readonly at: number; readonly ownSessions: number } | undefined;
};

/** "namespace/name" of the profile. */
export const idOf = ({ namespace, name }: Pick<BackendUsage, 'namespace' | 'name'>): string => `${namespace}/${name}`;

/** Sorts by namespace and name. */
export const byId = (one: BackendUsage, other: BackendUsage): number => (idOf(one) < idOf(other) ? -1 : 1);

/** How far a backend is with its pool settings. */
export type RolloutPhase =
  /** No rollout is in progress, and the Deployment uses the desired settings. */
  | 'UpToDate'
  /** Other settings are in use. The rollout could start now, but for the budget. */
  | 'Due'
  /** Other settings are in use. Something other than the budget keeps the rollout from starting: a probe, a window, a person. */
  | 'NotDue'
  /** A rollout is in progress. */
  | 'Rolling'
  /** A rollout is in progress and makes no progress. */
  | 'Stuck';

/** What the sessions of a backend are computed from. Each `max` is in connections of one pool. */
export type PoolUsage = {
  readonly phase: RolloutPhase;
  /** `max` of the settings that the rollout brings: the one in progress, else the next one. */
  readonly newMax: number;
  /** The largest `max` of all other pods; undefined where it is unknown, and then `newMax` is assumed. */
  readonly oldMax: number | undefined;
  /** `oldMax` without the terminating pods: what the backend would stay with. */
  readonly remainingMax: number | undefined;
  /** `max` that an automatic rollback would bring back without waiting for room; undefined where none is possible. */
  readonly rollbackMax: number | undefined;
  /** Worker processes in a pod, each with a pool of its own. */
  readonly poolsPerPod: number;
  readonly replicas: number;
  /** The largest `maxReplicas` of its autoscalers; undefined where there is none. */
  readonly maxReplicas: number | undefined;
  readonly strategy: Strategy;
  /** Pods as they are observed. */
  readonly pods: {
    /** Not of the newest template, and not terminating. */
    readonly old: number;
    /** Of the newest template, and not terminating. */
    readonly updated?: number;
    readonly terminating: number;
  };
};

/** The backends that share the sessions of the profile's database. */
export type ObservedBudget = {
  /** Name of the database. */
  readonly group: string;
  /**
   * The backends in the caches, mostly with the profile's own. All profiles of the group get one and the same array until a
   * member changes, so that a result computed from it can be shared.
   */
  readonly members: readonly BackendUsage[];
  /** Sessions that an administrator gives to all members together. */
  readonly limit?: number | undefined;
};
