/** Rows of the failure table for the database's answers to the logon. */
import { ADVISORY, type FailureClasses, SHOW_DBA } from './failure-class.ts';
import { DATABASE } from './failures-of-database.ts';

const NETWORK_SERVICES = `Ask the database administrator what sqlnet.ora requires beside user and password (SQLNET.AUTHENTICATION_SERVICES, encryption, checksums): node-oracledb Thin has none of it; ${ADVISORY}.`;

const NATIVE_ENCRYPTION = `The database requires native network encryption: use a TLS listener (tcps) in spec.database.connectString if there is one; ${ADVISORY}.`;

/**
 * The allow-list: these answers alone say that user and password were rejected. `REJECTIONS` of contract/logon-results.ts has the
 * same reasons, and says which may be tried again.
 */
const REJECTED = {
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
    patterns: ['ORA-28001', 'ORA-65162'],
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
  PrivilegesInsufficient: {
    summary: 'The user lacks a privilege that this logon requires',
    namesUser: true,
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: [{ code: 'ORA-01031', stage: 'logon' }],
    remediation:
      'Let the database administrator grant it, or put another user into spec.database.credentialsSecretRef (not SYS), then request a probe (dbpool.dev/probe-requested-at).',
  },
} as const satisfies FailureClasses;

/** What code in the database, or a setting of the session, made of a logon. */
const SESSION_SETUP = {
  LogonTriggerFailed: {
    summary: 'A logon trigger or rule of the database failed or rejected the session',
    namesUser: true,
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: [
      'ORA-02063',
      'ORA-02068',
      'ORA-04088',
      { code: 'ORA-04045', stage: 'logon' },
      { code: 'ORA-04061', to: 'ORA-04068', stage: 'logon' },
      'ORA-04098',
      'ORA-06512',
      'ORA-06550',
      { code: 'ORA-20000', to: 'ORA-20999' },
      'ORA-47306',
      'ORA-47400',
      'ORA-47401',
    ],
    remediation: `Show the message to the owner of the trigger or rule: the probe logs on from another machine than the backend, with the program dbpool-probe; ${ADVISORY}.`,
  },
  RecursiveSqlFailed: {
    summary: 'SQL that the database itself runs at a logon failed',
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: [{ code: 'ORA-00604', stage: 'logon' }],
    remediation: `${SHOW_DBA}, who looks in the alert log for what fails at each logon: a trigger, a policy, the audit trail or the data dictionary; ${ADVISORY}.`,
  },
  SessionSettingsRejected: {
    summary: 'The database rejected a setting of the session',
    outcome: 'Inconclusive',
    stage: 'logon',
    patterns: [
      'ORA-01756',
      {
        code: 'ORA-01882',
        remediation: `The probe's time zone (TZ, ORA_SDTZ) is none that the database knows, and the backend has its own: ask the database administrator for the time zone files of the database; ${ADVISORY}.`,
      },
      'ORA-02248',
      'ORA-12701',
      'ORA-12702',
      'ORA-12705',
      'ORA-30089',
    ],
    remediation: `The driver sets time zone and language (ALTER SESSION), and the backend's driver sets its own: show the message to the database administrator; ${ADVISORY}.`,
  },
  UserUnsuitable: {
    summary: 'This user does not log on as applications do',
    namesUser: true,
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: ['ORA-28009', 'ORA-28012'],
    remediation:
      'Put a user of the application into spec.database.credentialsSecretRef: SYS and other administrators log on with a role (AS SYSDBA).',
  },
  LogonRefused: {
    summary: 'The database ended the logon with an answer that the probe does not know',
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: [],
    remediation: `${SHOW_DBA}; the credentials are sent three times in all, then once in 24 hours, in case the database counts them as rejected.`,
  },
} as const satisfies FailureClasses;

/** Where the driver of the probe comes to its limits. */
const DRIVER = {
  UnsupportedByProbe: {
    summary:
      "The probe's driver (node-oracledb Thin) does not support what the connect string or the database requires",
    outcome: 'Inconclusive',
    patterns: [
      'NJS-089',
      'NJS-100',
      {
        code: 'NJS-116',
        remediation: `Ask the database administrator to set the password again with a verifier of version 11G or 12C: the account has one of 10G only; ${ADVISORY}.`,
      },
      'NJS-138',
      'NJS-192',
      'NJS-523',
      'NJS-524',
      'NJS-531',
      'NJS-532',
      { code: 'NJS-533', remediation: NATIVE_ENCRYPTION },
      { code: 'ORA-12599', stage: 'logon', remediation: NATIVE_ENCRYPTION },
      { code: 'ORA-12649', remediation: NATIVE_ENCRYPTION },
      { code: 'ORA-12650', remediation: NATIVE_ENCRYPTION },
      { code: 'ORA-12660', remediation: NATIVE_ENCRYPTION },
      { code: 'ORA-12631', remediation: NETWORK_SERVICES },
      { code: 'ORA-12637', to: 'ORA-12638', remediation: NETWORK_SERVICES },
      { code: 'ORA-12641', remediation: NETWORK_SERVICES },
      { code: 'ORA-12699', remediation: NETWORK_SERVICES },
      {
        code: 'ORA-28040',
        remediation: `Ask the database administrator which clients SQLNET.ALLOWED_LOGON_VERSION_SERVER admits, and whether the account has a verifier for them; ${ADVISORY}.`,
      },
      { code: 'NJS-515', text: /Unsupported protocol|connect format: ldaps?:/i },
    ],
    remediation: 'Your backend may connect with Thick mode or JDBC: if it does, set spec.probe.policy to Advisory.',
  },
  ProtocolError: {
    summary: 'The other side does not speak the Oracle Net protocol as the probe does',
    outcome: 'Inconclusive',
    patterns: ['NJS-102', 'NJS-103', 'NJS-111', 'NJS-112', 'NJS-113', 'NJS-173', 'NJS-509', 'NJS-534'],
    remediation: `Check that the port in spec.database.connectString is an Oracle listener; ${ADVISORY}.`,
  },
} as const satisfies FailureClasses;

export const LOGON = {
  ...REJECTED,
  ...SESSION_SETUP,
  ...DATABASE,
  ...DRIVER,
} as const satisfies FailureClasses;
