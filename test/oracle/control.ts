/** HTTP control over a stand-in in another process: what happened, who is there, and what is to go wrong. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { StandIn } from './stand-in.ts';

type Call = {
  readonly standIn: StandIn;
  /** Whom the path names; '' where it names nobody. */
  readonly name: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
};

type Reply = { readonly status: number; readonly body: unknown };

const ok = (body: unknown): Reply => ({ status: 200, body });
const notFound: Reply = { status: 404, body: { error: 'not found' } };

const ROUTES: readonly (readonly [method: string, path: RegExp, answer: (call: Call) => Reply])[] = [
  ['GET', /^\/stats$/, ({ standIn }) => ok(standIn.statistics)],
  ['GET', /^\/users$/, ({ standIn }) => ok(usersOf(standIn))],
  ['POST', /^\/users\/(?<name>[^/]+)\/unlock$/, unlockUser],
  ['GET', /^\/sessions$/, ({ standIn }) => ok(standIn.sessions)],
  ['DELETE', /^\/sessions\/(?<name>\d+)$/, killSession],
  ['GET', /^\/settings$/, ({ standIn }) => ok(shown(standIn))],
  ['PATCH', /^\/settings$/, changeSettings],
  ['POST', /^\/drop$/, ({ standIn }) => ok({ dropped: standIn.drop() })],
  ['POST', /^\/reset$/, reset],
];

export type Control = AsyncDisposable & { readonly port: number };

/** Listens; rejects where it cannot. */
export async function serveControl(
  standIn: StandIn,
  { host = '127.0.0.1', port = 0 }: { readonly host?: string; readonly port?: number } = {},
): Promise<Control> {
  const server: Server = createServer((request, response) => {
    void handle(request, response, standIn);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      server.closeAllConnections();
      await closed;
    },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, standIn: StandIn): Promise<void> {
  const { status, body } = await answer(request, standIn);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function answer(request: IncomingMessage, standIn: StandIn): Promise<Reply> {
  try {
    const { pathname, searchParams: query } = new URL(request.url ?? '', 'http://stand-in');
    const sent = await text(request);
    for (const [method, path, answer] of ROUTES) {
      const match = path.exec(pathname);
      if (match === null || method !== request.method) continue;
      const name = match.groups?.['name'] ?? '';
      return answer({ standIn, name, query, body: sent === '' ? {} : JSON.parse(sent) });
    }
    return notFound;
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
  }
}

function changeSettings({ standIn, body }: Call): Reply {
  standIn.change(body);
  return ok(shown(standIn));
}

function reset({ standIn }: Call): Reply {
  standIn.reset();
  return ok(standIn.statistics);
}

function unlockUser({ standIn, name }: Call): Reply {
  const user = decodeURIComponent(name);
  return standIn.unlock(user) ? ok({ unlocked: user }) : notFound;
}

function killSession({ standIn, name, query }: Call): Reply {
  const isThere = standIn.kill(Number(name), Number(query.get('code') ?? 28));
  return isThere ? ok({ killed: Number(name) }) : notFound;
}

const usersOf = ({ accounts, sessions }: StandIn) =>
  accounts.map((account) => ({
    name: account.name,
    status: account.status,
    failedLogons: account.failedLogons,
    sessions: sessions.filter((session) => session.account === account).length,
  }));

/** Settings without what is secret. */
function shown({ settings: { users, tls, ...rest } }: StandIn): object {
  const withoutPasswords = Object.entries(users).map(([name, { password: _, ...user }]) => [name, user]);
  return { ...rest, hasTls: tls !== undefined, users: Object.fromEntries(withoutPasswords) };
}
