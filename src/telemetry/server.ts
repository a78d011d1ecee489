/** /livez and /readyz for the kubelet. */
import { createServer, type Server } from 'node:http';

export type Health = { readonly isAlive: () => boolean; readonly isReady: () => boolean };

/** Listens on `port`, on all addresses where no `host` is given: the kubelet asks from outside. Rejects where it cannot. */
export async function serveHealth(port: number, { isAlive, isReady }: Health, host?: string): Promise<Server> {
  const checks: Readonly<Record<string, () => boolean>> = { '/livez': isAlive, '/readyz': isReady };
  const server = createServer((request, response) => {
    const check = checks[request.url ?? ''];
    const isWell = check?.() ?? false;
    response.writeHead(check === undefined ? 404 : isWell ? 200 : 503, { 'content-type': 'text/plain' });
    response.end(check === undefined ? 'not found\n' : isWell ? 'ok\n' : 'not yet\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  return server;
}
