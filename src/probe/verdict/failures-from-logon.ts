/** Rows of the failure table from the logon on, and those of the probe itself. */
import { ADVISORY, type FailureClasses } from './failure-class.ts';

/** Answers of the database to the logon. */
export const LOGON = {
  AuthenticationFailed: {
    summary: 'The database rejected user or password',
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-01017', 'ORA-01005'],
    remediation: 'Correct spec.database.credentialsSecretRef, and look for a line break at the end of a value.',
  },
  AccountLocked: {
    summary: 'The account is locked',
    namesUser: true,
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-28000'],
    remediation:
      'Find who logs on with a wrong password, unlock the account (ALTER USER ... ACCOUNT UNLOCK), then request a probe (dbpool.dev/probe-requested-at).',
  },
  PasswordExpired: {
    summary: 'The password has expired',
    namesUser: true,
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-28001'],
    remediation: 'Set a new password in the database and in spec.database.credentialsSecretRef.',
  },
  CreateSessionNotGranted: {
    summary: 'The user lacks the privilege CREATE SESSION',
    namesUser: true,
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-01045'],
    remediation: 'GRANT CREATE SESSION to the user, then request a probe (dbpool.dev/probe-requested-at).',
  },
  LogonTriggerFailed: {
    summary: 'A logon trigger of the database failed or rejected the logon',
    namesUser: true,
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-00604', 'ORA-04088', 'ORA-04098'],
    remediation: 'Show the message to the owner of the trigger, then request a probe (dbpool.dev/probe-requested-at).',
  },
  LogonRefused: {
    summary: 'The database rejected the logon',
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: [],
    remediation: 'Look up the code and remove the cause, then request a probe (dbpool.dev/probe-requested-at).',
  },
  SessionLimitReached: {
    summary: 'The instance has no session left',
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-00018'],
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
    patterns: ['ORA-04030', 'ORA-04031'],
    remediation: 'Lower spec.pool.max or the replicas, or give the database more memory.',
  },
  DatabaseStarting: {
    summary: 'The database is starting or stopping',
    outcome: 'TransientFailure',
    patterns: ['ORA-01033', 'ORA-01034', 'ORA-01089', 'ORA-01090', 'ORA-01092', 'ORA-01109', 'ORA-12528'],
    remediation: 'Wait until the database is open.',
  },
  DatabaseRestricted: {
    summary: 'The instance is in restricted mode',
    outcome: 'TransientFailure',
    patterns: ['ORA-01035', 'ORA-12526', 'ORA-12527'],
    remediation: 'Wait until the maintenance of the database is over.',
  },
  DatabaseBlocked: {
    summary: 'The database accepts no sessions for now',
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: ['ORA-00257', 'ORA-16000', 'ORA-16456'],
    remediation: 'Show the message to the database administrator: archiver, standby or switchover blocks sessions.',
  },
  UnsupportedByProbe: {
    summary: "The probe's driver (node-oracledb Thin) does not support what this database requires",
    outcome: 'Inconclusive',
    patterns: [
      'NJS-089',
      'NJS-100',
      'NJS-116',
      'NJS-138',
      'NJS-192',
      'NJS-523',
      'NJS-524',
      'NJS-531',
      'NJS-532',
      'NJS-533',
      'ORA-28040',
      { code: 'NJS-515', text: /Unsupported protocol|connect format: ldaps?:/i },
    ],
    remediation: 'Your backend may connect with Thick mode or JDBC: if it does, set spec.probe.policy to Advisory.',
  },
  ProtocolError: {
    summary: 'The other side does not speak the Oracle Net protocol',
    outcome: 'Inconclusive',
    patterns: ['NJS-102', 'NJS-103', 'NJS-111', 'NJS-112', 'NJS-113', 'NJS-173', 'NJS-509', 'NJS-534'],
    remediation: `Check that the port in spec.database.connectString is an Oracle listener; ${ADVISORY}.`,
  },
} as const satisfies FailureClasses;

/** After a successful logon. */
export const SESSION = {
  SessionKilled: {
    summary: 'The session was killed',
    namesUser: true,
    outcome: 'TransientFailure',
    patterns: ['ORA-00028', 'ORA-00031', 'ORA-01012'],
    remediation: 'Ask the database administrator what ends sessions of this user.',
  },
  SessionIdleLimitReached: {
    summary: 'The session exceeded its idle time',
    namesUser: true,
    outcome: 'TransientFailure',
    patterns: ['ORA-02396'],
    remediation:
      "Raise IDLE_TIME in the user's profile in the database above spec.pool.recycleSeconds, or lower spec.pool.recycleSeconds.",
  },
  QueryFailed: {
    summary: 'Ping or query failed after a successful logon',
    outcome: 'TransientFailure',
    stage: 'query',
    patterns: [],
    remediation: 'Show the message to the database administrator.',
  },
  PoolTimeoutTooShort: {
    summary: 'A connection of the pool took longer than spec.pool.timeoutSeconds',
    outcome: 'TransientFailure',
    stage: 'pool',
    patterns: ['NJS-040'],
    remediation: 'Raise spec.pool.timeoutSeconds, or find out what makes logons slow.',
  },
  PoolFailed: {
    summary: 'The first logon succeeded, but a connection of the pool failed',
    outcome: 'TransientFailure',
    stage: 'pool',
    patterns: [],
    remediation: 'Show the message to the database administrator.',
  },
  PoolTimeoutNotEnforced: {
    summary: 'The full pool did not reject a caller in time',
    outcome: 'Inconclusive',
    stage: 'pool',
    patterns: [],
    remediation: 'If it persists, look for a node that is short of CPU.',
  },
} as const satisfies FailureClasses;

/** The end of the probe itself. */
export const PROBE = {
  TimedOut: {
    summary: 'The probe ran out of time',
    outcome: 'TransientFailure',
    patterns: [],
    remediation: 'Find out what hangs (network, listener or database), or raise probe.timeoutSeconds.',
  },
  Interrupted: {
    summary: 'The probe was stopped by an eviction or a deletion of its pod',
    outcome: 'Inconclusive',
    patterns: [],
    remediation: 'If it repeats, find out who evicts or deletes the pod (kubectl get events).',
  },
  ProbeKilled: {
    summary: 'The probe was killed',
    outcome: 'Inconclusive',
    patterns: [],
    remediation: 'Find out why (kubectl describe pod): usually it is out of memory, or the node failed.',
  },
  ProbeFailed: {
    summary: 'The probe met an unexpected error',
    outcome: 'Inconclusive',
    patterns: [],
    remediation: "Report it with this message and the pod's log.",
  },
} as const satisfies FailureClasses;
