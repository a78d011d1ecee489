/** HTTP server of /livez and /readyz, for the kubelet and for people: the body says what is wrong. */
import { createServer, type Server } from 'node:http';

/** Returns what is wrong now, one sentence each; empty where all is well. */
export type Check = () => readonly string[];

export type Health = { readonly live: Check; readonly ready: Check };

/** Listens on `port`, by default on all addresses, because the kubelet connects from outside. Rejects where it cannot. */
export async function serveHealth(port: number, { live, ready }: Health, host?: string): Promise<Server> {
  const checks = new Map([
    ['/livez', live],
    ['/readyz', ready],
  ]);
  const server = createServer((request, response) => {
    const problems = checks.get(request.url ?? '')?.();
    response.writeHead(problems === undefined ? 404 : problems.length === 0 ? 200 : 503, {
      'content-type': 'text/plain',
    });
    response.end(problems === undefined ? 'not found\n' : problems.length === 0 ? 'ok\n' : `${problems.join('\n')}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server;
}
