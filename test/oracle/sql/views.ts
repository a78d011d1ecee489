/** The views of the data dictionary that a client with few privileges reads, filled from the database's state. */
import type { Database } from '../database/database.ts';
import type { Session } from '../database/session.ts';
import { BANNER } from '../messages/negotiation.ts';
import type { Value } from '../wire/values.ts';
import type { ColumnType } from './answer.ts';
import { NLS_PARAMETERS } from './nls.ts';

export type Scope = { readonly session: Session; readonly database: Database };

export type View = {
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Values in the order of the columns. */
  readonly rows: (scope: Scope) => readonly (readonly Value[])[];
  /** Read by those alone who were granted it; ORA-00942 for others. */
  readonly isGranted?: true;
};

const RESOURCE = { RESOURCE_NAME: 'VARCHAR2', LIMIT: 'VARCHAR2' } as const;

const SESSION = {
  SID: 'NUMBER',
  'SERIAL#': 'NUMBER',
  OWNERID: 'NUMBER',
  USERNAME: 'VARCHAR2',
  STATUS: 'VARCHAR2',
  SERVER: 'VARCHAR2',
  OSUSER: 'VARCHAR2',
  MACHINE: 'VARCHAR2',
  PROGRAM: 'VARCHAR2',
  TYPE: 'VARCHAR2',
  LOGON_TIME: 'DATE',
} as const;

/** Of a session that no parallel query has made. */
const NO_OWNER = 2_147_483_644;

/** A client with such a program stands for a process of a parallel query. */
const PARALLEL = /^oracle-P\d{3}$/;

const sessionRows = ({ session: own, database }: Scope): readonly (readonly Value[])[] => [
  [
    1,
    1,
    NO_OWNER,
    null,
    'ACTIVE',
    'DEDICATED',
    'oracle',
    database.settings.database.host,
    'oracle (PMON)',
    'BACKGROUND',
    null,
  ],
  ...database.sessions.map(({ sid, serial, user, isKilled, client, loggedOnAt }) => {
    const status = isKilled ? 'KILLED' : sid === own.sid ? 'ACTIVE' : 'INACTIVE';
    const { osUser, machine, program } = client;
    const ownerId = PARALLEL.test(program) ? 65_537 : NO_OWNER;
    return [sid, serial, ownerId, user, status, 'DEDICATED', osUser, machine, program, 'USER', loggedOnAt];
  }),
];

const VIEWS: Readonly<Record<string, View>> = {
  DUAL: { columns: { DUMMY: 'VARCHAR2' }, rows: () => [['X']] },
  USER_USERS: {
    columns: { USERNAME: 'VARCHAR2', USER_ID: 'NUMBER', ACCOUNT_STATUS: 'VARCHAR2', EXPIRY_DATE: 'DATE' },
    rows: ({ session: { account } }) => [[account.name, 100, account.status, account.expiryDate]],
  },
  USER_RESOURCE_LIMITS: {
    columns: RESOURCE,
    rows: ({ session }) => {
      const { sessionsPerUser, idleTime, connectTime } = session.account.settings;
      return [
        ['COMPOSITE_LIMIT', 'UNLIMITED'],
        ['SESSIONS_PER_USER', String(sessionsPerUser)],
        ['CPU_PER_SESSION', 'UNLIMITED'],
        ['CPU_PER_CALL', 'UNLIMITED'],
        ['LOGICAL_READS_PER_SESSION', 'UNLIMITED'],
        ['LOGICAL_READS_PER_CALL', 'UNLIMITED'],
        ['IDLE_TIME', String(idleTime)],
        ['CONNECT_TIME', String(connectTime)],
        ['PRIVATE_SGA', 'UNLIMITED'],
      ];
    },
  },
  USER_PASSWORD_LIMITS: {
    columns: RESOURCE,
    rows: ({ session }) => [
      ['FAILED_LOGIN_ATTEMPTS', String(session.account.settings.failedLoginAttempts)],
      ['PASSWORD_LIFE_TIME', '180'],
      ['PASSWORD_LOCK_TIME', '1'],
      ['PASSWORD_GRACE_TIME', String(session.account.settings.graceDays)],
    ],
  },
  NLS_SESSION_PARAMETERS: {
    columns: { PARAMETER: 'VARCHAR2', VALUE: 'VARCHAR2' },
    rows: () => Object.entries(NLS_PARAMETERS),
  },
  SESSION_PRIVS: { columns: { PRIVILEGE: 'VARCHAR2' }, rows: () => [['CREATE SESSION']] },
  SESSION_ROLES: { columns: { ROLE: 'VARCHAR2' }, rows: () => [['CONNECT']] },
  PRODUCT_COMPONENT_VERSION: {
    columns: { PRODUCT: 'VARCHAR2', VERSION: 'VARCHAR2', VERSION_FULL: 'VARCHAR2', STATUS: 'VARCHAR2' },
    rows: ({ database }) => {
      const { version } = database.settings.database;
      return [[BANNER, version, version, 'Production']];
    },
  },
  V$VERSION: {
    columns: { BANNER: 'VARCHAR2', CON_ID: 'NUMBER' },
    rows: () => [[BANNER, 0]],
  },
  V$RESOURCE_LIMIT: {
    isGranted: true,
    columns: {
      RESOURCE_NAME: 'VARCHAR2',
      CURRENT_UTILIZATION: 'NUMBER',
      MAX_UTILIZATION: 'NUMBER',
      INITIAL_ALLOCATION: 'VARCHAR2',
      LIMIT_VALUE: 'VARCHAR2',
      CON_ID: 'NUMBER',
    },
    rows: ({ database: { settings, inUse, statistics } }) => {
      const { sessions, processes, otherSessions, otherProcesses } = settings.limits;
      const mostProcesses = statistics.peakProcesses + otherProcesses;
      const mostSessions = statistics.peakSessions + otherSessions;
      return [
        ['processes', inUse.processes, mostProcesses, padded(processes), padded(processes), 0],
        ['sessions', inUse.sessions, mostSessions, padded(sessions), padded(sessions), 0],
      ];
    },
  },
  V$PARAMETER: {
    isGranted: true,
    columns: { NAME: 'VARCHAR2', VALUE: 'VARCHAR2' },
    rows: ({ database: { settings } }) => [
      ['cpu_count', String(settings.database.cpus)],
      ['cluster_database', settings.database.isCluster ? 'TRUE' : 'FALSE'],
      ['processes', String(settings.limits.processes)],
      ['sessions', String(settings.limits.sessions)],
      ['resource_limit', 'TRUE'],
    ],
  },
  DBA_USERS: {
    isGranted: true,
    columns: { USERNAME: 'VARCHAR2', ACCOUNT_STATUS: 'VARCHAR2', EXPIRY_DATE: 'DATE' },
    rows: ({ database }) => database.accounts.map((account) => [account.name, account.status, account.expiryDate]),
  },
  DBA_PROFILES: {
    isGranted: true,
    columns: { PROFILE: 'VARCHAR2', ...RESOURCE },
    rows: ({ database }) =>
      [...database.profiles].flatMap(([profile, limits]) =>
        [...limits].map(([resource, limit]) => [profile, resource, limit]),
      ),
  },
  V$SESSION: { isGranted: true, columns: SESSION, rows: sessionRows },
  GV$SESSION: {
    isGranted: true,
    columns: { INST_ID: 'NUMBER', ...SESSION },
    rows: (scope) => sessionRows(scope).map((row) => [1, ...row]),
  },
};

/** The view of this name that the user may read; its base view has an underscore in the name. */
export function findView(name: string, { session, database }: Scope): View | undefined {
  const base = name.replace(/^(G?V)_\$/, '$1$');
  const view = VIEWS[base];
  const granted = database.settings.mayReadDynamicViews;
  const hasRole = session.account.settings.roles.length > 0;
  const mayRead = hasRole || (Array.isArray(granted) ? granted.includes(base) : granted);
  return view?.isGranted === true && !mayRead ? undefined : view;
}

/** Oracle keeps these limits as texts of ten characters, right-aligned. */
const padded = (limit: number | 'UNLIMITED') => String(limit).padStart(10);
