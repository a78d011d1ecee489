import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startStandIn, type StandIn } from '../oracle/stand-in.ts';
import { type BackendProcess, startBackend } from './backend-process.ts';

const credentials = { DB_USER: 'APP', DB_PASSWORD: 'right-password' };
const startDatabase = () => startStandIn({ users: { APP: { password: 'right-password' } } });

type Answer = {
  readonly code: number;
  readonly connection: string | null;
  readonly body: {
    readonly status?: string;
    readonly error?: string;
    readonly waitedMs?: number;
    readonly pool?: { readonly open: number; readonly inUse: number; readonly queued: number };
  };
};

/** Sends requests to a backend, once it listens. */
async function clientOf(backend: BackendProcess): Promise<(path: string, method?: string) => Promise<Answer>> {
  const [, port] = /^listening on port (\d+)$/.exec(await backend.line('listening')) ?? [];
  return async (path, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    const body = (await response.json()) as Answer['body'];
    return { code: response.status, connection: response.headers.get('connection'), body };
  };
}

describe('a backend that runs', () => {
  let database: StandIn;
  let backend: BackendProcess;
  let send: Awaited<ReturnType<typeof clientOf>>;

  beforeAll(async () => {
    database = await startDatabase();
    const four = { DB_POOL_MIN: '2', DB_POOL_MAX: '3', DB_POOL_TIMEOUT: '1', DB_POOL_RECYCLE: '600' };
    backend = startBackend({ ...credentials, ...four, DB_CONNECT_STRING: database.connectString() });
    send = await clientOf(backend);
  });
  afterEach(() => database.change({ faults: { execute: null } }));
  afterAll(async () => {
    backend.kill('SIGTERM');
    await backend.ended;
    await database.close();
  });

  test('a running backend has logged which pool it opened', async () => {
    expect(await backend.line('Pool')).toBe('Database Pool initialized successfully. Size: min=2, max=3, timeout=1s');
  });

  test('a running backend reports its health by a query through the pool, with the pool’s statistics', async () => {
    const { executes } = database.statistics;
    expect(await send('/api/health')).toMatchObject({
      code: 200,
      body: {
        status: 'ok',
        queryMs: expect.any(Number),
        pool: { inUse: 0, queued: 0, settings: { min: 2, max: 3, timeoutSeconds: 1, recycleSeconds: 600 } },
      },
    });
    expect(database.statistics.executes).toBe(executes + 1);
  });

  test('a running backend fills its pool up to the minimum', async () => {
    await vi.waitFor(async () => expect((await send('/api/health')).body.pool?.open).toBe(2));
  });

  test('a running backend queries the database once for all concurrent health requests', async () => {
    const { executes } = database.statistics;
    database.change({ faults: { execute: { kind: 'delay', ms: 100, times: 1 } } });
    const answers = await Promise.all(Array.from({ length: 5 }, () => send('/api/health')));
    expect(answers.map(({ code }) => code)).toEqual([200, 200, 200, 200, 200]);
    expect(database.statistics.executes).toBe(executes + 1);
  });

  test('a running backend is not ready but live where the database fails the query, and recovers by itself', async () => {
    database.change({ faults: { execute: { kind: 'error', code: 4031, times: 1 } } });
    const { code, body } = await send('/api/health');
    expect(code).toBe(503);
    expect(body).toMatchObject({ status: 'unavailable', error: expect.stringMatching(/^ORA-04031: /), pool: {} });
    expect(await send('/api/live')).toMatchObject({ code: 200 });
    expect(await send('/api/health')).toMatchObject({ code: 200 });
  });

  test('a running backend lets callers beyond its maximum wait, and rejects them after DB_POOL_TIMEOUT', async () => {
    database.change({ faults: { execute: { kind: 'delay', ms: 1300, times: 3 } } });
    const answers = await Promise.all(Array.from({ length: 4 }, () => send('/api/search?q=shoes')));
    const refused = answers.filter(({ code }) => code !== 200);
    expect(refused).toMatchObject([
      { code: 503, body: { error: expect.stringMatching(/^NJS-040: .*"queueTimeout" of 1000$/) } },
    ]);
    expect(database.statistics.peakSessions).toBe(3);
  });

  test.for([
    ['GET', '/'],
    ['GET', '/api'],
    ['POST', '/api/health'],
    ['GET', '/toString'],
    ['GET', '//'],
  ] as const)('a running backend does not serve %s %s', async ([method, path]) => {
    expect(await send(path, method)).toMatchObject({ code: 404, body: { error: 'not found' } });
  });
});

describe.concurrent('a backend that is stopped', () => {
  test('a backend that is stopped answers open requests, closes its sessions and exits with 0', async () => {
    await using database = await startDatabase();
    const backend = startBackend({ ...credentials, DB_CONNECT_STRING: database.connectString() });
    const send = await clientOf(backend);
    database.change({ faults: { execute: { kind: 'delay', ms: 100 } } });
    const underWay = send('/api/search?q=last');
    await vi.waitFor(() => expect(database.statistics.executes).toBe(1), { interval: 5 });
    backend.kill('SIGTERM');
    await backend.line('stopping');
    expect(await underWay).toMatchObject({ code: 200, connection: 'close', body: { q: 'last' } });
    expect(await backend.ended).toMatchObject({
      code: 0,
      output: expect.stringMatching(
        /^Database Pool initialized successfully. Size: min=5, max=40, timeout=30s\nlistening on port \d+\nstopping$/,
      ),
    });
    expect(database.sessions).toEqual([]);
    expect(database.statistics.logoffs).toBe(database.statistics.logons);
  });

  test('a backend that is stopped while it waits for a silent database ends at once', async ({ onTestFinished }) => {
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const backend = startBackend({ ...credentials, DB_CONNECT_STRING: `127.0.0.1:${port}/FREEPDB1` });
    await once(silent, 'connection');
    backend.kill('SIGTERM');
    expect(await backend.ended).toEqual({ code: 0, signal: null, output: '' });
  });
});

describe.concurrent('a backend that cannot start', () => {
  test('a backend with an invalid variable says so, and exits with 1', async () => {
    const variables = { ...credentials, DB_CONNECT_STRING: '127.0.0.1:1/FREEPDB1', DB_POOL_MIN: '50' };
    expect(await startBackend(variables).ended).toMatchObject({
      code: 1,
      output: 'the environment is not usable: DB_POOL_MIN is 50, which is more than DB_POOL_MAX, 40',
    });
  });

  test('a backend without a database says so, and exits with 1', async () => {
    const { code, output } = await startBackend({ ...credentials, DB_CONNECT_STRING: '127.0.0.1:1/FREEPDB1' }).ended;
    expect(output).toMatch(/^open the pool on 127.0.0.1:1\/FREEPDB1 as APP: NJS-503: .*ECONNREFUSED.*$/);
    expect(code).toBe(1);
  });

  test('a backend with a wrong password says so after one logon, and exits with 1', async () => {
    await using database = await startDatabase();
    const wrong = { DB_USER: 'APP', DB_PASSWORD: 'wrong-password', DB_CONNECT_STRING: database.connectString() };
    const { code, output } = await startBackend(wrong).ended;
    expect(output).toMatch(/^open the pool on \S+ as APP: ORA-01017: .*logon denied$/);
    expect(code).toBe(1);
    expect(database.statistics).toMatchObject({ connects: 1, logons: 0, failedLogons: 1 });
    expect(output).not.toContain('wrong-password');
  });
});
