import oracledb from 'oracledb';
import { describe, expect, test } from 'vitest';
import { machineHash, MAX_MACHINES } from '../../src/contract/machine.ts';
import { verdictSchema } from '../../src/contract/verdict.ts';
import { readParameters } from '../../src/probe/input/parameters.ts';
import { tryRows } from '../../src/probe/oracle/select-rows.ts';
import { probe } from '../../src/probe/probe.ts';
import { Progress } from '../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../src/probe/verdict/redact.ts';
import { type StandIn, type StandInSettings, startStandIn } from '../oracle/stand-in.ts';
import { environment } from './environment.ts';

const USERS = { APP: { password: 'right' }, OTHER: { password: 'right' } };

/** Sessions that stay open: of APP unless another user is given. */
type Held = { readonly machine: string; readonly sessions: number; readonly user?: string; readonly program?: string };

/** The sessions of this machine are killed, and their client has not noticed yet. */
const KILLED = 'search-api-7c9-klmno';

async function verdictBeside(held: readonly Held[], settings: StandInSettings = { mayReadDynamicViews: true }) {
  await using database = await startStandIn({ users: USERS, ...settings });
  const connections = await Promise.all(held.flatMap((one) => open(database, one)));
  for (const { sid, client } of database.sessions) if (client.machine === KILLED) database.kill(sid);
  const variables = environment(database.connectString());
  const verdict = await probe(readParameters(variables), new Progress(), redactorFor(variables));
  await Promise.allSettled(connections.map((connection) => connection.close()));
  return verdictSchema.parse(verdict);
}

function open(database: StandIn, { machine, sessions, user = 'APP', program = 'node' }: Held) {
  const options = { user, password: 'right', connectString: database.connectString(), machine, program };
  return Array.from({ length: sessions }, () => oracledb.getConnection(options));
}

const counted = (machines: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(machines).map(([machine, sessions]) => [machineHash(machine), sessions]));

describe('sessions of the user', () => {
  test('are counted by machine, without probes, other users, killed sessions and parallel queries', async () => {
    const { sessionCount, reason } = await verdictBeside([
      { machine: 'search-api-7c9-abcde', sessions: 2 },
      { machine: 'search-api-7c9-fghij', sessions: 3 },
      { machine: 'laptop', sessions: 1, user: 'OTHER' },
      { machine: KILLED, sessions: 1 },
      { machine: 'search-api-7c9-fghij', sessions: 2, program: 'oracle-P001' },
      { machine: 'dbpool-probe-search', sessions: 2, program: 'dbpool-probe' },
    ]);
    expect(reason).toBe('PoolOpened');
    expect(sessionCount).toEqual({
      machines: counted({ 'search-api-7c9-fghij': 3, 'search-api-7c9-abcde': 2 }),
      otherSessions: 0,
      isPooled: false,
      isOneInstance: false,
    });
  });

  test('from more machines than a verdict holds are one number for those with the fewest', async () => {
    const held = Array.from({ length: MAX_MACHINES + 2 }, (_, index) => ({
      machine: `m-${index}`,
      sessions: index < MAX_MACHINES ? 2 : 1,
    }));
    const { sessionCount } = await verdictBeside(held);
    const most = held.slice(0, MAX_MACHINES).map(({ machine, sessions }) => [machine, sessions]);
    expect(sessionCount).toMatchObject({ machines: counted(Object.fromEntries(most)), otherSessions: 2 });
  });

  test('never tell the name of a machine', async () => {
    const verdict = await verdictBeside([{ machine: 'laptop-of-a-person', sessions: 1 }]);
    expect(verdict.sessionCount?.machines).toEqual(counted({ 'laptop-of-a-person': 1 }));
    expect(JSON.stringify(verdict)).not.toContain('laptop');
  });
});

const CLUSTER = { isCluster: true };

describe('what the user may read', () => {
  test.for<[string, StandInSettings, boolean]>([
    ['GV$SESSION of a cluster counts all instances', { mayReadDynamicViews: ['GV$SESSION'], database: CLUSTER }, false],
    [
      'V$SESSION of a cluster counts one instance',
      { mayReadDynamicViews: ['V$SESSION', 'V$PARAMETER'], database: CLUSTER },
      true,
    ],
    ['V$SESSION may count one of several instances', { mayReadDynamicViews: ['V$SESSION'] }, true],
    ['V$SESSION counts the only instance', { mayReadDynamicViews: ['V$SESSION', 'V$PARAMETER'] }, false],
  ])('%s', async ([, settings, isOneInstance]) => {
    const { sessionCount, limits } = await verdictBeside([{ machine: 'pod', sessions: 2 }], settings);
    expect(sessionCount).toMatchObject({ machines: counted({ pod: 2 }), isOneInstance });
    expect(limits?.unreadableViews).not.toContain('V$SESSION');
  });

  test('of neither view leaves the pool proven and the view among the unreadable ones', async () => {
    const { sessionCount, limits, reason } = await verdictBeside([], {});
    expect(reason).toBe('PoolOpened');
    expect(sessionCount).toBeUndefined();
    expect(limits?.unreadableViews).toEqual(['V$RESOURCE_LIMIT', 'V$PARAMETER', 'V$SESSION']);
  });
});

describe('a view that fails', () => {
  const failing = (view: string) => ({
    mayReadDynamicViews: true,
    answers: [{ pattern: `select .* from ${view}\\$session .*`, error: { code: 12_850, text: 'no slaves' } }],
  });

  test('of all instances is replaced by that of one', async () => {
    const { sessionCount, warnings } = await verdictBeside([{ machine: 'pod', sessions: 1 }], failing('gv'));
    expect(sessionCount?.machines).toEqual(counted({ pod: 1 }));
    expect(warnings).toBeUndefined();
  });

  test('is a warning, and the pool is proven', async () => {
    const { sessionCount, warnings, reason } = await verdictBeside([], failing('g?v'));
    expect(reason).toBe('PoolOpened');
    expect(sessionCount).toBeUndefined();
    expect(warnings).toEqual(['Reading V$SESSION: ORA-12850: no slaves']);
  });

  const failWith = (code: string) => {
    const connection = { callTimeout: 0, execute: () => Promise.reject(Object.assign(new Error(code), { code })) };
    return { connection, found: tryRows(connection as unknown as oracledb.Connection, { view: 'V', columns: '*' }) };
  };

  test('in time is told, and limits no later call', async () => {
    const { connection, found } = failWith('NJS-123');
    expect(connection.callTimeout).toBeGreaterThan(0);
    expect(await found).toMatchObject({ code: 'NJS-123' });
    expect(connection.callTimeout).toBe(0);
  });

  test('with the connection is thrown', async () => {
    await expect(failWith('NJS-500').found).rejects.toThrow('NJS-500');
  });
});

describe('sessions of a pool in the database', () => {
  const columns = [
    { name: 'MACHINE' },
    { name: 'SERVER' },
    { name: 'PROGRAM' },
    { name: 'COUNT(*)', type: 'NUMBER' as const },
  ];
  const count = async (...rows: (string | number | null)[][]) => {
    const answers = [{ pattern: 'select .* from gv\\$session .*', columns, rows }];
    return (await verdictBeside([], { answers })).sessionCount;
  };

  test('are told', async () => {
    const found = await count(['pod', 'DEDICATED', 'a', 2], ['pod', 'POOLED', null, 3], [null, 'NONE', 'a', 1]);
    expect(found).toMatchObject({ machines: counted({ pod: 5, '': 1 }), isPooled: true });
  });

  test('are told by the session of the probe', async () => {
    const found = await count(['pod', 'DEDICATED', 'a', 2], ['probe', 'POOLED', 'dbpool-probe', 1]);
    expect(found).toMatchObject({ machines: counted({ pod: 2 }), isPooled: true });
  });
});
