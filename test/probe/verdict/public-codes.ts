/** What listeners, databases and the driver say in public threads, and what an Oracle administrator would call it. */
import type { Outcome, Stage } from '../../../src/contract/verdict.ts';
import type { Reason } from '../../../src/probe/verdict/failure-table.ts';
import { FILES } from './file-codes.ts';

/** The error, its reason and outcome, what the remediation must name, and the code where another one is reported. */
export type Row = readonly [said: string, reason: Reason, outcome: Outcome, advice: RegExp, code?: string];

const P = 'PermanentFailure';
const T = 'TransientFailure';
const C = 'InsufficientCapacity';
const I = 'Inconclusive';

const DBA = /database administrator/;
const POOL = /^Lower spec\.pool\.max/;
const NEW_CREDENTIALS = /credentialsSecretRef/;
const OPEN = /^Wait until the database is open/;
const TRIGGER = /owner of the trigger or rule.*another machine.*program dbpool-probe.*Advisory/;
const SQL = /policy.*Advisory/;
const CLOSED = /alert log or listener log.*network team/;
const SPACE = /extend the tablespace or disk/;
const STANDBY = /reading only.*primary.*switchover.*trigger/;
const ADVISORY = /set spec\.probe\.policy to Advisory/;
const WAY_OUT = /native encryption.*old clients.*Advisory/;

/** Refusals of the listener, by number. */
const LISTENER: readonly (readonly [number, Reason, Outcome, RegExp, string?])[] = [
  [12_504, 'ServiceNameMissing', P, /Add the service to spec\.database\.connectString/],
  [12_502, 'ConnectStringInvalid', P, /CONNECT_DATA/],
  [12_533, 'ConnectStringInvalid', P, /Correct the ADDRESS/],
  [12_516, 'NoHandlerAvailable', C, POOL],
  [12_519, 'NoHandlerAvailable', C, POOL],
  [12_518, 'NoHandlerAvailable', C, POOL],
  [12_520, 'NoHandlerAvailable', C, /SERVER=DEDICATED/],
  [12_500, 'NoHandlerAvailable', C, /memory and processes/],
  [12_510, 'NoHandlerAvailable', C, /memory and processes/],
  [12_531, 'NoHandlerAvailable', C, /memory and processes/],
  [12_540, 'NoHandlerAvailable', C, /memory and processes/],
  [12_549, 'NoHandlerAvailable', C, /memory and processes/],
  [12_528, 'DatabaseStarting', T, OPEN],
  [12_526, 'DatabaseRestricted', T, /maintenance/],
  [12_527, 'DatabaseRestricted', T, /maintenance/],
  [12_506, 'ConnectionFiltered', T, /access list.*wallet/],
  [12_529, 'ConnectionFiltered', T, /access list/],
  [12_511, 'ListenerRefused', T, /^Wait/],
  [12_564, 'ListenerRefused', T, /Connection Manager/],
  [1153, 'ListenerRefused', T, /runs the listener.*TNS/, 'TNS-01153'],
  [1189, 'ListenerRefused', T, /runs the listener/, 'TNS-01189'],
  // As the listener's, this number is no rejection of a password.
  [1017, 'ListenerRefused', T, /runs the listener/, 'TNS-01017'],
  [12_599, 'ListenerRefused', T, /runs the listener/],
  [12_521, 'InstanceUnknown', T, /INSTANCE_NAME.*wait/],
  [12_523, 'InstanceUnknown', T, /INSTANCE_NAME/],
  [12_537, 'ConnectionClosed', T, CLOSED],
  [12_660, 'UnsupportedByProbe', I, ADVISORY],
  [12_525, 'ConnectionClosed', T, /INBOUND_CONNECT_TIMEOUT/],
];

/** Answers of the database to the logon. */
const LOGON: readonly Row[] = [
  ['ORA-01017: invalid credential or not authorized; logon denied', 'AuthenticationFailed', P, NEW_CREDENTIALS],
  ['ORA-01005: null password given; logon denied', 'AuthenticationFailed', P, NEW_CREDENTIALS],
  ['ORA-28000: The account is locked.', 'AccountLocked', P, /ACCOUNT UNLOCK/],
  ['ORA-28001: the password has expired', 'PasswordExpired', P, NEW_CREDENTIALS],
  ['ORA-65162: the password of the common database user has expired', 'PasswordExpired', P, NEW_CREDENTIALS],
  ['ORA-01045: Login denied. User APP does not have CREATE SESSION privilege.', 'CreateSessionNotGranted', P, /GRANT/],
  ['ORA-01031: insufficient privileges', 'PrivilegesInsufficient', P, DBA],
  ['ORA-02391: exceeded simultaneous SESSIONS_PER_USER limit', 'UserSessionLimitReached', C, /SESSIONS_PER_USER/],
  ['ORA-00018: maximum number of sessions exceeded', 'SessionLimitReached', C, /SESSIONS/],
  ['ORA-00019: maximum number of session licenses exceeded', 'SessionLimitReached', C, /SESSIONS/],
  ['ORA-00020: exceeded maximum number of processes (200)', 'ProcessLimitReached', C, /PROCESSES/],
  [
    'ORA-01033: ORACLE initialization or shutdown in progress\nProcess ID: 0\nSession ID: 0 Serial number: 0',
    'DatabaseStarting',
    T,
    OPEN,
  ],
  [
    'ORA-01034: ORACLE not available\nORA-27101: shared memory realm does not exist\nLinux-x86_64 Error: 2: No such file',
    'DatabaseStarting',
    T,
    OPEN,
    'ORA-27101',
  ],
  ['ORA-01109: database not open', 'DatabaseStarting', T, OPEN],
  ['ORA-01219: database or pluggable database not open', 'DatabaseStarting', T, OPEN],
  ['ORA-01507: database not mounted', 'DatabaseStarting', T, OPEN],
  ['ORA-65054: Cannot open a pluggable database in the desired mode.', 'DatabaseStarting', T, /PLUGGABLE DATABASE/],
  ['ORA-01035: ORACLE only available to users with RESTRICTED SESSION privilege', 'DatabaseRestricted', T, /mainten/],
  ['ORA-00257: Archiver error. Connect AS SYSDBA only until resolved.', 'DatabaseBlocked', T, /archived logs/],
  ['ORA-16456: switchover to standby in progress or completed', 'DatabaseBlocked', T, STANDBY],
  ['ORA-01804: failure to initialize timezone information', 'DatabaseBlocked', T, /time zone files/],
  ['ORA-28365: wallet is not open', 'DatabaseBlocked', T, /open the keystore/],
  ['ORA-28030: Server encountered problems accessing LDAP directory service.', 'DatabaseBlocked', T, /directory/],
  ['ORA-28040: No matching authentication protocol', 'UnsupportedByProbe', I, /ALLOWED_LOGON_VERSION_SERVER.*Advisory/],
  [
    'ORA-04030: out of process memory when trying to allocate 64 bytes',
    'DatabaseMemoryExhausted',
    C,
    /host more memory/,
  ],
  ['ORA-04031: unable to allocate 1015832 bytes of shared memory', 'DatabaseMemoryExhausted', C, /SHARED_POOL_SIZE/],
  ['ORA-04036: PGA memory used by the instance exceeds PGA_AGGREGATE_LIMIT', 'DatabaseMemoryExhausted', C, /PGA_AGG/],
  ['ORA-27102: out of memory\nLinux-x86_64 Error: 12: Cannot allocate', 'DatabaseMemoryExhausted', C, /host more mem/],
  [
    'ORA-00600: internal error code, arguments: [SKGMHASH], [1], [18446744072646661188]',
    'DatabaseInternalError',
    T,
    DBA,
  ],
  [
    'NJS-500: connection to Oracle Database was closed or broken\nORA-00600: internal error code, arguments: [x]',
    'DatabaseInternalError',
    T,
    /trace file.*Oracle Support/,
    'ORA-00600',
  ],
  ['ORA-07445: exception encountered: core dump [kglic0()+1100]', 'DatabaseInternalError', T, DBA],
  ['ORA-01578: ORACLE data block corrupted\nORA-01110: data file 1', 'DatabaseInternalError', T, DBA, 'ORA-01110'],
  ['ORA-03113: end-of-file on communication channel', 'ConnectionClosed', T, CLOSED],
  ['ORA-03135: connection lost contact', 'ConnectionClosed', T, CLOSED],
  ['ORA-03136: inbound connection timed out', 'ConnectionClosed', T, /INBOUND_CONNECT_TIMEOUT/],
  ['ORA-12547: TNS:lost contact', 'ConnectionClosed', T, CLOSED],
  [
    'NJS-500: connection to Oracle Database was closed or broken\nORA-27146: post/wait initialization failed',
    'ConnectionClosed',
    T,
    CLOSED,
    'ORA-27146',
  ],
  ['ORA-47400: Command Rule violation for CONNECT on LOGON', 'LogonTriggerFailed', T, TRIGGER],
  ['ORA-04098: trigger SYS.LOGON_AUDIT is invalid and failed re-validation', 'LogonTriggerFailed', T, TRIGGER],
  ['ORA-01000: maximum open cursors exceeded', 'DatabaseResourceExhausted', T, /OPEN_CURSORS/],
  ['ORA-00055: maximum number of DML locks exceeded', 'DatabaseResourceExhausted', T, DBA],
  ['ORA-12705: Cannot access NLS data files or invalid environment specified', 'SessionSettingsRejected', I, ADVISORY],
  ['ORA-28009: connection as SYS should be as SYSDBA or SYSOPER', 'UserUnsuitable', T, /credentialsSecretRef: SYS/],
  ['ORA-02399: exceeded maximum connect time, you are being logged off', 'SessionKilled', T, /CONNECT_TIME/],
  ['ORA-28374: typed master key not found in wallet', 'DatabaseBlocked', T, /open the keystore/],
  ['ORA-16003: standby database is restricted to read-only access', 'DatabaseBlocked', T, STANDBY],
  ['ORA-16038: log 1 sequence# 5 cannot be archived', 'DatabaseBlocked', T, /archived logs/],
  ['ORA-30006: resource busy; acquire with WAIT timeout expired', 'DatabaseBlocked', T, DBA],
  ['ORA-46385: DML and DDL operations are not allowed on table AUDSYS', 'DatabaseBlocked', T, DBA],
  ['ORA-01692: unable to extend lob segment SYS.X partition P', 'DatabaseStorageFull', T, SPACE],
  ['ORA-19804: cannot reclaim 52428800 bytes disk space', 'DatabaseStorageFull', T, SPACE],
  ['ORA-00205: error in identifying control file', 'DatabaseInternalError', T, /trace file/],
  ['ORA-00376: file 7 cannot be read at this time', 'DatabaseInternalError', T, /trace file/],
  ['ORA-00474: SMON process terminated with error', 'DatabaseInternalError', T, /trace file/],
  ['ORA-02392: exceeded session limit on CPU usage, you are being logged off', 'SessionKilled', T, /CPU or reads/],
  ['ORA-12650: No common encryption or data integrity algorithm', 'UnsupportedByProbe', I, /tcps.*Advisory/],
  ['ORA-12599: TNS:cryptographic checksum mismatch', 'UnsupportedByProbe', I, /tcps.*Advisory/],
  [
    'ORA-04068: existing state of packages has been discarded\nORA-04063: package body "SEC.LOGON" has errors',
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-04063',
  ],
  ['ORA-12637: Packet receive failed', 'UnsupportedByProbe', I, /AUTHENTICATION_SERVICES.*Advisory/],
  ['ORA-12638: Credential retrieval failed', 'UnsupportedByProbe', I, /AUTHENTICATION_SERVICES.*Advisory/],
  ['ORA-12649: Unknown encryption or data integrity algorithm', 'UnsupportedByProbe', I, /tcps.*Advisory/],
  ['ORA-28860: Fatal SSL error', 'TlsHandshakeFailed', I, /client certificate.*Advisory/],
  ['ORA-24542: what no row has', 'LogonRefused', T, /administrator.*three times/],
];

const RECURSIVE = 'ORA-00604: error occurred at recursive SQL level 1';

/** Stacks of codes behind ORA-00604, or another outermost code. */
const STACKS: readonly Row[] = [
  [
    `${RECURSIVE}\nORA-01653: unable to extend table SYS.AUD$ by 8192 in tablespace SYSTEM\nORA-02002: error while writing to audit trail`,
    'DatabaseStorageFull',
    T,
    SPACE,
    'ORA-01653',
  ],
  [`${RECURSIVE}\nORA-02002: error while writing to audit trail`, 'DatabaseBlocked', T, DBA, 'ORA-02002'],
  [
    `${RECURSIVE}\nORA-30036: unable to extend segment by 8 in undo tablespace`,
    'DatabaseStorageFull',
    T,
    SPACE,
    'ORA-30036',
  ],
  [`${RECURSIVE}\nORA-04031: unable to allocate 4160 bytes`, 'DatabaseMemoryExhausted', C, POOL, 'ORA-04031'],
  [`${RECURSIVE}\nORA-16000: open for read-only access`, 'DatabaseBlocked', T, STANDBY, 'ORA-16000'],
  [
    `${RECURSIVE}\nORA-01882: timezone region not found`,
    'SessionSettingsRejected',
    I,
    /ORA_SDTZ.*Advisory/,
    'ORA-01882',
  ],
  [`${RECURSIVE}\nORA-12705: Cannot access NLS data files`, 'SessionSettingsRejected', I, ADVISORY, 'ORA-12705'],
  [
    `${RECURSIVE}\nORA-01756: quoted string not properly terminated`,
    'SessionSettingsRejected',
    I,
    ADVISORY,
    'ORA-01756',
  ],
  [`${RECURSIVE}\nORA-02391: exceeded simultaneous limit`, 'UserSessionLimitReached', C, POOL, 'ORA-02391'],
  [`${RECURSIVE}\n${RECURSIVE}\nORA-01000: too many`, 'DatabaseResourceExhausted', T, /OPEN_CURSORS/, 'ORA-01000'],
  [
    `${RECURSIVE}\nORA-20001: comma-separated list invalid near 5\nORA-06512: at "SYS.DBMS_UTILITY", line 236\nORA-06512: at line 2`,
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-20001',
  ],
  [`${RECURSIVE}\nORA-01422: more than one row\nORA-06512: at line 24`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-01422'],
  [`${RECURSIVE}\nORA-06502: value too long\nORA-06512: at line 5`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-06502'],
  [`${RECURSIVE}\nORA-00942: no table\nORA-06512: at line 3`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-00942'],
  [`${RECURSIVE}\nORA-06550: line 1, column 7:\nPLS-00201: no X`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-06550'],
  [
    `ORA-04088: error during execution of trigger 'SYS.T'\n${RECURSIVE}\nORA-20010: not from there\nORA-06512: at line 5`,
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-20010',
  ],
  [
    `${RECURSIVE}\nORA-01653: unable to extend table SEC.LOGONS\nORA-06512: at line 3`,
    'DatabaseStorageFull',
    T,
    /logon trigger/,
    'ORA-01653',
  ],
  // About another account, or another database.
  [
    `${RECURSIVE}\nORA-01017: invalid username/password\nORA-02063: preceding line from AUDIT_DB\nORA-06512: at line 3`,
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-06512',
  ],
  [
    `${RECURSIVE}\nORA-00604: error\nORA-02391: limit\nORA-02063: preceding 2 lines from X\nORA-06512: at line 3`,
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-06512',
  ],
  [
    `${RECURSIVE}\nORA-01653: kein Platz\nORA-06512: in Zeile 1\nORA-02063: vorherige 2 Zeilen von LINK1`,
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-02063',
  ],
  [
    `${RECURSIVE}\nORA-02068: following severe error from LINK1\nORA-01034: ORACLE not available`,
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-02068',
  ],
  [
    `${RECURSIVE}\nORA-02068: following severe error from X\nORA-02391: limit\nORA-06512: at line 3`,
    'LogonTriggerFailed',
    T,
    TRIGGER,
    'ORA-02068',
  ],
  [
    `${RECURSIVE}\nORA-01115: IO error reading block\nORA-01110: data file 1\nORA-27072: File I/O error\nLinux-x86_64 Error: 5: Input/output error`,
    'DatabaseInternalError',
    T,
    /trace file/,
    'ORA-27072',
  ],
  [
    `${RECURSIVE}\nORA-27072: File I/O error\nLinux-x86_64 Error: 28: No space left on device`,
    'DatabaseStorageFull',
    T,
    SPACE,
    'ORA-27072',
  ],
  [`${RECURSIVE}\nORA-12514: TNS:unknown service\nORA-06512: at line 1`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-12514'],
  // ORA-00604 itself is no answer to user and password, whatever stands behind it.
  [`${RECURSIVE}\nORA-28000: The account is locked.`, 'RecursiveSqlFailed', T, SQL, 'ORA-28000'],
  [`${RECURSIVE}\nORA-28001: the password has expired`, 'RecursiveSqlFailed', T, SQL, 'ORA-28001'],
  [`${RECURSIVE}\nORA-01045: user X lacks CREATE SESSION`, 'RecursiveSqlFailed', T, SQL, 'ORA-01045'],
  [`${RECURSIVE}\nORA-00942: table or view does not exist`, 'RecursiveSqlFailed', T, SQL, 'ORA-00942'],
  [`${RECURSIVE}\nORA-01403: no data found`, 'RecursiveSqlFailed', T, SQL, 'ORA-01403'],
  [`${RECURSIVE}\nORA-28112: failed to execute policy function`, 'RecursiveSqlFailed', T, SQL, 'ORA-28112'],
  [`${RECURSIVE}\nORA-65011: Pluggable database X does not exist.`, 'RecursiveSqlFailed', T, SQL, 'ORA-65011'],
  // The connection that closed is one that the database opened.
  [`${RECURSIVE}\nORA-03113: end-of-file on communication channel`, 'RecursiveSqlFailed', T, SQL, 'ORA-03113'],
  [`${RECURSIVE}\nORA-03150: end-of-file for database link`, 'RecursiveSqlFailed', T, SQL, 'ORA-03150'],
  [`${RECURSIVE}\nORA-12152: unable to send break message`, 'RecursiveSqlFailed', T, SQL, 'ORA-12152'],
  [`${RECURSIVE}\nORA-03135: lost contact\nORA-06512: at line 2`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-03135'],
  [`${RECURSIVE}\nORA-28860: Fatal SSL error\nORA-06512: at line 9`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-28860'],
  [`${RECURSIVE}\nORA-01031: insufficient\nORA-06512: at line 2`, 'LogonTriggerFailed', T, TRIGGER, 'ORA-01031'],
  [RECURSIVE, 'RecursiveSqlFailed', T, SQL, 'ORA-00604'],
  [`ORA-02002: error while writing to audit trail\n${RECURSIVE}`, 'DatabaseBlocked', T, DBA, 'ORA-02002'],
  ['ORA-02063: preceding line from LINK1', 'LogonTriggerFailed', T, TRIGGER],
  // The outermost code alone decides about credentials.
  [
    'ORA-01017: denied\nORA-01653: unable to extend table SYS.AUD$',
    'AuthenticationFailed',
    P,
    NEW_CREDENTIALS,
    'ORA-01017',
  ],
  [
    'ORA-01092: ORACLE instance terminated\nORA-00704: bootstrap process failure',
    'DatabaseStarting',
    T,
    OPEN,
    'ORA-01092',
  ],
];

const CLOSED_500 = 'NJS-500: connection to Oracle Database was closed or broken';

/** The driver's own texts. */
const DRIVER: readonly Row[] = [
  [
    'NJS-116: password verifier type 0x939 is not supported by node-oracledb in Thin mode',
    'UnsupportedByProbe',
    I,
    /verifier.*Advisory/,
  ],
  ['NJS-138: connections to this database server version are not supported', 'UnsupportedByProbe', I, ADVISORY],
  ['NJS-089: connection pooling is not supported by node-oracledb in Thin mode', 'UnsupportedByProbe', I, ADVISORY],
  [
    'NJS-533: Advanced Networking Option service negotiation failed.\nCause: ORA-12660',
    'UnsupportedByProbe',
    I,
    /native network encryption.*tcps.*Advisory/,
  ],
  [`${CLOSED_500}\nNJS-521: connection to host db received end-of-file`, 'ConnectionClosed', T, WAY_OUT, 'NJS-521'],
  [
    `${CLOSED_500}\nNJS-501: connection terminated unexpectedly\nwrite EPIPE`,
    'ConnectionClosed',
    T,
    WAY_OUT,
    'NJS-501',
  ],
  ['NJS-112: internal error: read integer of length 64 when expecting', 'ProtocolError', I, ADVISORY],
  [
    'NJS-505: unable to initiate TLS connection.\nerror:1C800064:Provider routines::bad decrypt',
    'WalletInvalid',
    P,
    /Correct the password of the wallet/,
  ],
  ['NJS-506: TLS handshake failure.\nunable to get local issuer certificate', 'CertificateUntrusted', I, /caConfigMap/],
  ['NJS-506: TLS handshake failure.\nSSL alert number 40', 'TlsHandshakeFailed', I, /client certificate.*Advisory/],
  [
    'NJS-515: error in Easy Connect connection string: could not resolve hostname: db.internal.example',
    'HostNotFound',
    T,
    /DNS/,
  ],
  ['NJS-530: The host addresses are incorrect or unresolvable in your network.', 'HostNotFound', T, /DNS/],
  ['NJS-517: cannot connect to Oracle Database. Unable to find "ORDERS"', 'TnsAliasNotFound', P, /tnsnames\.ora/],
  ['NJS-518: Service "FREEPDB1" is not registered with the listener', 'ServiceUnknown', T, /service name.*wait/],
  ['NJS-519: SID "X" is not registered with the listener', 'SidUnknown', T, /service name/],
];

/** After the first logon. */
const LATER: readonly (readonly [Stage, ...Row])[] = [
  [
    'pool',
    `${CLOSED_500}\nORA-02396: exceeded maximum idle time`,
    'SessionIdleLimitReached',
    T,
    /IDLE_TIME/,
    'ORA-02396',
  ],
  ['pool', `${CLOSED_500}\nORA-00028: your session has been killed`, 'SessionKilled', T, DBA, 'ORA-00028'],
  ['pool', 'ORA-04036: PGA memory used by the instance exceeds', 'DatabaseMemoryExhausted', C, /PGA_AGGREGATE_LIMIT/],
  ['pool', 'NJS-040: connection request timeout. Request exceeded', 'PoolTimeoutTooShort', T, /timeoutSeconds/],
  ['pool', 'NJS-076: connection request rejected. Pool queue length', 'ProbeFailed', I, /Report/],
  ['pool', 'ORA-01017: invalid username/password; logon denied', 'AuthenticationFailed', P, NEW_CREDENTIALS],
  ['pool', 'ORA-99999: what no row has', 'PoolFailed', T, DBA],
  ['query', 'ORA-28365: wallet is not open', 'QueryFailed', T, DBA],
  // A view or an audit policy may say so of a query.
  ['query', 'ORA-01031: insufficient privileges', 'QueryFailed', T, DBA],
  ['query', 'ORA-28000: The account is locked.', 'QueryFailed', T, DBA],
];

const refusal = (code: number) =>
  `NJS-511: connection to listener at host db port 1521 was refused. (CONNECTION_ID=a==)\nCause: ORA-${code}`;

export const PUBLIC_CODES: readonly (readonly [Stage, ...Row])[] = [
  ...LISTENER.map(
    ([number, reason, outcome, advice, code]) =>
      ['listener', refusal(number), reason, outcome, advice, code ?? `ORA-${number}`] as const,
  ),
  ...[...LOGON, ...FILES, ...STACKS, ...DRIVER].map((row) => ['logon', ...row] as const),
  ...LATER,
];
