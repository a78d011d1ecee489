/** A profile as the budget of its database sees it. Filled from the cluster, or from YAML files without one. */
import type { Verdict } from '../../contract/verdict.ts';
import type { Strategy } from './strategy.ts';
/** Enforce: what does not fit is not rolled. Warn: it is, and told. Ignore: it is not even told. */
export type SessionPolicy = 'Enforce' | 'Warn' | 'Ignore';

export type BackendUsage = {
  readonly namespace: string;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Whether the operator has rolled its backend before. */
  readonly wasRolledBefore: boolean;
  /** Whether its backend is being rolled, to these numbers or to others: it has its turn already. */
  readonly hasRolloutSlot: boolean;
  readonly policy: SessionPolicy;
  readonly pools: PoolUsage;
  /**
   * Of the pods that terminate, those that a rollout waits for. Only counted are those of the newest template, those that
   * should have ended long ago, and those without the profile's label: nobody knows when they should end.
   */
  readonly awaitedPods: number;
  readonly database: BackendDatabase;
};

export type BackendDatabase = {
  /** As the spec names it. */
  readonly group: string | undefined;
  /** The connect string, or the words for where it stands; undefined where the profile has no database. */
  readonly connectString: string | undefined;
  /** Where its user name stands: the Secret and its key. Undefined where the profile has no database. */
  readonly usernameSource: string | undefined;
  /** Sessions that the spec allows to all backends of the database together. */
  readonly limit: number | undefined;
  /** Sessions to be left to others. */
  readonly reserve: number;
  /** From the last verdict on this very database; undefined where there is none. */
  readonly facts: DatabaseFacts | undefined;
};

export type DatabaseFacts = {
  readonly identity: Verdict['database'];
  readonly limits: Verdict['limits'];
  /** The session user. */
  readonly user: string | undefined;
};

export const idOf = ({ namespace, name }: Pick<BackendUsage, 'namespace' | 'name'>): string => `${namespace}/${name}`;

export const byId = (one: BackendUsage, other: BackendUsage): number => (idOf(one) < idOf(other) ? -1 : 1);

/** How far a backend is on its way to the wanted numbers. */
export type RolloutPhase =
  /** All its pods run with them. */
  | 'UpToDate'
  /** It would be rolled now, were it not for the budget. */
  | 'Due'
  /** Something else keeps it as it is: a probe, a window, a person. */
  | 'NotDue'
  /** It is being rolled. */
  | 'Rolling'
  /** It is being rolled and does not get on. */
  | 'Stuck';

export type PoolUsage = {
  readonly phase: RolloutPhase;
  /** Connections that one pool may open by the wanted numbers. */
  readonly newMax: number;
  /** The most that any other of its pods has; undefined where nobody knows, and then it is taken to be the wanted. */
  readonly oldMax: number | undefined;
  /** The same without those that terminate: what the backend would stay with. */
  readonly remainingMax: number | undefined;
  /** What a rollback would bring back, which waits for no room; undefined where none may come by itself. */
  readonly rollbackMax: number | undefined;
  /** Worker processes of a pod, each with a pool of its own. */
  readonly poolsPerPod: number;
  readonly replicas: number;
  /** What an autoscaler may take the replicas to; undefined where there is none. */
  readonly maxReplicas: number | undefined;
  readonly strategy: Strategy;
  /** Pods as they are seen. */
  readonly pods: {
    /** That run other numbers than the wanted and don't terminate. */
    readonly old: number;
    /** That run the wanted numbers and don't terminate. */
    readonly updated?: number;
    readonly terminating: number;
  };
};
