/** Plain data for the tests of the budget, complete and changed only where a test says so. */
import type { Member, MemberDatabase, PoolUse } from '../../../src/core/model/usage.ts';
/** Six replicas, two of surge, max 40 everywhere: 560 at the peak. */
export const use = (changes: Partial<PoolUse> = {}): PoolUse => ({
  phase: 'Ready',
  wantedMax: 40,
  runningMax: undefined,
  stayingMax: changes.runningMax,
  fallbackMax: undefined,
  poolsPerPod: 1,
  replicas: 6,
  maxReplicas: undefined,
  strategy: { kind: 'RollingUpdate', maxSurge: 2, maxUnavailable: 0 },
  pods: { old: 0, terminating: 0 },
  ...changes,
});

type Changes = Partial<Omit<Member, 'use' | 'database'>> & {
  readonly use?: Partial<PoolUse>;
  readonly database?: Partial<MemberDatabase>;
};

export const member = ({ use: used, database, ...changes }: Changes = {}): Member => ({
  namespace: 'shop',
  name: 'search',
  createdAt: 0,
  isEstablished: false,
  isUnderWay: false,
  policy: 'Enforce',
  awaitedPods: used?.pods?.terminating ?? 0,
  use: use(used),
  database: {
    group: 'tomehub',
    connectString: 'oracle:1521/FREEPDB1',
    credentials: changes.name ?? 'search',
    limit: 600,
    reserve: 20,
    learnt: undefined,
    ...database,
  },
  ...changes,
});

/** A neighbour at rest that holds `sessions`: one pod, no surge. */
export const neighbour = (name: string, sessions: number, changes: Changes = {}): Member =>
  member({
    name,
    ...changes,
    use: {
      phase: 'Done',
      wantedMax: sessions,
      replicas: 1,
      strategy: { kind: 'RollingUpdate', maxSurge: 0, maxUnavailable: 1 },
      ...changes.use,
    },
  });
