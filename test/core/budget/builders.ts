/** Complete plain data for the tests of the budget, with the changes that a test gives. */
import type { BackendUsage, BackendDatabase, PoolUsage } from '../../../src/core/model/usage.ts';
/** Six replicas, a surge of two, and max 40 in all pods: 560 sessions at the peak. */
export const pools = (changes: Partial<PoolUsage> = {}): PoolUsage => ({
  phase: 'Due',
  newMax: 40,
  oldMax: undefined,
  remainingMax: changes.oldMax,
  rollbackMax: undefined,
  poolsPerPod: 1,
  replicas: 6,
  maxReplicas: undefined,
  strategy: { kind: 'RollingUpdate', maxSurge: 2, maxUnavailable: 0 },
  pods: { old: 0, terminating: 0 },
  ...changes,
});

type Changes = Partial<Omit<BackendUsage, 'pools' | 'database'>> & {
  readonly pools?: Partial<PoolUsage>;
  readonly database?: Partial<BackendDatabase>;
};

export const backend = ({ pools: given, database, ...changes }: Changes = {}): BackendUsage => ({
  namespace: 'shop',
  name: 'search',
  createdAt: 0,
  wasRolledBefore: false,
  hasRolloutSlot: false,
  policy: 'Enforce',
  awaitedPods: given?.pods?.terminating ?? 0,
  pools: pools(given),
  database: {
    group: 'tomehub',
    connectString: 'oracle:1521/FREEPDB1',
    usernameSource: changes.name ?? 'search',
    limit: 600,
    reserve: 20,
    facts: undefined,
    ...database,
  },
  ...changes,
});

/** Another backend of the database that holds `sessions`, at its peak as well: one pod, no surge. */
export const neighbour = (name: string, sessions: number, changes: Changes = {}): BackendUsage =>
  backend({
    name,
    ...changes,
    pools: {
      phase: 'UpToDate',
      newMax: sessions,
      replicas: 1,
      strategy: { kind: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 },
      ...changes.pools,
    },
  });
