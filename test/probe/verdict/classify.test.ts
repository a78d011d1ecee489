import { describe, expect, test } from 'vitest';
import { classify } from '../../../src/probe/verdict/classify.ts';
import { isRejection } from '../../../src/contract/logon-results.ts';
import { asPattern, type FailureClass } from '../../../src/probe/verdict/failure-class.ts';
import { FAILURES, type Reason } from '../../../src/probe/verdict/failure-table.ts';
import type { Stage } from '../../../src/contract/verdict.ts';

const at = 'host db port 1521';
const id = '(CONNECTION_ID=2jZ8Q==)';
const refused = (cause: string) => `NJS-511: connection to listener at ${at} was refused. ${id}\nCause: ${cause}`;
const closed = (cause: string) => `NJS-500: connection to Oracle Database was closed or broken\n${cause}`;
const unestablished = (cause: string) => `NJS-503: connection to ${at} could not be established. ${id}\n${cause}`;
const handshake = (cause: string) => `NJS-506: connection to ${at} encountered TLS handshake failure. ${id}\n${cause}`;
const wallet = (cause: string) =>
  `NJS-505: unable to initiate TLS connection. Please check if wallet credentials are valid\n${cause}`;

/** The driver's text, the stage that the probe had reached, and the failure. The texts are node-oracledb 26's own. */
type Row = readonly [text: string, reached: Stage, reason: Reason, stage: Stage, code: string | undefined];

const BEFORE_THE_LOGON: readonly Row[] = [
  ['NJS-514: syntax error in connection string', 'resolve', 'ConnectStringInvalid', 'resolve', 'NJS-514'],
  [
    'NJS-515: error in Easy Connect connection string: input string not in easy connect format: a b',
    'resolve',
    'ConnectStringInvalid',
    'resolve',
    'NJS-515',
  ],
  [
    'NJS-515: error in Easy Connect connection string: input string not in easy connect format: ldap://oid/cn=orders',
    'resolve',
    'UnsupportedByProbe',
    'resolve',
    'NJS-515',
  ],
  [
    'NJS-512: invalid connection string parameters.\nIPC protocol not supported',
    'resolve',
    'ConnectStringInvalid',
    'resolve',
    'NJS-512',
  ],
  [
    "NJS-512: invalid connection string parameters.\nENOENT: no such file or directory, open '/nope/ewallet.pem'",
    'resolve',
    'WalletMissing',
    'tls',
    'NJS-512',
  ],
  [
    'NJS-516: no configuration directory set or available to search for tnsnames.ora',
    'resolve',
    'TnsAliasNotFound',
    'resolve',
    'NJS-516',
  ],
  [
    'NJS-530: The host addresses or URLs provided by the connect string are incorrect or unresolvable in your network.',
    'resolve',
    'HostNotFound',
    'resolve',
    'NJS-530',
  ],
  [unestablished('connect ECONNREFUSED 10.0.0.1:1521'), 'connect', 'ConnectionRefused', 'connect', 'NJS-503'],
  [unestablished('connect EHOSTUNREACH 10.0.0.1:1521'), 'connect', 'HostUnreachable', 'connect', 'NJS-503'],
  [unestablished('connect ETIMEDOUT 10.0.0.1:1521'), 'connect', 'ConnectTimedOut', 'connect', 'NJS-503'],
  [unestablished('connect EPERM 10.0.0.1:1521'), 'connect', 'ConnectFailed', 'connect', 'NJS-503'],
  [
    `NJS-510: connection to ${at} timed out. Request exceeded "connectTimeout" of 10 seconds. ${id}`,
    'connect',
    'ConnectTimedOut',
    'connect',
    'NJS-510',
  ],
  [
    `NJS-510: connection to ${at} timed out. Request exceeded "connectTimeout" of 10 seconds. ${id}`,
    'listener',
    'ListenerTimedOut',
    'listener',
    'NJS-510',
  ],
  [
    closed(`NJS-521: connection to ${at} received end-of-file on communication channel. ${id}`),
    'listener',
    'ConnectionClosed',
    'listener',
    'NJS-521',
  ],
  [wallet('error:0480006C:PEM routines::no start line'), 'connect', 'WalletInvalid', 'tls', 'NJS-505'],
  [handshake('unable to verify the first certificate'), 'logon', 'CertificateUntrusted', 'tls', 'NJS-506'],
  [handshake('self-signed certificate in certificate chain'), 'logon', 'CertificateUntrusted', 'tls', 'NJS-506'],
  [handshake('certificate has expired'), 'logon', 'CertificateExpired', 'tls', 'NJS-506'],
  [
    handshake('NJS-508: TLS detected an invalid certificate. 127.0.0.1  not present in certificate'),
    'logon',
    'CertificateNameMismatch',
    'tls',
    'NJS-508',
  ],
  [
    handshake('NJS-507: TLS detected an invalid certificate. Server DN in certificate does not match the specified DN'),
    'logon',
    'CertificateSubjectMismatch',
    'tls',
    'NJS-507',
  ],
  [handshake('write EPROTO wrong version number'), 'logon', 'TlsHandshakeFailed', 'tls', 'NJS-506'],
  [
    `NJS-518: cannot connect to Oracle Database. Service "ORA-01017" is not registered with the listener at ${at}.`,
    'logon',
    'ServiceUnknown',
    'listener',
    'NJS-518',
  ],
  [
    `NJS-519: cannot connect to Oracle Database. SID "X" is not registered with the listener at ${at}. ${id}`,
    'logon',
    'SidUnknown',
    'listener',
    'NJS-519',
  ],
  [refused('ORA-12516'), 'listener', 'NoHandlerAvailable', 'listener', 'ORA-12516'],
  [refused('ORA-12520'), 'listener', 'NoHandlerAvailable', 'listener', 'ORA-12520'],
  [refused('ORA-12526'), 'listener', 'DatabaseRestricted', 'listener', 'ORA-12526'],
  [refused('ORA-12528'), 'listener', 'DatabaseStarting', 'listener', 'ORA-12528'],
  [refused('ORA-12599'), 'listener', 'ListenerRefused', 'listener', 'ORA-12599'],
  [refused('refused'), 'listener', 'ListenerRefused', 'listener', 'NJS-511'],
  ['NJS-537: what no release has said yet', 'connect', 'ConnectFailed', 'connect', 'NJS-537'],
];

const FROM_THE_LOGON_ON: readonly Row[] = [
  ['ORA-01017: invalid username/password; logon denied', 'logon', 'AuthenticationFailed', 'logon', 'ORA-01017'],
  ['ORA-01017: invalid credential or not authorized', 'logon', 'AuthenticationFailed', 'logon', 'ORA-01017'],
  ['ORA-28000: The account is locked.', 'logon', 'AccountLocked', 'logon', 'ORA-28000'],
  ['ORA-28001: the password has expired', 'logon', 'PasswordExpired', 'logon', 'ORA-28001'],
  [
    'ORA-01045: user APP lacks CREATE SESSION privilege; logon denied',
    'logon',
    'CreateSessionNotGranted',
    'logon',
    'ORA-01045',
  ],
  ['ORA-00018: maximum number of sessions exceeded', 'logon', 'SessionLimitReached', 'logon', 'ORA-00018'],
  ['ORA-00020: maximum number of processes (300) exceeded', 'logon', 'ProcessLimitReached', 'logon', 'ORA-00020'],
  [
    'ORA-02391: exceeded simultaneous SESSIONS_PER_USER limit',
    'logon',
    'UserSessionLimitReached',
    'logon',
    'ORA-02391',
  ],
  ['ORA-01033: ORACLE initialization or shutdown in progress', 'logon', 'DatabaseStarting', 'logon', 'ORA-01033'],
  ['ORA-01034: ORACLE not available', 'logon', 'DatabaseStarting', 'logon', 'ORA-01034'],
  [
    'ORA-00604: error occurred at recursive SQL level 1\nORA-20001: not at night\nORA-06512: at line 2',
    'logon',
    'LogonTriggerFailed',
    'logon',
    'ORA-20001',
  ],
  ['ORA-28030: server encountered problems', 'logon', 'DatabaseBlocked', 'logon', 'ORA-28030'],
  ['ORA-24542: what no release has said yet', 'logon', 'LogonRefused', 'logon', 'ORA-24542'],
  [
    'NJS-116: password verifier type 0x939 is not supported by node-oracledb in Thin mode',
    'logon',
    'UnsupportedByProbe',
    'logon',
    'NJS-116',
  ],
  [
    'NJS-138: connections to this database server version are not supported by node-oracledb in Thin mode',
    'logon',
    'UnsupportedByProbe',
    'logon',
    'NJS-138',
  ],
  [
    'NJS-533: Advanced Networking Option service negotiation failed. Native Network Encryption and DataIntegrity only ' +
      'supported in node-oracledb thick mode.\nCause: ORA-12660',
    'logon',
    'UnsupportedByProbe',
    'logon',
    'NJS-533',
  ],
  [
    'NJS-509: internal error: invalid packet type or malformed packet received',
    'logon',
    'ProtocolError',
    'logon',
    'NJS-509',
  ],
  ['ORA-00028: your session has been killed', 'logon', 'SessionKilled', 'logon', 'ORA-00028'],
  ['ORA-02396: exceeded maximum idle time', 'logon', 'SessionIdleLimitReached', 'logon', 'ORA-02396'],
  [closed('ORA-28: your session has been killed'), 'query', 'SessionKilled', 'query', 'ORA-00028'],
  [closed('ORA-02396: exceeded maximum idle time'), 'pool', 'SessionIdleLimitReached', 'pool', 'ORA-02396'],
  [closed('ORA-03113: end-of-file on communication channel'), 'query', 'ConnectionClosed', 'query', 'ORA-03113'],
  ['ORA-00018: maximum number of sessions exceeded', 'pool', 'SessionLimitReached', 'pool', 'ORA-00018'],
  [refused('ORA-12516'), 'pool', 'NoHandlerAvailable', 'pool', 'ORA-12516'],
  [
    'NJS-040: connection request timeout. Request exceeded "queueTimeout" of 1000',
    'pool',
    'PoolTimeoutTooShort',
    'pool',
    'NJS-040',
  ],
  ['ORA-00942: table or view does not exist', 'query', 'QueryFailed', 'query', 'ORA-00942'],
  ['ORA-00942: table or view does not exist', 'pool', 'PoolFailed', 'pool', 'ORA-00942'],
  ['NJS-065: connection pool was closed', 'pool', 'ProbeFailed', 'pool', 'NJS-065'],
  ["TypeError: Cannot read properties of undefined (reading 'ORA-01017')", 'logon', 'ProbeFailed', 'logon', undefined],
];

describe("the driver's error", () => {
  test.for([...BEFORE_THE_LOGON, ...FROM_THE_LOGON_ON])(
    '%s (at stage %s) is %s',
    ([text, reached, reason, stage, code]) => {
      const failure = classify(text, reached);
      expect([failure.reason, failure.stage, failure.code]).toEqual([reason, stage, code]);
    },
  );
});

describe('the failure table', () => {
  const rows = Object.entries(FAILURES) as [Reason, FailureClass][];
  const patterns = rows.flatMap(([, row]) => row.patterns.map(asPattern));

  test('has each code without a condition in one row only', () => {
    const plain = patterns.filter(({ text, stage }) => text === undefined && stage === undefined);
    const codes = plain.map(({ code }) => code);
    expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted());
    const ranges = plain.flatMap(({ code: from, to }) => (to === undefined ? [] : [{ from, to }]));
    expect(codes.filter((code) => ranges.some(({ from, to }) => code > from && code <= to))).toEqual([]);
  });

  test('has the allow-list of rejected credentials, and no other PermanentFailure at the logon', () => {
    const codesOf = (reason: string) => FAILURES[reason as Reason].patterns.map((one) => asPattern(one).code);
    const rejections = rows.map(([reason]) => reason).filter(isRejection);
    expect(Object.fromEntries(rejections.map((reason) => [reason, codesOf(reason)]))).toEqual({
      AuthenticationFailed: ['ORA-01017', 'ORA-01005'],
      AccountLocked: ['ORA-28000'],
      PasswordExpired: ['ORA-28001', 'ORA-65162'],
      CreateSessionNotGranted: ['ORA-01045'],
      PrivilegesInsufficient: ['ORA-01031'],
    });
    const permanent = rows.filter(([, { outcome, stage }]) => outcome === 'PermanentFailure' && stage === 'logon');
    expect(permanent.map(([reason]) => reason)).toEqual(rejections);
  });

  test('has reasons and remediations that the schema accepts', () => {
    expect(rows.map(([reason]) => reason).filter((reason) => !/^[A-Z][A-Za-z0-9]{0,63}$/.test(reason))).toEqual([]);
    const remediations = [...rows.map(([, row]) => row), ...patterns].flatMap(({ remediation }) => remediation ?? []);
    expect(remediations.filter((text) => !/^[A-Z].{10,398}\.$/.test(text))).toEqual([]);
  });
});
