/**
 * Everything that can keep a pool from being proven: a row for each reason, with the codes and texts of the driver that lead
 * to it. Data only; classify.ts reads it, and docs/verdicts.md lists it. Reasons are API: scripts and alerts depend on them.
 */
import type { Outcome, Stage } from '../../contract/verdict.ts';

/** A code, or a code with conditions. A pattern with conditions takes precedence over a plain code. */
export type ErrorPattern =
  | string
  | {
      readonly code: string;
      /** Must match the driver's text. */
      readonly text?: RegExp;
      /** Must be the stage that the probe had reached. */
      readonly stage?: Stage;
    };

export type FailureClass = {
  readonly outcome: Exclude<Outcome, 'Succeeded'>;
  /** The stage that the verdict reports; undefined for the one that the probe had reached. See `failureAt` for the pool. */
  readonly stage?: Stage;
  readonly patterns: readonly ErrorPattern[];
  /** One sentence: what to do. */
  readonly remediation: string;
};

const ADVISORY = 'if your backend gets along with it, set probe.policy to Advisory';

const SETUP = {
  ParametersInvalid: {
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: [],
    remediation: 'Correct what the message names in the profile, or in the Secret or ConfigMap that it refers to.',
  },
  CredentialsMissing: {
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: ['NJS-101'],
    remediation:
      'Put user and password into the Secret: an empty one would count as a failed logon, so it was not sent.',
  },
  CredentialsKnownBad: {
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: [],
    remediation:
      'Correct the Secret, and it is tried by itself; where the account was mended instead, ask for a new probe (dbpool.dev/probe-requested-at).',
  },
  LogonOutcomeUnknown: {
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: [],
    remediation:
      'Each may have counted as a failed logon: find what keeps the database from answering, then ask for one more (dbpool.dev/probe-requested-at).',
  },
  CaMissing: {
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: [],
    remediation: 'Make the ConfigMap and key that database.caConfigMapKeyRef names.',
  },
  CaInvalid: {
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: [],
    remediation: 'Put the certificate of the authority there in PEM form: -----BEGIN CERTIFICATE-----.',
  },
  ConnectStringInvalid: {
    outcome: 'PermanentFailure',
    stage: 'resolve',
    patterns: ['NJS-125', 'NJS-512', 'NJS-514', 'NJS-515', 'NJS-522'],
    remediation:
      'Correct the connect string: host:port/service or a whole (DESCRIPTION=...), without user and password.',
  },
  TnsAliasNotFound: {
    outcome: 'PermanentFailure',
    stage: 'resolve',
    patterns: ['NJS-516', 'NJS-517', 'NJS-520'],
    remediation:
      "Give the alias's whole (DESCRIPTION=...) as connect string, or the tnsnames.ora by database.walletSecretRef.",
  },
  HostNotFound: {
    outcome: 'TransientFailure',
    stage: 'resolve',
    patterns: ['NJS-530', { code: 'NJS-503', text: /ENOTFOUND|EAI_AGAIN/ }],
    remediation: 'Check the host name, and that the DNS of the cluster knows it from this namespace.',
  },
} as const satisfies Record<string, FailureClass>;

const NETWORK = {
  ConnectionRefused: {
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: [{ code: 'NJS-503', text: /ECONNREFUSED/ }],
    remediation: 'Check host and port, that the listener runs, and that its Service has endpoints.',
  },
  HostUnreachable: {
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: [{ code: 'NJS-503', text: /EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/ }],
    remediation: 'Check routes, firewall and NetworkPolicies between this namespace and the database.',
  },
  ConnectTimedOut: {
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: ['NJS-510', { code: 'NJS-503', text: /ETIMEDOUT/ }],
    remediation: 'A firewall or NetworkPolicy drops the packets: open the way from this namespace to the database.',
  },
  ListenerTimedOut: {
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: [{ code: 'NJS-510', stage: 'listener' }],
    remediation:
      'Something took the connection and did not answer: check port and protocol (tcps on a plain port?), and the listener.',
  },
  ProxyFailed: {
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: ['NJS-504'],
    remediation: 'Check the web proxy that the connect string names, and that it lets CONNECT through to the database.',
  },
  ConnectFailed: {
    outcome: 'TransientFailure',
    patterns: ['NJS-503'],
    remediation: "Check the way from this namespace to the database: the message has the system's own words.",
  },
  ConnectionClosed: {
    outcome: 'TransientFailure',
    patterns: ['NJS-500', 'NJS-501', 'NJS-513', 'NJS-521'],
    remediation:
      'Check that the port is the listener (plain tcp on a TLS port?), its list of invited nodes, and what cuts connections.',
  },
  WalletMissing: {
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: [{ code: 'NJS-512', text: /ENOENT|EACCES/ }],
    remediation: `Name the Secret with the wallet in database.walletSecretRef, not its folder in the connect string; ${ADVISORY}.`,
  },
  WalletInvalid: {
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: ['NJS-505', 'NJS-529'],
    remediation:
      'Give an ewallet.pem with certificate and private key (not cwallet.sso, ewallet.p12 or a CA alone), and its password.',
  },
  CertificateUntrusted: {
    outcome: 'Inconclusive',
    stage: 'tls',
    patterns: [{ code: 'NJS-506', text: /unable to (?:verify|get)|self.signed/i }],
    remediation: `Name the certificate of the authority in database.caConfigMapKeyRef, or the wallet in database.walletSecretRef; ${ADVISORY}.`,
  },
  CertificateExpired: {
    outcome: 'TransientFailure',
    stage: 'tls',
    patterns: [{ code: 'NJS-506', text: /certificate (?:has expired|is not yet valid)/i }],
    remediation: "Renew the listener's certificate.",
  },
  CertificateNameMismatch: {
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: ['NJS-508'],
    remediation: "Connect to a name that is in the listener's certificate, or put this one into it.",
  },
  CertificateSubjectMismatch: {
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: ['NJS-507'],
    remediation: "Correct SSL_SERVER_CERT_DN in the connect string, or the subject of the listener's certificate.",
  },
  TlsHandshakeFailed: {
    outcome: 'Inconclusive',
    stage: 'tls',
    patterns: ['NJS-506'],
    remediation: `Check that the port speaks TLS, and whether it wants a client certificate (database.walletSecretRef); ${ADVISORY}.`,
  },
} as const satisfies Record<string, FailureClass>;

const LISTENER = {
  ServiceUnknown: {
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['NJS-518', 'ORA-12514'],
    remediation: 'Correct the service name, or wait until the database has opened and registered it.',
  },
  SidUnknown: {
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['NJS-519', 'ORA-12505'],
    remediation: 'Use the service name in place of the SID, or wait until the instance has registered.',
  },
  NoHandlerAvailable: {
    outcome: 'InsufficientCapacity',
    stage: 'listener',
    patterns: ['ORA-12516', 'ORA-12518', 'ORA-12519', 'ORA-12520'],
    remediation:
      'PROCESSES or SESSIONS is reached: lower max or the replicas, or raise them; the listener may lag 10 minutes behind.',
  },
  ConnectionFiltered: {
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['ORA-12506', 'ORA-12529'],
    remediation: "Let this namespace's addresses into the listener's access list.",
  },
  ListenerRefused: {
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['NJS-511', 'NJS-536'],
    remediation: "Look the code up in the listener's log.",
  },
} as const satisfies Record<string, FailureClass>;

const LOGON = {
  AuthenticationFailed: {
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-01017', 'ORA-01005'],
    remediation:
      'Correct user and password in the Secret (no line break at the end): it is tried again by itself once they are others.',
  },
  AccountLocked: {
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-28000'],
    remediation:
      'Find who logs on with a wrong password, have the account unlocked (ALTER USER ... ACCOUNT UNLOCK), then ask for a new probe.',
  },
  PasswordExpired: {
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-28001'],
    remediation: 'Set a new password in the database and in the Secret.',
  },
  CreateSessionNotGranted: {
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-01045'],
    remediation: 'GRANT CREATE SESSION to the user, then ask for a new probe.',
  },
  LogonTriggerFailed: {
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: ['ORA-00604', 'ORA-04088', 'ORA-04098'],
    remediation: 'A logon trigger of the database refuses or fails: show its owner the message.',
  },
  LogonRefused: {
    outcome: 'PermanentFailure',
    stage: 'logon',
    patterns: [],
    remediation: 'Look the code up; a refused logon is not repeated by itself, so ask for a new probe afterwards.',
  },
  SessionLimitReached: {
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-00018'],
    remediation: 'Lower max or the replicas until all pools fit, or raise SESSIONS in the database.',
  },
  ProcessLimitReached: {
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-00020'],
    remediation: 'Lower max or the replicas until all pools fit, or raise PROCESSES in the database.',
  },
  UserSessionLimitReached: {
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-02391'],
    remediation: "Lower max or the replicas until all pools fit, or raise SESSIONS_PER_USER in the user's profile.",
  },
  DatabaseMemoryExhausted: {
    outcome: 'InsufficientCapacity',
    stage: 'logon',
    patterns: ['ORA-04030', 'ORA-04031'],
    remediation: 'The database has no memory for one more session: lower max or the replicas, or give it more.',
  },
  DatabaseStarting: {
    outcome: 'TransientFailure',
    patterns: ['ORA-01033', 'ORA-01034', 'ORA-01089', 'ORA-01090', 'ORA-01092', 'ORA-01109', 'ORA-12528'],
    remediation: 'Wait until the database has started or stopped; it is tried again by itself.',
  },
  DatabaseRestricted: {
    outcome: 'TransientFailure',
    patterns: ['ORA-01035', 'ORA-12526', 'ORA-12527'],
    remediation: 'The instance is in restricted mode: wait until its maintenance is over.',
  },
  DatabaseBlocked: {
    outcome: 'TransientFailure',
    stage: 'logon',
    patterns: ['ORA-00257', 'ORA-16000', 'ORA-16456'],
    remediation: 'Show the message to the database administrator: archiver, standby or switchover keeps sessions out.',
  },
  UnsupportedByProbe: {
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
    remediation: "The probe's driver (node-oracledb Thin) cannot do what this database asks for; " + ADVISORY + '.',
  },
  ProtocolError: {
    outcome: 'Inconclusive',
    patterns: ['NJS-102', 'NJS-103', 'NJS-111', 'NJS-112', 'NJS-113', 'NJS-173', 'NJS-509', 'NJS-534'],
    remediation: `Check that the port is an Oracle listener; ${ADVISORY}.`,
  },
} as const satisfies Record<string, FailureClass>;

const SESSION = {
  SessionKilled: {
    outcome: 'TransientFailure',
    patterns: ['ORA-00028', 'ORA-00031', 'ORA-01012'],
    remediation: 'Somebody or something ends sessions of this user: ask the database administrator.',
  },
  SessionIdleLimitReached: {
    outcome: 'TransientFailure',
    patterns: ['ORA-02396'],
    remediation: "Raise IDLE_TIME of the user's profile above recycle, or lower recycle.",
  },
  QueryFailed: {
    outcome: 'TransientFailure',
    stage: 'query',
    patterns: [],
    remediation: 'Logging on works and SELECT 1 FROM DUAL does not: show the message to the database administrator.',
  },
  PoolTimeoutTooShort: {
    outcome: 'TransientFailure',
    stage: 'pool',
    patterns: ['NJS-040'],
    remediation: 'A logon takes longer than timeout lets a caller wait: raise timeout, or find what makes logons slow.',
  },
  PoolFailed: {
    outcome: 'TransientFailure',
    stage: 'pool',
    patterns: [],
    remediation: 'One connection works and more do not: show the message to the database administrator.',
  },
  PoolTimeoutNotEnforced: {
    outcome: 'Inconclusive',
    stage: 'pool',
    patterns: [],
    remediation: 'The probe could not show that a full pool turns callers away in time; it is tried again by itself.',
  },
} as const satisfies Record<string, FailureClass>;

const PROBE = {
  TimedOut: {
    outcome: 'TransientFailure',
    patterns: [],
    remediation: 'Look at what hangs at this stage (network, listener, database), or raise probe.timeoutSeconds.',
  },
  Interrupted: {
    outcome: 'Inconclusive',
    patterns: [],
    remediation: 'The pod was told to stop, by an eviction or a deletion; it is tried again by itself.',
  },
  ProbeKilled: {
    outcome: 'Inconclusive',
    patterns: [],
    remediation:
      'Look why (kubectl describe pod): mostly out of memory, or a node that went down; it is tried again by itself.',
  },
  ProbeFailed: {
    outcome: 'Inconclusive',
    patterns: [],
    remediation: "The probe met what it does not know: report it with the message and the pod's log.",
  },
} as const satisfies Record<string, FailureClass>;

export const FAILURES = {
  ...SETUP,
  ...NETWORK,
  ...LISTENER,
  ...LOGON,
  ...SESSION,
  ...PROBE,
} as const satisfies Record<string, FailureClass>;

export type Reason = keyof typeof FAILURES;
