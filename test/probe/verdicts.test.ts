import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import oracledb from 'oracledb';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { FAILURES, type Reason } from '../../src/probe/verdict/failure-table.ts';
import { fingerprintOf } from '../../src/probe/credentials/fingerprint.ts';
import { readParameters } from '../../src/probe/input/parameters.ts';
import { probe } from '../../src/probe/probe.ts';
import { Progress } from '../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../src/probe/verdict/redact.ts';
import type { Verdict } from '../../src/contract/verdict.ts';
import { type StandIn, type StandInSettings, startStandIn } from '../oracle/stand-in.ts';
import { createCertificate } from '../support/certificate.ts';
import { CASES } from './cases/cases.ts';
import { environment } from './environment.ts';
import { deaf, nobody, serve } from './servers.ts';
import { PUBLIC_CODES } from './verdict/public-codes.ts';

const tls = createCertificate();
const expired = createCertificate({ endsAt: Date.now() - 60_000 });
/** The driver gives out the class of its pools, and its types do not say so. */
const { Pool: DriverPool } = oracledb as unknown as {
  readonly Pool: { readonly prototype: { reconfigure(): Promise<void> } };
};
const fault = (stage: string, code: number, text?: string): StandInSettings => ({
  faults: { [stage]: { kind: 'error', code, ...(text !== undefined && { text }) } },
});

/** A stack of codes behind ORA-00604. */
const recursive = (inner: string) => fault('proof', 604, `error occurred at recursive SQL level 1\n${inner}`);

/** What makes a failure happen: a database, and the variables of the probe. */
type Scenario = {
  readonly database?: StandInSettings;
  readonly variables?: Readonly<Record<string, string>>;
  /** By default the one that works. */
  readonly connectString?: (database: StandIn) => string;
  /** Called when the first logon is over. */
  readonly afterLogon?: (database: StandIn) => void;
};

const descriptor = (port: number, connectData: string, { security = '', protocol = 'tcp' } = {}) =>
  `(DESCRIPTION=(ADDRESS=(PROTOCOL=${protocol})(HOST=127.0.0.1)(PORT=${port}))(CONNECT_DATA=(${connectData}))${security})`;

const SCENARIOS: { readonly [R in Reason]?: Scenario } = {
  ParametersInvalid: { variables: { DB_POOL_MIN: '9', DB_POOL_MAX: '8' } },
  CaMissing: { variables: { CA_FILE: '/nowhere/ca.crt' } },
  CaInvalid: { variables: { CA_FILE: import.meta.filename } },
  ConnectStringInvalid: { connectString: () => '(DESCRIPTION=(ADDRESS=' },
  ConnectStringUnsupported: { connectString: () => 'jdbc:oracle:thin:@db:1521/ORDERS' },
  TnsAliasNotFound: { connectString: () => 'orders_high' },
  HostNotFound: { connectString: () => 'nowhere.invalid:1521/FREEPDB1' },
  // A broadcast address: the system itself says that no TCP goes there, and no packet leaves the machine.
  HostUnreachable: { connectString: () => '127.255.255.255:1521/FREEPDB1' },
  ListenerTimedOut: { database: { faults: { accept: { kind: 'hang' } } }, variables: { PROBE_TIMEOUT_SECONDS: '3' } },
  ConnectionClosed: { database: { faults: { challenge: { kind: 'close' } } } },
  WalletMissing: { variables: { WALLET_DIR: '/nowhere' } },
  CertificateUntrusted: { database: { tls } },
  TlsHandshakeFailed: { database: { tls, faults: { accept: { kind: 'close' } } } },
  SidUnknown: { connectString: ({ port }) => descriptor(port, 'SID=NOWHERE') },
  InstanceUnknown: { database: fault('connect', 12_521) },
  ServiceNameMissing: { database: fault('connect', 12_504) },
  ConnectionFiltered: { database: fault('connect', 12_506) },
  ListenerRefused: { database: fault('connect', 12_599) },
  PrivilegesInsufficient: { database: fault('proof', 1031) },
  LogonTriggerFailed: { database: recursive('ORA-20001: not at night\nORA-06512: at line 2') },
  RecursiveSqlFailed: { database: recursive('ORA-00942: table or view does not exist') },
  SessionSettingsRejected: { database: recursive('ORA-12705: Cannot access NLS data files') },
  UserUnsuitable: { database: fault('proof', 28_009) },
  LogonRefused: { database: fault('proof', 24_542) },
  DatabaseMemoryExhausted: { database: fault('proof', 4030) },
  DatabaseStarting: { database: fault('proof', 1033) },
  DatabaseRestricted: { database: fault('proof', 1035) },
  DatabaseBlocked: { database: recursive('ORA-02002: error while writing to audit trail') },
  DatabaseStorageFull: { database: recursive('ORA-01653: unable to extend table SYS.AUD$') },
  DatabaseResourceExhausted: { database: fault('proof', 55) },
  DatabaseInternalError: { database: fault('proof', 600) },
  UnsupportedByProbe: { database: { tns: { nativeEncryption: 'required' } } },
  SessionKilled: { database: fault('ping', 28) },
  SessionIdleLimitReached: { database: fault('ping', 2396) },
  QueryFailed: { database: fault('execute', 1115) },
  PoolTimeoutTooShort: {
    database: { faults: { challenge: { kind: 'delay', ms: 1100 } } },
    variables: { DB_POOL_TIMEOUT: '1', DB_POOL_MIN: '1' },
  },
  PoolFailed: { afterLogon: (database) => database.change(fault('execute', 1115)) },
};

/** The tests that make the other failures happen. */
const ELSEWHERE: { readonly [R in Reason]?: string } = {
  CredentialsKnownBad: 'below',
  LogonOutcomeUnknown: 'credentials/known-bad.test.ts',
  ConnectionRefused: 'below',
  ConnectTimedOut: 'below',
  ProxyFailed: 'below',
  WalletInvalid: 'below',
  CertificateExpired: 'below',
  CertificateNameMismatch: 'below',
  CertificateSubjectMismatch: 'below',
  ProtocolError: 'below',
  PoolTimeoutNotEnforced: 'below',
  TnsnamesInvalid: 'oracle/connect-string.test.ts',
  ConnectFailed: 'program.test.ts',
  TimedOut: 'program.test.ts',
  Interrupted: 'program.test.ts',
  ProbeKilled: 'program.test.ts',
  ProbeFailed: 'program.test.ts',
};

async function probeWith(variables: Record<string, string | undefined>, progress = new Progress()): Promise<Verdict> {
  return probe(readParameters(variables), progress, redactorFor(variables));
}

test('every reason of the failure table has a scenario or a case, or says which test has it', () => {
  const inCases = new Set(CASES.flatMap(({ probes }) => probes.map(({ reason }) => reason)));
  inCases.delete('PoolOpened');
  const covered = [...Object.keys(SCENARIOS), ...Object.keys(ELSEWHERE), ...inCases];
  expect(covered.toSorted()).toEqual(Object.keys(FAILURES).toSorted());
});

// One at a time: how far a logon is on its way is seen from the sockets of the whole process.
describe('a real failure has the reason', () => {
  test.for(Object.entries(SCENARIOS) as [Reason, Scenario][])('%s', async ([reason, scenario]) => {
    await using database = await startStandIn(scenario.database ?? {});
    const connectString = scenario.connectString?.(database) ?? database.connectString();
    const progress = new Progress();
    const { afterLogon } = scenario;
    if (afterLogon !== undefined) {
      const reach = progress.reach.bind(progress);
      progress.reach = (stage) => {
        if (stage === 'pool') afterLogon(database);
        reach(stage);
      };
    }
    const verdict = await probeWith(environment(connectString, scenario.variables), progress);
    const { outcome } = FAILURES[reason];
    expect(verdict).toMatchObject({ outcome, reason });
    expect(verdict.remediation).not.toBe('');
    expect(database.statistics.failedLogons).toBeLessThanOrEqual(1);
  });

  test('CredentialsKnownBad', async () => {
    await using database = await startStandIn({});
    const known = { [await fingerprintOf('APP', 'right', 'salt')]: { at: 1, reason: 'AuthenticationFailed' } };
    const variables = { PROBE_SALT: 'salt', PROBE_LOGON_RESULTS: JSON.stringify(known) };
    const verdict = await probeWith(environment(database.connectString(), variables));
    expect(verdict).toMatchObject({ reason: 'CredentialsKnownBad' });
    expect(database.statistics.connects).toBe(0);
  });

  test('ConnectionRefused', async () => {
    await using server = await nobody();
    expect(await probeWith(environment(server.connectString))).toMatchObject({ reason: 'ConnectionRefused' });
  });

  test('ConnectTimedOut', async () => {
    await using server = await deaf();
    const verdict = await probeWith(environment(server.connectString, { PROBE_TIMEOUT_SECONDS: '3' }));
    expect(verdict).toMatchObject({ reason: 'ConnectTimedOut', stage: 'connect', code: 'NJS-510' });
  });

  test('ProxyFailed', async () => {
    await using proxy = await serve((socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    const port = /:(\d+)/.exec(proxy.connectString)?.[1];
    const connectString = `tcps://db.invalid:1522/FREEPDB1?https_proxy=127.0.0.1&https_proxy_port=${port}`;
    expect(await probeWith(environment(connectString))).toMatchObject({ reason: 'ProxyFailed' });
  });

  test('ProtocolError', async () => {
    // An acceptance of packets that hold nothing.
    const packet = Buffer.from(`0020000002000000${'00'.repeat(24)}`, 'hex');
    await using server = await serve((socket) => socket.once('data', () => socket.write(packet)));
    expect(await probeWith(environment(server.connectString))).toMatchObject({ reason: 'ProtocolError' });
  });

  test('PoolTimeoutNotEnforced', async () => {
    await using database = await startStandIn({});
    // A driver whose pool stays as large as it was has a connection left for the caller that must get none.
    const reconfigure = vi.spyOn(DriverPool.prototype, 'reconfigure').mockResolvedValue();
    const verdict = await probeWith(environment(database.connectString(), { PROBE_CONNECTIONS: '2' }));
    reconfigure.mockRestore();
    expect(verdict).toMatchObject({ outcome: 'Inconclusive', reason: 'PoolTimeoutNotEnforced', stage: 'pool' });
    expect(verdict.message).toContain('got a connection');
  });
});

/** The database's own answers to the logon, and the listener's. */
const ANSWERS = PUBLIC_CODES.flatMap(([stage, said, reason]) => {
  const [, code, text = ''] = (stage === 'listener' ? /Cause: ORA-(\d+)$/ : /^ORA-(\d+): (.*)$/s).exec(said) ?? [];
  const isAnswer = code !== undefined && (stage === 'listener' || stage === 'logon');
  return isAnswer ? [{ stage, code: Number(code), text, reason }] : [];
});

describe('what the stand-in says comes through the driver as', () => {
  test.for(ANSWERS)('$reason: ORA-$code at $stage: $text', async ({ stage, code, text, reason }) => {
    await using database = await startStandIn(
      stage === 'listener' ? fault('connect', code) : fault('proof', code, text),
    );
    const verdict = await probeWith(environment(database.connectString()));
    expect(verdict.reason).toBe(reason);
  });

  test('which are most of the public codes', () => {
    expect(ANSWERS.length).toBeGreaterThan(80);
  });
});

describe('a real failure with a wallet has the reason', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wallet-'));
    await writeFile(join(folder, 'ewallet.pem'), `${tls.cert}${tls.key}${expired.cert}`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('CertificateExpired', async () => {
    await using database = await startStandIn({ tls: expired });
    const verdict = await probeWith(environment(database.connectString(), { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ reason: 'CertificateExpired', stage: 'tls', code: 'NJS-506' });
  });

  test('CertificateNameMismatch', async () => {
    await using database = await startStandIn({ tls });
    const connectString = database.connectString().replace('127.0.0.1', 'localhost');
    const verdict = await probeWith(environment(connectString, { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ reason: 'CertificateNameMismatch' });
  });

  test('CertificateSubjectMismatch', async () => {
    await using database = await startStandIn({ tls });
    const security = '(SECURITY=(SSL_SERVER_DN_MATCH=ON)(SSL_SERVER_CERT_DN="CN=another"))';
    const connectString = descriptor(database.port, 'SERVICE_NAME=FREEPDB1', { security, protocol: 'tcps' });
    const verdict = await probeWith(environment(connectString, { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ reason: 'CertificateSubjectMismatch' });
  });

  test('WalletInvalid', async () => {
    await using database = await startStandIn({ tls });
    await writeFile(join(folder, 'ewallet.pem'), 'no PEM');
    const verdict = await probeWith(environment(database.connectString(), { WALLET_DIR: folder }));
    expect(verdict).toMatchObject({ reason: 'WalletInvalid' });
  });
});
