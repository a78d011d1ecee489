/**
 * Credentials for the API server, from a kubeconfig or a service account. client-node reads them, by the one function that
 * stayed the same through its changes of transport: `KubeConfig.applyToHTTPSOptions`.
 */
import { Agent as PlainAgent } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';

export type Access = {
  readonly origin: string;
  readonly pathPrefix: string;
  /** Keeps its connections, with one request at a time on each: a connection that dies silently takes only one watch with it. */
  readonly agent: PlainAgent;
  readonly headers: Readonly<Record<string, string>>;
};

export class Credentials {
  readonly #config: KubeConfig;
  readonly #ttlMs: number;
  #current: { readonly access: Access; readonly tls: string; readonly readAt: number } | undefined;
  #reading: Promise<Access> | undefined;

  /** `ttlMs`: how long credentials are used until they are read again. Throws where the kubeconfig needs a proxy. */
  constructor(config: KubeConfig, ttlMs: number) {
    const cluster = config.getCurrentCluster();
    // Without the URL: it may hold a password.
    if (cluster?.proxyUrl)
      throw new Error(`the kubeconfig has a proxy-url for cluster ${cluster.name}: proxies are not supported`);
    this.#config = config;
    this.#ttlMs = ttlMs;
  }

  /**
   * Resolves with the same agent, and so the same connections, until the certificates change. Rejects with the reason of the
   * signal once it is aborted: a credential plugin of the kubeconfig may never end.
   */
  async access(signal: AbortSignal): Promise<Access> {
    signal.throwIfAborted();
    if (this.#current !== undefined && performance.now() - this.#current.readAt < this.#ttlMs)
      return this.#current.access;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return unlessAborted(this.#reading, signal);
  }

  close(): void {
    this.#current?.access.agent.destroy();
  }

  async #read(): Promise<Access> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig has no current cluster: set current-context');
    const options: RequestOptions = { headers: {} };
    await this.#config.applyToHTTPSOptions(options);
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tls = JSON.stringify([ca, cert, key, servername, rejectUnauthorized], (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('base64') : value,
    );
    const url = new URL(cluster.server);
    const before = this.#current;
    const agent =
      before?.tls === tls
        ? before.access.agent
        : agentFor(url, {
            ca,
            cert,
            key,
            ...(servername !== undefined && { servername }),
            ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
          });
    const access = {
      origin: url.origin,
      pathPrefix: url.pathname.replace(/\/$/, ''),
      agent,
      headers: headersOf(options),
    };
    this.#current = { access, tls, readAt: performance.now() };
    // Requests in flight end on the old connections; no new one starts there.
    if (before !== undefined && before.access.agent !== agent) closeIdle(before.access.agent);
    return access;
  }
}

/** Shorter than the API server keeps an idle connection, so that it never closes one as a request is sent. */
const KEEP_ALIVE_MS = 60_000;

function agentFor({ protocol }: URL, tls: ConnectionOptions): PlainAgent {
  const keepAlive = { keepAlive: true, timeout: KEEP_ALIVE_MS };
  return protocol === 'http:' ? new PlainAgent(keepAlive) : new Agent({ ...tls, ...keepAlive });
}

/** Connections in use close once they have been idle for `KEEP_ALIVE_MS`. */
function closeIdle({ freeSockets }: PlainAgent): void {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Authorization, and Impersonate-User where the kubeconfig acts for another user. */
function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const given = Object.entries(headers ?? {}).filter(([, value]) => typeof value === 'string');
  return {
    ...(typeof auth === 'string' && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }),
    ...(Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value])) as Record<string, string>),
  };
}

/** Rejects with the reason of the signal once it is aborted. Leaves no listener on the signal. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort);
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
