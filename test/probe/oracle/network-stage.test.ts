import { describe, expect, test } from 'vitest';
import { readParameters } from '../../../src/probe/input/parameters.ts';
import { probe } from '../../../src/probe/probe.ts';
import { Progress } from '../../../src/probe/verdict/progress.ts';
import { redactorFor } from '../../../src/probe/verdict/redact.ts';
import { environment } from '../environment.ts';
import { countAttempts, nobody, type Server, serve } from '../servers.ts';

const verdictOn = (connectString: string) => {
  const variables = environment(connectString);
  return probe(readParameters(variables), new Progress(), redactorFor(variables));
};

describe('the network stage', () => {
  test.for<[string, () => Promise<Server>, object]>([
    [
      'a port that nothing listens on',
      nobody,
      { outcome: 'TransientFailure', reason: 'ConnectionRefused', stage: 'connect', code: 'NJS-503' },
    ],
    [
      'a server that hangs up',
      () => serve((socket) => socket.once('data', () => socket.destroy())),
      { outcome: 'TransientFailure', reason: 'ConnectionClosed', stage: 'listener' },
    ],
    [
      'a web server',
      () => serve((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')),
      { outcome: 'TransientFailure', reason: 'ConnectionClosed' },
    ],
  ])('the verdict on %s', async ([, start, verdict]) => {
    await using server = await start();
    expect(await verdictOn(server.connectString)).toMatchObject(verdict);
  });

  test.for<[string, string, string]>([
    ['a descriptor that is cut off', '(DESCRIPTION=(ADDRESS=', 'ConnectStringInvalid'],
    ['a descriptor without its first parenthesis', 'DESCRIPTION=(ADDRESS=(HOST=db))', 'ConnectStringInvalid'],
    [
      'a descriptor without its last',
      '(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=db)(PORT=1521))',
      'ConnectStringInvalid',
    ],
    ['a JDBC URL', 'jdbc:oracle:thin:@db:1521/ORDERS', 'ConnectStringUnsupported'],
    ['an alias', 'orders_high', 'TnsAliasNotFound'],
    ['a wallet that does not exist', 'tcps://127.0.0.1:1521/ORDERS?wallet_location=/nowhere', 'WalletMissing'],
  ])('the verdict on %s', async ([, connectString, reason]) => {
    expect(await verdictOn(connectString)).toMatchObject({ outcome: 'PermanentFailure', reason });
  });

  test('a connect string with a retry_count is tried once', async () => {
    await using server = await nobody();
    using counted = countAttempts();
    const verdict = await verdictOn(`tcp://${server.connectString}?retry_count=20&retry_delay=3`);
    expect(verdict).toMatchObject({ reason: 'ConnectionRefused' });
    expect(counted.attempts).toBe(1);
  });
});
