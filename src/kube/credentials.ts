/**
 * Who we are to the API server, from a kubeconfig or a service account, through the one public door of client-node
 * that has been stable over its transports: `KubeConfig.applyToHTTPSOptions`.
 */
import { Agent as PlainAgent } from 'node:http';
import { Agent, type RequestOptions } from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { KubeConfig } from '@kubernetes/client-node';

export type Access = {
  readonly origin: string;
  readonly pathPrefix: string;
  /** Its connections are kept, a call at a time on each: one that dies in silence takes one watch with it, not all that we do. */
  readonly agent: PlainAgent;
  readonly headers: Readonly<Record<string, string>>;
};

export class Credentials {
  readonly #config: KubeConfig;
  readonly #ttlMs: number;
  #known: { readonly access: Access; readonly tls: string; readonly readAt: number } | undefined;
  #reading: Promise<Access> | undefined;

  /** Throws where the kubeconfig asks for what is not done here: a proxy. */
  constructor(config: KubeConfig, ttlMs: number) {
    const cluster = config.getCurrentCluster();
    // Not told in full: it may hold a password.
    if (cluster?.proxyUrl)
      throw new Error(
        `the kubeconfig gives cluster ${cluster.name} a proxy-url: the API server is called directly only`,
      );
    this.#config = config;
    this.#ttlMs = ttlMs;
  }

  /**
   * The same Agent, and so the same connections, for as long as the certificates stay the same. Rejects with the signal's
   * reason: a program that a kubeconfig names for its credentials may never end.
   */
  async access(signal: AbortSignal): Promise<Access> {
    signal.throwIfAborted();
    if (this.#known !== undefined && performance.now() - this.#known.readAt < this.#ttlMs) return this.#known.access;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return unlessAborted(this.#reading, signal);
  }

  close(): void {
    this.#known?.access.agent.destroy();
  }

  async #read(): Promise<Access> {
    const cluster = this.#config.getCurrentCluster();
    if (cluster === null) throw new Error('the kubeconfig names no current cluster: set current-context');
    const options: RequestOptions = { headers: {} };
    await this.#config.applyToHTTPSOptions(options);
    const { ca, cert, key, servername, rejectUnauthorized } = options;
    const tls = JSON.stringify([ca, cert, key, servername, rejectUnauthorized], (_, value: unknown) =>
      Buffer.isBuffer(value) ? value.toString('base64') : value,
    );
    const url = new URL(cluster.server);
    const before = this.#known;
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
    this.#known = { access, tls, readAt: performance.now() };
    // Calls in flight end on the old connections; none begins on them.
    if (before !== undefined && before.access.agent !== agent) closeIdle(before.access.agent);
    return access;
  }
}

/** Shorter than the API server keeps a connection, so that it is not closed in our face. */
const KEPT_MS = 60_000;

function agentFor({ protocol }: URL, tls: ConnectionOptions): PlainAgent {
  const kept = { keepAlive: true, timeout: KEPT_MS };
  return protocol === 'http:' ? new PlainAgent(kept) : new Agent({ ...tls, ...kept });
}

/** Those that are in use are closed once they have been free for a while. */
function closeIdle({ freeSockets }: PlainAgent): void {
  for (const sockets of Object.values(freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** Who we are, and whom we act for: Authorization and Impersonate-User. */
function headersOf({ headers, auth }: RequestOptions): Record<string, string> {
  const given = Object.entries(headers ?? {}).filter(([, value]) => typeof value === 'string');
  return {
    ...(typeof auth === 'string' && { authorization: `Basic ${Buffer.from(auth).toString('base64')}` }),
    ...(Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value])) as Record<string, string>),
  };
}

/** Leaves no listener behind on a signal that lives long. */
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
