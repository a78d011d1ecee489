/** Rows of the failure table from the start of the probe to the listener's answer. */
import { ADVISORY, type FailureClasses, SHOW_DBA } from './failure-class.ts';

/** Where the other side says nothing as it closes. */
const CLOSED_BY_RULE = `Check that the port is the listener's (plain tcp on a TLS port?) and its list of invited nodes, and ask the database administrator whether sqlnet.ora requires native encryption or checksums, or rejects old clients (ALLOW_WEAK_CRYPTO_CLIENTS): node-oracledb Thin supports neither; ${ADVISORY}.`;

const LOGON_TOO_SLOW =
  'Find out what makes connecting slow (network, CPU of either side), or ask the database administrator to raise INBOUND_CONNECT_TIMEOUT of listener and database.';

/** Not PROCESSES of the database, but the machine. */
const HOST_IS_FULL =
  "Lower spec.pool.max or the replicas, or ask the database administrator to give the database's host more memory and processes: it cannot start one more server process.";

/** Before the network is used. */
export const SETUP = {
  ParametersInvalid: {
    summary: 'A parameter of the probe is missing or invalid',
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: [],
    remediation: 'Correct it in the profile, or in the Secret or ConfigMap that the profile refers to.',
  },
  CredentialsMissing: {
    summary: 'The user or the password is empty',
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: ['NJS-101'],
    remediation:
      'Set both keys of spec.database.credentialsSecretRef; nothing was sent, because an empty password counts as a failed logon.',
  },
  CredentialsKnownBad: {
    summary: 'The database rejected these credentials before',
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: [],
    remediation:
      'Correct spec.database.credentialsSecretRef; if the account was repaired instead, request a probe (dbpool.dev/probe-requested-at).',
  },
  LogonOutcomeUnknown: {
    summary: 'Too many logons with these credentials got no answer',
    outcome: 'PermanentFailure',
    stage: 'start',
    patterns: [],
    remediation:
      'Each may count as a failed logon: find out why the database does not answer, then request a probe (dbpool.dev/probe-requested-at); without a request they are sent once in 24 hours.',
  },
  CaMissing: {
    summary: 'The CA certificate is missing',
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: [],
    remediation: 'Make sure that spec.database.caConfigMapKeyRef exists.',
  },
  CaInvalid: {
    summary: 'The CA certificate is invalid',
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: [],
    remediation: 'Put the certificate into spec.database.caConfigMapKeyRef in PEM form (-----BEGIN CERTIFICATE-----).',
  },
  ConnectStringInvalid: {
    summary: 'The connect string cannot be parsed',
    outcome: 'PermanentFailure',
    stage: 'resolve',
    patterns: [
      'NJS-125',
      'NJS-512',
      'NJS-514',
      'NJS-515',
      'NJS-522',
      {
        code: 'ORA-12502',
        remediation: 'Correct spec.database.connectString: the listener got no CONNECT_DATA from it.',
      },
      {
        code: 'ORA-12533',
        remediation: 'Correct the ADDRESS in spec.database.connectString: the listener cannot read it.',
      },
    ],
    remediation:
      'Correct spec.database.connectString: host:port/service or a complete (DESCRIPTION=...), without user and password.',
  },
  ConnectStringUnsupported: {
    summary: 'The connect string is in a form that the probe does not take',
    outcome: 'PermanentFailure',
    stage: 'resolve',
    patterns: [],
    remediation:
      'Write host:port/service, a complete (DESCRIPTION=...) or a TNS alias into spec.database.connectString, without user and password.',
  },
  TnsAliasNotFound: {
    summary: 'The connect string is a TNS alias that was not found',
    outcome: 'PermanentFailure',
    stage: 'resolve',
    patterns: ['NJS-516', 'NJS-517', 'NJS-520'],
    remediation:
      'Put a tnsnames.ora with the alias into spec.database.walletSecretRef, or write host:port/service or the complete (DESCRIPTION=...) into spec.database.connectString.',
  },
  TnsnamesInvalid: {
    summary: 'The tnsnames.ora cannot be read',
    outcome: 'PermanentFailure',
    stage: 'resolve',
    patterns: [],
    remediation: `Correct the tnsnames.ora in spec.database.walletSecretRef, or put the complete (DESCRIPTION=...) into spec.database.connectString; ${ADVISORY}.`,
  },
  HostNotFound: {
    summary: 'The host name does not resolve',
    outcome: 'TransientFailure',
    stage: 'resolve',
    patterns: [
      'NJS-530',
      { code: 'NJS-503', text: /ENOTFOUND|EAI_AGAIN/ },
      { code: 'NJS-515', text: /could not resolve hostname/ },
    ],
    remediation: 'Check the host in spec.database.connectString, and that DNS resolves it from this namespace.',
  },
} as const satisfies FailureClasses;

/** On the way to the listener, TLS included. */
export const NETWORK = {
  ConnectionRefused: {
    summary: 'The host refused the connection: nothing listens on the port',
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: [{ code: 'NJS-503', text: /ECONNREFUSED/ }],
    remediation:
      'Check host and port in spec.database.connectString, that the listener runs, and that its Service has endpoints.',
  },
  HostUnreachable: {
    summary: 'There is no route to the host',
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: [{ code: 'NJS-503', text: /EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/ }],
    remediation: 'Check routes, firewalls and NetworkPolicies between this namespace and the database.',
  },
  ConnectTimedOut: {
    summary: 'The host did not answer the connection attempt',
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: ['NJS-510', { code: 'NJS-503', text: /ETIMEDOUT/ }],
    remediation: 'Open the firewalls and NetworkPolicies that drop packets from this namespace to the database.',
  },
  ListenerTimedOut: {
    summary: 'The port accepted the connection, but no listener answered',
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: [{ code: 'NJS-510', stage: 'listener' }],
    remediation: 'Check port and protocol in spec.database.connectString (tcps on a plain port?), and the listener.',
  },
  ProxyFailed: {
    summary: 'The web proxy of the connect string rejected the connection',
    outcome: 'TransientFailure',
    stage: 'connect',
    patterns: ['NJS-504'],
    remediation: 'Check the proxy in spec.database.connectString, and that it permits CONNECT to the database.',
  },
  ConnectFailed: {
    summary: 'The connection failed',
    outcome: 'TransientFailure',
    patterns: ['NJS-503'],
    remediation: 'Check the network between this namespace and the database.',
  },
  ConnectionClosed: {
    summary: 'The other side closed the connection',
    outcome: 'TransientFailure',
    patterns: [
      'NJS-500',
      'NJS-513',
      { code: 'NJS-501', remediation: CLOSED_BY_RULE },
      { code: 'NJS-521', remediation: CLOSED_BY_RULE },
      'ORA-03113',
      'ORA-03114',
      'ORA-03135',
      'ORA-12537',
      'ORA-12547',
      'ORA-12570',
      'ORA-12583',
      'ORA-28511',
      { code: 'ORA-03136', remediation: LOGON_TOO_SLOW },
      { code: 'ORA-12525', remediation: LOGON_TOO_SLOW },
    ],
    remediation: `${SHOW_DBA}, whose alert log or listener log says why a server process ended, and ask the network team what cuts connections.`,
  },
  WalletMissing: {
    summary: 'The wallet is missing',
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: [{ code: 'NJS-512', text: /ENOENT|EACCES/ }],
    remediation: `Put ewallet.pem into spec.database.walletSecretRef: it replaces the folder that a connect string names; ${ADVISORY}.`,
  },
  WalletInvalid: {
    summary: 'The driver cannot read the wallet',
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: [
      'NJS-505',
      'NJS-529',
      {
        code: 'NJS-505',
        text: /bad decrypt/,
        remediation:
          'Correct the password of the wallet: the key of spec.database.walletSecretRef that passwordKey names, or set passwordKey.',
      },
    ],
    remediation:
      'Put an ewallet.pem with certificate and private key into spec.database.walletSecretRef (not cwallet.sso, ewallet.p12 or a CA alone), and its password.',
  },
  CertificateUntrusted: {
    summary: "The probe does not trust the listener's certificate",
    outcome: 'Inconclusive',
    stage: 'tls',
    patterns: [{ code: 'NJS-506', text: /unable to (?:verify|get)|self.signed/i }],
    remediation: `Provide the CA certificate by spec.database.caConfigMapKeyRef, or a wallet by spec.database.walletSecretRef; ${ADVISORY}.`,
  },
  CertificateExpired: {
    summary: "The listener's certificate has expired or is not yet valid",
    outcome: 'TransientFailure',
    stage: 'tls',
    patterns: [{ code: 'NJS-506', text: /certificate (?:has expired|is not yet valid)/i }],
    remediation: "Renew the listener's certificate.",
  },
  CertificateNameMismatch: {
    summary: "The host name is not in the listener's certificate",
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: ['NJS-508'],
    remediation: 'Use a host of the certificate in spec.database.connectString, or add this one to the certificate.',
  },
  CertificateSubjectMismatch: {
    summary: "The subject of the listener's certificate is not the expected one",
    outcome: 'PermanentFailure',
    stage: 'tls',
    patterns: ['NJS-507'],
    remediation: 'Correct SSL_SERVER_CERT_DN in spec.database.connectString, or the subject of the certificate.',
  },
  TlsHandshakeFailed: {
    summary: 'The TLS handshake failed',
    outcome: 'Inconclusive',
    stage: 'tls',
    patterns: ['NJS-506', 'ORA-28860', 'ORA-28862'],
    remediation: `Check that the port speaks TLS, and whether it requires a client certificate (spec.database.walletSecretRef); ${ADVISORY}.`,
  },
} as const satisfies FailureClasses;

/** Answers of the listener. */
export const LISTENER = {
  ServiceUnknown: {
    summary: 'The listener does not know the service',
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['NJS-518', 'ORA-12514'],
    remediation:
      'Correct the service name in spec.database.connectString, or wait until the database has opened and registered it.',
  },
  SidUnknown: {
    summary: 'The listener does not know the SID',
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['NJS-519', 'ORA-12505'],
    remediation:
      'Use the service name in place of the SID in spec.database.connectString, or wait until the instance has registered.',
  },
  InstanceUnknown: {
    summary: 'The listener does not know the instance',
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['ORA-12521', 'ORA-12522', 'ORA-12523'],
    remediation:
      'Correct or remove INSTANCE_NAME in spec.database.connectString, or wait until the instance has registered.',
  },
  ServiceNameMissing: {
    summary: 'The connect string names no service',
    outcome: 'PermanentFailure',
    stage: 'listener',
    patterns: ['ORA-12504'],
    remediation: 'Add the service to spec.database.connectString: host:port/service, or (SERVICE_NAME=service).',
  },
  NoHandlerAvailable: {
    summary: 'The listener has no process left for a session',
    outcome: 'InsufficientCapacity',
    stage: 'listener',
    patterns: [
      'ORA-12516',
      'ORA-12518',
      'ORA-12519',
      { code: 'ORA-12510', remediation: HOST_IS_FULL },
      { code: 'ORA-12500', remediation: HOST_IS_FULL },
      { code: 'ORA-12531', remediation: HOST_IS_FULL },
      { code: 'ORA-12540', remediation: HOST_IS_FULL },
      { code: 'ORA-12549', remediation: HOST_IS_FULL },
      {
        code: 'ORA-12520',
        remediation:
          "Lower spec.pool.max or the replicas, raise PROCESSES in the database, or remove SERVER=DEDICATED or SHARED from spec.database.connectString where the database does not have it; the listener's count may lag by 10 minutes.",
      },
    ],
    remediation:
      "Lower spec.pool.max or the replicas, or raise PROCESSES or SESSIONS in the database; the listener's count may lag by 10 minutes.",
  },
  ConnectionFiltered: {
    summary: "The listener's access list rejects the probe's address",
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: ['ORA-12506', 'ORA-12529'],
    remediation:
      "Add the addresses of this namespace to the listener's access list; a service of an Autonomous Database that requires mutual TLS answers in this way, too: then give the wallet by spec.database.walletSecretRef.",
  },
  ListenerRefused: {
    summary: 'The listener rejected the connection',
    outcome: 'TransientFailure',
    stage: 'listener',
    patterns: [
      'NJS-511',
      'NJS-536',
      {
        code: 'ORA-12511',
        remediation: 'Wait: the handlers of the service accept no connections for now, as while they are shut down.',
      },
      {
        code: 'ORA-12564',
        remediation:
          'Ask who runs the listener or Oracle Connection Manager whether its rules admit this namespace, and whether the database behind it runs.',
      },
    ],
    remediation:
      'Give this message and its time to who runs the listener, whose log has more about the same TNS code: an ORA code of the same number may mean something else.',
  },
} as const satisfies FailureClasses;
