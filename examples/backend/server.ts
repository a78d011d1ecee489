/** The backend's HTTP interface. It knows a pool that is open, and neither the environment nor the process. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'oracledb';
import { within } from './deadline.ts';
import { messageOf, withConnection } from './pool.ts';
import type { PoolSize } from './settings.ts';

/** How long /api/health waits for its query. Shorter than the timeout of the readiness probe, so that the reason gets out. */
const HEALTH_DEADLINE_MS = 3000;

/** How long a search keeps its connection: the stand-in for a query that has work to do. */
const SEARCH_MS = 100;

type Answer = { readonly code: number; readonly body: object };
type Route = (parameters: URLSearchParams) => Answer | Promise<Answer>;
type Routes = Readonly<Record<string, Route>>;

/** A server that does not listen yet. */
export function createBackend(pool: Pool, size: PoolSize): Server {
  const routes: Routes = {
    'GET /api/live': () => ({ code: 200, body: { status: 'ok' } }),
    'GET /api/health': healthOf(pool, size),
    'GET /api/search': (parameters) => search(pool, parameters.get('q') ?? ''),
  };
  const server = createServer((request, response) => {
    void answer(routes, request).then(({ code, body }) => {
      // A server that stops keeps no connection for a next request.
      if (!server.listening) response.setHeader('connection', 'close');
      return response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
    });
  });
  return server;
}

async function answer(routes: Routes, { method, url }: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = URL.parse(url ?? '', 'http://backend') ?? {};
  const route = routes[`${method} ${pathname}`];
  if (route === undefined || searchParams === undefined) return { code: 404, body: { error: 'not found' } };
  try {
    return await route(searchParams);
  } catch (error) {
    console.error(`${method} ${pathname}: ${messageOf(error)}`);
    return { code: 503, body: { status: 'unavailable', error: messageOf(error) } };
  }
}

/** Makes the route /api/health: a query through the pool, with the pool's statistics. */
function healthOf(pool: Pool, size: PoolSize): Route {
  let running: Promise<number> | undefined;
  // One check at a time, which all who ask meanwhile share: a database that hangs must not take a connection a check.
  const queryMs = () => (running ??= timedQuery(pool).finally(() => (running = undefined)));

  return async () => {
    try {
      const elapsedMs = await within(HEALTH_DEADLINE_MS, queryMs());
      return { code: 200, body: { status: 'ok', queryMs: elapsedMs, pool: statisticsOf(pool, size) } };
    } catch (error) {
      const body = { status: 'unavailable', error: messageOf(error), pool: statisticsOf(pool, size) };
      return { code: 503, body };
    }
  };
}

async function timedQuery(pool: Pool): Promise<number> {
  const startMs = performance.now();
  await withConnection(pool, (connection) => connection.execute('SELECT 1 FROM dual'));
  return Math.round((performance.now() - startMs) * 10) / 10;
}

function statisticsOf(pool: Pool, size: PoolSize): object {
  return {
    open: pool.connectionsOpen,
    inUse: pool.connectionsInUse,
    queued: pool.getStatistics().currentQueueLength,
    settings: size,
  };
}

/** A search of the demo: it finds nothing, but it holds a connection like one that does. Many at a time fill the pool. */
async function search(pool: Pool, q: string): Promise<Answer> {
  const startMs = performance.now();
  const waitedMs = await withConnection(pool, async (connection) => {
    const waited = performance.now() - startMs;
    await connection.execute('SELECT 1 FROM dual');
    await pause(SEARCH_MS);
    return Math.round(waited);
  });
  return { code: 200, body: { q, found: [], waitedMs } };
}
