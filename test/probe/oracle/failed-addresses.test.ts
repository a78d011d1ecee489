import dns from 'node:dns';
import { describe, expect, test, vi } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { probe } from '../../../src/probe/probe.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { startStandIn } from '../../oracle/stand-in.ts';
import { environment } from '../environment.ts';
import { packet } from '../../oracle/wire/packets.ts';
import { countAttempts, deaf, nobody, serve, silent } from '../servers.ts';

const verdictOf = (connectString: string, changes: Record<string, string> = {}) => {
  const variables = environment(connectString, changes);
  return probe(readParameters(variables), new Progress(), redactorFor(variables));
};

const portOf = ({ connectString }: { readonly connectString: string }) => Number(/:(\d+)/.exec(connectString)?.[1]);

const address = (port: number, host = '127.0.0.1') => `(ADDRESS=(PROTOCOL=TCP)(HOST=${host})(PORT=${port}))`;

const descriptor = (addresses: string, service = 'FREEPDB1', rest = '') =>
  `(DESCRIPTION=${rest}(ADDRESS_LIST=(FAILOVER=on)${addresses})(CONNECT_DATA=(SERVICE_NAME=${service})))`;

describe('of several addresses', () => {
  test('a full database counts more than a port that nobody listens on', async () => {
    await using database = await startStandIn({ limits: { processes: 0 } });
    await using none = await nobody();
    const verdict = await verdictOf(descriptor(address(database.port) + address(portOf(none), '127.0.0.2')));
    expect(verdict).toMatchObject({
      outcome: 'InsufficientCapacity',
      reason: 'NoHandlerAvailable',
      stage: 'listener',
      code: 'ORA-12516',
    });
    expect(verdict.message).toContain(
      `(127.0.0.1:${database.port} NoHandlerAvailable, 127.0.0.2:${portOf(none)} ConnectionRefused)`,
    );
  });

  test('an unknown service counts more than a port that nobody listens on', async () => {
    await using database = await startStandIn();
    await using none = await nobody();
    const verdict = await verdictOf(descriptor(address(database.port) + address(portOf(none)), 'NOPE'));
    expect(verdict).toMatchObject({ reason: 'ServiceUnknown', stage: 'listener', code: 'NJS-518' });
  });

  test('a host that does not resolve is told, too', async () => {
    await using none = await nobody();
    const verdict = await verdictOf(descriptor(address(1521, 'nowhere.invalid') + address(portOf(none))));
    expect(verdict).toMatchObject({ reason: 'ConnectionRefused', stage: 'connect' });
    expect(verdict.message).toContain(
      `(127.0.0.1:${portOf(none)} ConnectionRefused, nowhere.invalid:1521 HostNotFound)`,
    );
  });

  test.for([0, Number.NaN])('a port of %s is 1521, as it is to the driver', async (port) => {
    await using none = await nobody();
    // A broadcast address: no TCP goes there.
    const verdict = await verdictOf(descriptor(address(portOf(none)) + address(port, '127.255.255.255')));
    expect(verdict.message).toContain('127.255.255.255:1521 HostUnreachable)');
  });

  test('hosts that do not resolve say what DNS said', async () => {
    const verdict = await verdictOf(descriptor(address(1521, 'nowhere.invalid')));
    expect(verdict).toMatchObject({ reason: 'HostNotFound', stage: 'resolve', code: 'NJS-530' });
    expect(verdict.message).toMatch(/nowhere\.invalid does not resolve: (?:ENOTFOUND|EAI_AGAIN)/);
  });

  test('one that works opens the pool, and those that do not are a warning', async () => {
    await using database = await startStandIn();
    await using none = await nobody();
    const verdict = await verdictOf(descriptor(address(portOf(none)) + address(database.port)));
    expect(verdict.reason).toBe('PoolOpened');
    expect(verdict.warnings).toEqual([
      `Addresses failed before one let the probe in: 127.0.0.1:${portOf(none)} ConnectionRefused`,
    ]);
  });

  test('that are balanced the message is always the same', async () => {
    await using database = await startStandIn({ limits: { processes: 0 } });
    await using none = await nobody();
    const addresses = `(LOAD_BALANCE=on)${address(database.port)}${address(portOf(none))}${address(portOf(none), '127.0.0.2')}`;
    const messages = new Set<string>();
    for (let time = 0; time < 8; time += 1) messages.add((await verdictOf(descriptor(addresses))).message);
    expect(messages.size).toBe(1);
  });

  test('eleven that are balanced do not hang the driver', async () => {
    await using none = await nobody();
    const addresses = Array.from({ length: 11 }, (_, index) => address(portOf(none), `127.0.0.${index + 1}`)).join('');
    const verdict = await verdictOf(descriptor(`(LOAD_BALANCE=on)${addresses}`));
    expect(verdict.reason).toBe('ConnectionRefused');
    expect(verdict.message).toContain('and 5 more');
  });
});

describe('a listener that redirects', () => {
  const REDIRECT = 5;
  const redirecting = (to: string) =>
    serve((socket) =>
      socket.once('data', () => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(to.length);
        socket.write(packet(REDIRECT, Buffer.concat([length, Buffer.from(to)]), 2));
      }),
    );

  test('to a node that works opens the pool', async () => {
    await using database = await startStandIn();
    await using scan = await redirecting(address(database.port));
    expect((await verdictOf(scan.connectString)).reason).toBe('PoolOpened');
  });

  test('to a node whose name does not resolve names it', async () => {
    await using scan = await redirecting('(ADDRESS=(PROTOCOL=tcp)(HOST=node1-vip.invalid)(PORT=1521))');
    const verdict = await verdictOf(scan.connectString);
    expect(verdict).toMatchObject({ outcome: 'TransientFailure', reason: 'HostNotFound', code: 'NJS-530' });
    expect(verdict.message).toContain('the listener redirects to node1-vip.invalid, which does not resolve');
  });

  test('to a node that cannot be reached says so', async () => {
    await using none = await nobody();
    await using scan = await redirecting(address(portOf(none), '127.0.0.9'));
    const verdict = await verdictOf(scan.connectString);
    expect(verdict).toMatchObject({ reason: 'ConnectionRefused', stage: 'connect' });
    expect(verdict.message).toContain(`127.0.0.9 port ${portOf(none)}`);
  });
});

describe('time limits in the descriptor', () => {
  test.for([
    '(RETRY_COUNT=20)(RETRY_DELAY=3)',
    '(CONNECT_TIMEOUT=600)(RETRY_COUNT=20)(RETRY_DELAY=3)',
    '(TRANSPORT_CONNECT_TIMEOUT=600)(EXPIRE_TIME=10)',
  ])('%s do not make a refused connection a timeout of the probe', async (limits) => {
    await using none = await nobody();
    using counted = countAttempts();
    const verdict = await verdictOf(descriptor(address(portOf(none)), 'FREEPDB1', limits));
    expect(verdict.reason).toBe('ConnectionRefused');
    expect(counted.attempts).toBe(1);
  });

  test.for<[string, typeof deaf, string]>([
    ['a host that does not answer', deaf, 'ConnectTimedOut'],
    ['a listener that does not answer', silent, 'ListenerTimedOut'],
  ])('with long ones, %s is told as such', async ([, start, reason]) => {
    await using server = await start();
    const limits = '(CONNECT_TIMEOUT=600)(TRANSPORT_CONNECT_TIMEOUT=600)(RETRY_COUNT=20)';
    const verdict = await verdictOf(descriptor(address(portOf(server)), 'FREEPDB1', limits), {
      PROBE_TIMEOUT_SECONDS: '3',
    });
    expect(verdict).toMatchObject({ reason, code: 'NJS-510' });
  });

  test('more addresses than there is time for end with what they said until then', async () => {
    await using server = await silent();
    const addresses = Array.from({ length: 9 }, (_, index) => address(portOf(server), `127.0.0.${index + 1}`)).join('');
    await using none = await nobody();
    const verdict = await verdictOf(descriptor(address(portOf(none)) + addresses), { PROBE_TIMEOUT_SECONDS: '3' });
    expect(verdict).toMatchObject({ outcome: 'TransientFailure', reason: 'ListenerTimedOut', stage: 'listener' });
    expect(verdict.message).toContain(`127.0.0.1:${portOf(none)} ConnectionRefused`);
    expect(verdict.timings?.resolveMs).toBeDefined();
  });

  test('a name server that does not answer is told as such', async () => {
    const lookup = vi.spyOn(dns.promises, 'lookup').mockReturnValue(new Promise(() => {}) as never);
    const verdict = await verdictOf('db:1521/FREEPDB1', { PROBE_TIMEOUT_SECONDS: '1' });
    lookup.mockRestore();
    expect(verdict).toMatchObject({ outcome: 'TransientFailure', reason: 'HostNotFound', stage: 'resolve' });
    expect(verdict.message).toContain('db does not resolve: no answer of DNS');
  });
});

describe('a connect string without a service', () => {
  test.for<[string, (port: number) => string]>([
    ['host and port', (port) => `127.0.0.1:${port}`],
    ['a slash at the end', (port) => `//127.0.0.1:${port}/`],
    ['a descriptor', (port) => `(DESCRIPTION=${address(port)}(CONNECT_DATA=(SERVER=dedicated)))`],
  ])('%s', async ([, connectString]) => {
    await using database = await startStandIn();
    const verdict = await verdictOf(connectString(database.port));
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'ServiceNameMissing', stage: 'listener' });
  });

  test('that a listener takes for an unknown one', async () => {
    await using database = await startStandIn({ faults: { connect: { kind: 'error', code: 12_514 } } });
    const verdict = await verdictOf(`127.0.0.1:${database.port}`);
    expect(verdict).toMatchObject({ outcome: 'PermanentFailure', reason: 'ServiceNameMissing', stage: 'listener' });
  });
});
