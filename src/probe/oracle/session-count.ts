/** Counts the sessions of the probe's user by the machine that opened them: a pod's host name is that of the pod. */
import type oracledb from 'oracledb';
import { machineHash, MAX_MACHINES } from '../../contract/machine.ts';
import type { Verdict } from '../../contract/verdict.ts';
import type { Progress } from '../verdict/progress.ts';
import { type Query, selectRows, tryRows } from './select-rows.ts';

type SessionCount = NonNullable<Verdict['sessionCount']>;

/** Machine, kind of server process, program, and number of sessions. */
type Row = [string | null, string | null, string | null, number];

/** How a probe's sessions are known, its own and those of others with the same user. */
export const PROBE_PROGRAM = 'dbpool-probe';

/** OWNERID of a session that a client has opened. The processes of a parallel query have its machine, too, and another OWNERID. */
const NO_OWNER = 2_147_483_644;

const QUERY = {
  columns: 'machine, server, program, COUNT(*)',
  rest:
    ` WHERE username = USER AND type = 'USER' AND status <> 'KILLED' AND ownerid = ${NO_OWNER}` +
    ' GROUP BY machine, server, program',
} satisfies Omit<Query, 'view'>;

/**
 * Counts in all instances where the user may read GV$SESSION, else in the one that answers; undefined where it may read neither.
 * `hasOneInstance`: the database is known to have no other.
 */
export async function countSessions(
  connection: oracledb.Connection,
  hasOneInstance: boolean,
  progress: Progress,
): Promise<SessionCount | undefined> {
  const everywhere = await tryRows<Row>(connection, { view: 'GV$SESSION', ...QUERY });
  if ('rows' in everywhere) return { ...summaryOf(everywhere.rows), isOneInstance: false };
  const here = await selectRows<Row>(connection, { view: 'V$SESSION', ...QUERY }, progress);
  return here && { ...summaryOf(here), isOneInstance: !hasOneInstance };
}

function summaryOf(rows: readonly Row[]): Omit<SessionCount, 'isOneInstance'> {
  const byMachine = new Map<string, number>();
  for (const [machine, , program, sessions] of rows) {
    if (program === PROBE_PROGRAM) continue;
    const hash = machineHash(machine ?? '');
    byMachine.set(hash, (byMachine.get(hash) ?? 0) + sessions);
  }
  const sorted = [...byMachine].toSorted(mostFirst);
  return {
    machines: Object.fromEntries(sorted.slice(0, MAX_MACHINES)),
    otherSessions: sorted.slice(MAX_MACHINES).reduce((sum, [, sessions]) => sum + sessions, 0),
    // The probe's own session shows it, too: it logs on by the connect string of the backend.
    isPooled: rows.some(([, server]) => server === 'POOLED'),
  };
}

type Machine = readonly [hash: string, sessions: number];

const mostFirst = ([one, few]: Machine, [other, many]: Machine) => many - few || (one < other ? -1 : 1);
