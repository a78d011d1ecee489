/**
 * HTTP to the API server: over one pool of kept connections, with a deadline for each request, and with errors that name
 * the request. client-node does neither: it opens a connection for each request (its issues 2893 and 2904) and has no
 * deadline (its issue 1613).
 */
import { type IncomingMessage, request as requestPlain, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { startTimer, timerMs } from '../runtime/timers.ts';
import { Credentials } from './credentials.ts';
import {
  ApiError,
  IdleTimeoutError,
  NotLeadingError,
  ResponseTooLargeError,
  type StatusBody,
  TransportError,
} from './errors.ts';
import type { KubeObject } from './types.ts';
import { withTimeout } from './with-timeout.ts';

export type HttpOptions = {
  /** Milliseconds that one request may take, connecting included; 30 s by default. */
  readonly timeoutMs?: number;
  /** Milliseconds until the token and the certificates are read again; 10 s by default. */
  readonly credentialsTtlMs?: number;
  /** The largest response in bytes, and the longest line of a stream; 16 MiB by default. */
  readonly maxResponseBytes?: number;
  /** Called right before each write is sent. Where it returns false, the write fails with a NotLeadingError. */
  readonly canWrite?: () => boolean;
};

export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `application/json` by default. */
  readonly contentType?: string;
  /** Milliseconds that a response may go without a byte; `timeoutMs` by default. */
  readonly idleTimeoutMs?: number;
};

export class HttpClient {
  readonly #credentials: Credentials;
  readonly #timeoutMs: number;
  readonly #maxResponseBytes: number;
  readonly #canWrite: () => boolean;

  /** Throws where the kubeconfig needs a proxy. */
  constructor(config: KubeConfig, options: HttpOptions = {}) {
    this.#credentials = new Credentials(config, options.credentialsTtlMs ?? 10_000);
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#maxResponseBytes = options.maxResponseBytes ?? 16 * 2 ** 20;
    this.#canWrite = options.canWrite ?? (() => true);
  }

  /**
   * Resolves with the JSON object of the response. Throws an ApiError for any status but 2xx, and a TransportError where no
   * complete response came.
   */
  request<T extends object = KubeObject>(request: ApiRequest, signal: AbortSignal): Promise<T> {
    return withTimeout(this.#timeoutMs, signal, async (bounded) => {
      const response = await this.#send(request, bounded);
      const body = await readText(response, this.#maxResponseBytes)
        .then(parseJson)
        .catch(throwTransportError(request, bounded));
      if (typeof body !== 'object' || body === null)
        throw new TransportError(nameOf(request), new Error('no JSON object'));
      return body as T;
    });
  }

  /**
   * Yields the lines of a response until it ends or the signal is aborted. An incomplete last line is dropped. Throws as
   * `request` does.
   */
  async *streamLines(request: ApiRequest, signal: AbortSignal): AsyncGenerator<string, void> {
    const response = await this.#send(request, signal);
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = lines.pop() ?? '';
        yield* lines.filter((line) => line !== '');
        if (rest.length > this.#maxResponseBytes) throw new ResponseTooLargeError(this.#maxResponseBytes);
      }
    } catch (error) {
      throwTransportError(request, signal)(error);
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#credentials.close();
  }

  /** Resolves once the response begins. Throws an ApiError for any status but 2xx. */
  async #send(request: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { origin, pathPrefix, agent, headers } = await this.#credentials
      .access(signal)
      .catch(throwTransportError(request));
    const query = request.query === undefined ? '' : `?${new URLSearchParams(request.query).toString()}`;
    if (request.method !== 'GET' && !this.#canWrite()) throw new NotLeadingError(nameOf(request));
    const body = request.body === undefined ? undefined : encode(request.body);
    const options = {
      path: `${pathPrefix}${request.path}${query}`,
      method: request.method,
      headers: {
        ...headers,
        accept: 'application/json',
        ...(body !== undefined && {
          'content-type': request.contentType ?? 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      },
      agent,
      signal,
    };
    const response = await responseTo(origin, options, body, this.#timeoutMs).catch(
      throwTransportError(request, signal),
    );
    const idleTimeoutMs = request.idleTimeoutMs ?? this.#timeoutMs;
    response.setTimeout(timerMs(idleTimeoutMs), () => response.destroy(new IdleTimeoutError(idleTimeoutMs)));
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    const text = await readText(response, this.#maxResponseBytes).catch(throwTransportError(request, signal));
    throw apiError(request, response, text);
  }
}

/** Resolves once the response begins. Rejects after `timeoutMs`, connecting included. */
async function responseTo(
  origin: string,
  options: RequestOptions,
  body: string | undefined,
  timeoutMs: number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = (origin.startsWith('http:') ? requestPlain : requestTls)(origin, options, resolve);
  const timer = startTimer(timeoutMs, () => request.destroy(new Error(`timeout: no response within ${timeoutMs} ms`)));
  request.on('error', reject);
  request.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

/** Throws a ResponseTooLargeError beyond `maxBytes`, and leaves the rest of the response unread: its connection is closed. */
async function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new ResponseTooLargeError(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const parseJson = (text: string): unknown => JSON.parse(text);

const apiError = (request: ApiRequest, { statusCode = 0, headers }: IncomingMessage, text: string) =>
  new ApiError(
    nameOf(request),
    { message: text, ...parseStatus(text), code: statusCode },
    Number(headers['retry-after']),
  );

/** The cause is the reason of the signal where it was aborted: the connection only broke because of it. */
const throwTransportError = (request: ApiRequest, signal?: AbortSignal) => (cause: unknown) => {
  throw new TransportError(nameOf(request), signal?.aborted === true ? signal.reason : cause);
};

const nameOf = ({ method, path }: ApiRequest) => `${method} ${path}`;

/** The Status in a response; empty where there is none: a proxy on the way may send anything. */
function parseStatus(text: string): StatusBody {
  try {
    const status = parseJson(text);
    return typeof status === 'object' && status !== null ? status : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

/**
 * JSON as Go writes it. The API server compares the value in a `test` of a JSON patch with its own text, byte by byte, and Go escapes these
 * characters.
 */
const encode = (body: {} | null): string =>
  JSON.stringify(body).replaceAll(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
