/**
 * An API server on loopback, over TLS, that does as badly as it is told to. Each call takes the next of the answers that
 * were scripted for it, and the last of them answers all that follow; a call without a script goes to `otherwise`. All
 * requests and connections are recorded.
 *
 * It offers HTTP/2 as kube-apiserver does and speaks only HTTP/1.1: a client that would choose HTTP/2 gets nowhere.
 * What it is not: an API server. It knows no schema, no authorization and no versions; an ObjectStore behind it keeps
 * objects, and says what it leaves out.
 */
import { createServer, type Server } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { KubeConfig, type User } from '@kubernetes/client-node';
import { status } from './answers.ts';
import { type Certificate, createCertificate } from './certificate.ts';

export type Verb = 'GET' | 'WATCH' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RecordedRequest = {
  readonly verb: Verb;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
  /** The body as it was sent. */
  readonly text: string;
  /** What TLS agreed on, and the certificate that the client showed, as PEM. */
  readonly protocol: string | false | null;
  readonly clientCertificate: string | undefined;
};

export type Exchange = {
  readonly request: RecordedRequest;
  readonly response: ServerResponse;
  /** Breaks the connection without a goodbye. */
  readonly tear: () => void;
};

export type Answer = (exchange: Exchange) => void | Promise<void>;

let certificate: Certificate | undefined;

export class ApiServer implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  /** Answers what no script is for. */
  otherwise: Answer = status(404, 'NotFound');
  readonly #scripts = new Map<string, Answer[]>();
  readonly #server: Server;
  readonly #cert: string;
  readonly #sockets = new Set<Socket>();
  #connections = 0;
  #port = 0;
  #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];

  private constructor({ cert, key }: Certificate) {
    this.#cert = cert;
    const asked = { requestCert: true, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] };
    this.#server = createServer({ cert, key, ...asked }, (request, response) => {
      void this.#handle(request, response);
    });
    this.#server.on('secureConnection', (socket) => {
      this.#connections += 1;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<ApiServer> {
    certificate ??= createCertificate();
    const api = new ApiServer(certificate);
    await api.listen();
    return api;
  }

  /** Listens, after a `close` on the port that it had. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks all connections and refuses new ones. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Connections that were ever opened. */
  get connections(): number {
    return this.#connections;
  }

  /** Connections that are open now. */
  get openConnections(): number {
    return this.#sockets.size;
  }

  get certificate(): string {
    return this.#cert;
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** How to reach it: who trusts `caFile`, if given, trusts what the file holds at the time. */
  kubeConfig(user: Partial<User> = {}, caFile?: string): KubeConfig {
    const config = new KubeConfig();
    const trust = caFile === undefined ? { caData: Buffer.from(this.#cert).toString('base64') } : { caFile };
    config.loadFromOptions({
      clusters: [{ name: 'test', server: this.url, skipTLSVerify: false, ...trust }],
      users: [{ name: 'test', ...user }],
      contexts: [{ name: 'test', cluster: 'test', user: 'test' }],
      currentContext: 'test',
    });
    return config;
  }

  on(verb: Verb, path: string, ...answers: readonly Answer[]): this {
    this.#scripts.set(`${verb} ${path}`, [...answers]);
    return this;
  }

  requestsFor(verb: Verb, path: string): readonly RecordedRequest[] {
    return this.requests.filter((request) => request.verb === verb && request.path === path);
  }

  /** Resolves once the call has come in `count` times. */
  received(verb: Verb, path: string, count = 1): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isMet: () => this.requestsFor(verb, path).length >= count, resolve });
      this.#tellWaiting();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? '', this.url);
    const query = Object.fromEntries(url.searchParams);
    const verb = query['watch'] === 'true' ? 'WATCH' : (incoming.method as Verb);
    const sent = await text(incoming);
    const body: unknown = sent === '' ? undefined : JSON.parse(sent);
    const socket = incoming.socket as TLSSocket;
    const request = {
      verb,
      path: url.pathname,
      query,
      headers: incoming.headers,
      body,
      text: sent,
      protocol: socket.alpnProtocol,
      clientCertificate: socket.getPeerX509Certificate()?.toString(),
    };
    this.requests.push(request);
    this.#tellWaiting();
    const script = this.#scripts.get(`${verb} ${url.pathname}`) ?? [];
    const answer = (script.length > 1 ? script.shift() : script[0]) ?? this.otherwise;
    await answer({ request, response, tear: () => incoming.socket.destroy() });
  }

  #tellWaiting(): void {
    const met = this.#waiting.filter(({ isMet }) => isMet());
    this.#waiting = this.#waiting.filter((waiting) => !met.includes(waiting));
    for (const { resolve } of met) resolve();
  }
}
