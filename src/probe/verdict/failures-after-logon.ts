/** Rows of the failure table from the first logon on, and those of the probe itself. */
import { type FailureClasses } from './failure-class.ts';

const LIMIT_OF_PROFILE =
  "Raise the limit that the message names (CPU or reads, by call or by session) in the user's profile in the database.";

/** After a successful logon. */
export const SESSION = {
  SessionKilled: {
    summary: 'The session was killed',
    namesUser: true,
    outcome: 'TransientFailure',
    patterns: [
      'ORA-00028',
      'ORA-00031',
      'ORA-01012',
      { code: 'ORA-02392', to: 'ORA-02395', remediation: LIMIT_OF_PROFILE },
      {
        code: 'ORA-02399',
        remediation:
          "Raise CONNECT_TIME in the user's profile in the database above spec.pool.recycleSeconds, or lower spec.pool.recycleSeconds.",
      },
    ],
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
