/**
 * The client of the baseline: one request after the other over kept-alive connections, without retries or checks. It shares
 * no code with the operator's client, so it cannot share its slowness.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';

/** What the benchmark reads of an object. */
export type Seen = {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion: string;
  };
  readonly [field: string]: unknown;
};

type KubeConfig = {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: { readonly 'client-certificate-data': string; readonly 'client-key-data': string };
  }[];
};

export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';

export class PlainClient {
  readonly #server: string;
  readonly #agent: Agent;
  /** Watches keep their connections, so they use an agent of their own, outside of the limit. */
  readonly #watching: Agent;

  /** Authenticates as the kubeconfig's first user, and uses at most so many connections. */
  constructor(kubeconfig: string, connections: number) {
    const { clusters, users } = parse(readFileSync(kubeconfig, 'utf8')) as KubeConfig;
    const [{ cluster } = fail(kubeconfig)] = clusters;
    const [{ user } = fail(kubeconfig)] = users;
    const decoded = (data: string) => Buffer.from(data, 'base64').toString();
    const ca = decoded(cluster['certificate-authority-data']);
    const cert = decoded(user['client-certificate-data']);
    const key = decoded(user['client-key-data']);
    this.#server = cluster.server;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca, cert, key });
    this.#watching = new Agent({ ca, cert, key });
  }

  get(path: string): Promise<Seen> {
    return this.#json('GET', path);
  }

  create(path: string, body: object): Promise<Seen> {
    return this.#json('POST', path, body, 'application/json');
  }

  patch(path: string, body: object, contentType: string): Promise<Seen> {
    return this.#json('PATCH', path, body, contentType);
  }

  delete(path: string): Promise<Seen> {
    return this.#json('DELETE', path);
  }

  /** The current resourceVersion of a collection. */
  async versionOf(path: string): Promise<string> {
    return (await this.get(`${path}?limit=1`)).metadata.resourceVersion;
  }

  /** Calls back with each event since that version. Resolves once it watches. Calls `onEnd` where the watch ends before the signal. */
  async watch(
    path: string,
    version: string,
    onEvent: (event: { readonly type: string; readonly object: Seen }) => void,
    onEnd: (error: Error) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = `watch=true&allowWatchBookmarks=true&timeoutSeconds=3600&resourceVersion=${version}`;
    const answer = await this.#open('GET', `${path}?${query}`, undefined, undefined, signal);
    let rest = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onEvent(JSON.parse(line) as { type: string; object: Seen });
    });
    answer.on('error', (error) => !signal.aborted && onEnd(error));
    answer.on('end', () => !signal.aborted && onEnd(new Error(`the watch of ${path} has ended`)));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #json(method: string, path: string, body?: object, contentType?: string): Promise<Seen> {
    return JSON.parse(await text(await this.#open(method, path, body, contentType))) as Seen;
  }

  async #open(
    method: string,
    path: string,
    body?: object,
    contentType?: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { accept: 'application/json', ...(contentType !== undefined && { 'content-type': contentType }) };
      const agent = signal === undefined ? this.#agent : this.#watching;
      const options = { method, agent, headers, ...(signal !== undefined && { signal }) };
      request(`${this.#server}${path}`, options, resolve)
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
    if (answer.statusCode !== undefined && answer.statusCode < 300) return answer;
    throw new Error(`${method} ${path}: ${answer.statusCode} ${(await text(answer)).slice(0, 500)}`);
  }
}

function fail(kubeconfig: string): never {
  throw new Error(`${kubeconfig} names no cluster or no user`);
}
