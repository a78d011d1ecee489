/** Rows of the failure table for trouble of the database that has nothing to do with who logs on. */
import { type FailureClasses, SHOW_DBA } from './failure-class.ts';

const MEMORY_OF_HOST =
  "Lower spec.pool.max or the replicas, or ask the database administrator to give the database's host more memory.";

/** The operating system's word for a full disk, behind the error of a file. */
const NO_SPACE = /Error: 28\b|\(OS 112\)|Disk quota exceeded/;

/** A file of the database could not be made, read or written, or was named beside such an error. */
const FILE_ERRORS = [
  'ORA-00202',
  'ORA-00204',
  'ORA-00205',
  'ORA-00206',
  'ORA-00210',
  'ORA-00227',
  'ORA-00312',
  'ORA-00313',
  'ORA-00345',
  'ORA-00354',
  'ORA-01110',
  'ORA-01114',
  'ORA-01115',
  'ORA-01116',
  'ORA-01119',
  'ORA-01122',
  'ORA-01157',
  'ORA-19502',
  'ORA-19504',
  'ORA-27037',
  'ORA-27040',
  'ORA-27041',
  'ORA-27044',
  'ORA-27054',
  'ORA-27061',
  'ORA-27063',
  'ORA-27072',
];

/** The audit trail that is kept in files could not be written. ORA-01075 follows it, or comes alone. */
const AUDIT_FILE_ERRORS = ['ORA-01075', 'ORA-09817', 'ORA-09925', 'ORA-09945'];

const AUDIT_FILES =
  'Ask the database administrator whether the folder of the audit files (AUDIT_FILE_DEST) is full, or cannot be written: the database writes there at each logon.';

const QUOTA =
  'Ask the database administrator for a quota on the tablespace (ALTER USER ... QUOTA ... ON ...) for the owner of the table that a logon writes to: often that of a logon trigger.';

const TIME_ZONES =
  'Ask the database administrator for the time zone files of the database ($ORACLE_HOME/oracore/zoneinfo): it cannot read them, or they are of another version.';

const STANDBY =
  'The database is open for reading only: point spec.database.connectString at the primary, wait until a switchover is over, or ask the owner of a logon trigger that writes.';

const KEYSTORE =
  'Ask the database administrator to open the keystore (ADMINISTER KEY MANAGEMENT SET KEYSTORE OPEN): encrypted data cannot be read until then.';

const ARCHIVER =
  'Ask the database administrator to make room for archived logs: the archiver is stuck, and no session can change anything.';

const DIRECTORY =
  'Ask the database administrator for the directory (LDAP, Active Directory) that knows the users: the database cannot reach it.';

/** No room for a session. */
const FULL = {
  SessionLimitReached: {
    summary: 'The instance has no session left',
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-00018', 'ORA-00019'],
    remediation: 'Lower spec.pool.max or the replicas until all pools fit, or raise SESSIONS in the database.',
  },
  ProcessLimitReached: {
    summary: 'The instance has no process left',
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-00020'],
    remediation: 'Lower spec.pool.max or the replicas until all pools fit, or raise PROCESSES in the database.',
  },
  UserSessionLimitReached: {
    summary: 'The user has no session left',
    namesUser: true,
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-02391'],
    remediation:
      "Lower spec.pool.max or the replicas until all pools fit, or raise SESSIONS_PER_USER in the user's profile in the database.",
  },
  DatabaseMemoryExhausted: {
    summary: 'The database has no memory left for a session',
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: [
      { code: 'ORA-04030', remediation: MEMORY_OF_HOST },
      {
        code: 'ORA-04031',
        remediation:
          'Lower spec.pool.max or the replicas, or ask the database administrator to enlarge the shared pool (SGA_TARGET, SHARED_POOL_SIZE).',
      },
      {
        code: 'ORA-04036',
        remediation:
          'Lower spec.pool.max or the replicas, or ask the database administrator to raise PGA_AGGREGATE_LIMIT, or to find the session that uses it up.',
      },
      { code: 'ORA-27102', remediation: MEMORY_OF_HOST },
    ],
    remediation: 'Lower spec.pool.max or the replicas, or give the database more memory.',
  },
} as const satisfies FailureClasses;

/** Trouble of the database that has nothing to do with who logs on. */
const TROUBLE = {
  DatabaseStarting: {
    summary: 'The database is starting or stopping',
    outcome: 'TransientFailure',
    patterns: [
      'ORA-01033',
      'ORA-01034',
      'ORA-01089',
      'ORA-01090',
      'ORA-01092',
      'ORA-01109',
      'ORA-01219',
      'ORA-01507',
      'ORA-12528',
      'ORA-27101',
      {
        code: 'ORA-65054',
        remediation:
          'Ask the database administrator to open the pluggable database (ALTER PLUGGABLE DATABASE ... OPEN).',
      },
    ],
    remediation: 'Wait until the database is open; if it stays so, ask the database administrator.',
  },
  DatabaseRestricted: {
    summary: 'The instance is in restricted mode',
    outcome: 'TransientFailure',
    patterns: ['ORA-01035', 'ORA-12526', 'ORA-12527'],
    remediation:
      'Wait until the maintenance of the database is over; if it stays so, ask the database administrator what keeps it restricted (V$PDBS, PDB_PLUG_IN_VIOLATIONS).',
  },
  DatabaseBlocked: {
    summary: 'The database accepts no sessions for now',
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: [
      { code: 'ORA-00257', remediation: ARCHIVER },
      { code: 'ORA-16014', remediation: ARCHIVER },
      { code: 'ORA-16038', remediation: ARCHIVER },
      { code: 'ORA-16000', remediation: STANDBY },
      { code: 'ORA-16003', remediation: STANDBY },
      { code: 'ORA-16004', remediation: STANDBY },
      { code: 'ORA-16456', remediation: STANDBY },
      { code: 'ORA-01804', remediation: TIME_ZONES },
      { code: 'ORA-01805', remediation: TIME_ZONES },
      ...AUDIT_FILE_ERRORS.map((code) => ({ code, remediation: AUDIT_FILES })),
      { code: 'ORA-28353', stage: 'logon', remediation: KEYSTORE },
      { code: 'ORA-28365', stage: 'logon', remediation: KEYSTORE },
      { code: 'ORA-28374', stage: 'logon', remediation: KEYSTORE },
      { code: 'ORA-28417', stage: 'logon', remediation: KEYSTORE },
      { code: 'ORA-28030', remediation: DIRECTORY },
      { code: 'ORA-28043', remediation: DIRECTORY },
      'ORA-02002',
      'ORA-00054',
      'ORA-00060',
      'ORA-00494',
      'ORA-04020',
      'ORA-04021',
      'ORA-16401',
      'ORA-30006',
      'ORA-44203',
      'ORA-46385',
    ],
    remediation: `${SHOW_DBA}: something that every logon needs is locked or cannot be written.`,
  },
  DatabaseStorageFull: {
    summary: 'The database has no space left to write what a logon writes',
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: [
      { code: 'ORA-01536', remediation: QUOTA },
      { code: 'ORA-01950', remediation: QUOTA },
      'ORA-01628',
      'ORA-01631',
      'ORA-01632',
      'ORA-01650',
      'ORA-01652',
      'ORA-01653',
      'ORA-01654',
      'ORA-01658',
      'ORA-01659',
      'ORA-01683',
      'ORA-01688',
      'ORA-01691',
      'ORA-01692',
      'ORA-01693',
      'ORA-19804',
      'ORA-19809',
      'ORA-19815',
      {
        code: 'ORA-25153',
        remediation:
          'Ask the database administrator to add a file to the temporary tablespace (ALTER TABLESPACE ... ADD TEMPFILE): it has none.',
      },
      'ORA-30036',
      ...FILE_ERRORS.map((code) => ({ code, text: NO_SPACE })),
      ...AUDIT_FILE_ERRORS.map((code) => ({ code, text: NO_SPACE, remediation: AUDIT_FILES })),
    ],
    remediation:
      'Ask the database administrator to extend the tablespace or disk that the message names, or to purge what fills it: often the audit trail (SYS.AUD$, AUDSYS), or the table of a logon trigger.',
  },
  DatabaseResourceExhausted: {
    summary: 'The database has run out of a resource that each logon needs',
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: [
      {
        code: 'ORA-01000',
        remediation:
          'Ask the database administrator to raise OPEN_CURSORS, or to look for a logon trigger that closes no cursors.',
      },
      'ORA-00036',
      'ORA-00051',
      'ORA-00052',
      'ORA-00053',
      'ORA-00055',
      'ORA-00057',
      'ORA-00059',
      'ORA-01555',
      'ORA-01574',
      'ORA-27125',
      { code: 'ORA-27300', to: 'ORA-27303' },
    ],
    remediation: `${SHOW_DBA}, who finds in the alert log which limit of the instance was reached.`,
  },
  DatabaseInternalError: {
    summary: 'The database met an error of its own',
    outcome: 'TransientFailure',
    patterns: [
      'ORA-00600',
      'ORA-00602',
      'ORA-00603',
      'ORA-00700',
      'ORA-07445',
      ...FILE_ERRORS.map((code) => ({ code, stage: 'logon' as const })),
      { code: 'ORA-00239', stage: 'logon' },
      { code: 'ORA-00372', stage: 'logon' },
      { code: 'ORA-00376', stage: 'logon' },
      { code: 'ORA-00443', stage: 'logon' },
      { code: 'ORA-00445', stage: 'logon' },
      { code: 'ORA-00470', to: 'ORA-00480', stage: 'logon' },
      { code: 'ORA-01113', stage: 'logon' },
      { code: 'ORA-01172', stage: 'logon' },
      { code: 'ORA-01194', to: 'ORA-01195', stage: 'logon' },
      { code: 'ORA-01578', stage: 'logon' },
      { code: 'ORA-29701', to: 'ORA-29702', stage: 'logon' },
      { code: 'ORA-29740', stage: 'logon' },
    ],
    remediation: `${SHOW_DBA}, who finds the trace file in the alert log and asks Oracle Support with it.`,
  },
} as const satisfies FailureClasses;

export const DATABASE = { ...FULL, ...TROUBLE } as const satisfies FailureClasses;
