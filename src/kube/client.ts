/**
 * The calls to the API server, and no more of them than are used. Every call has a deadline, goes over one pool of
 * kept connections, and fails with an ApiError or a NoAnswerError that says what was tried on what (client-node opens a
 * connection a call, its issues 2893 and 2904, and knows no deadline, its issue 1613).
 */
import { type IncomingMessage, request as requestPlain, type RequestOptions } from 'node:http';
import { request } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { Credentials } from './credentials.ts';
import {
  ResponseTooLargeError,
  ApiError,
  TransportError,
  NotLeadingError,
  IdleTimeoutError,
  type StatusBody,
} from './errors.ts';
import { collectionPath, type KubeObject, objectPath, type Resource } from './types.ts';
import { withTimeout } from './with-timeout.ts';

export type ClientOptions = {
  /** Milliseconds that one call may take, connecting included. */
  readonly timeoutMs?: number;
  /** Milliseconds for which a token and certificates are used before they are read again. */
  readonly credentialsTtlMs?: number;
  /** Bytes beyond which an answer, or one line of it, is given up: one page of a list is in memory at a time. */
  readonly maxResponseBytes?: number;
  /** Asked at the last moment before each write; none is sent where the answer is no. */
  readonly canWrite?: () => boolean;
};

export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Milliseconds without a byte after which a body is given up; by default the call's deadline. */
  readonly idleTimeoutMs?: number;
};

/** An object to be written: what names it, and the fields that are ours. */
export type WritableObject = {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly [field: string]: unknown;
};

export class Client {
  readonly #credentials: Credentials;
  readonly #fieldManager: string;
  readonly #timeoutMs: number;
  readonly #maxResponseBytes: number;
  readonly #canWrite: () => boolean;

  constructor(config: KubeConfig, fieldManager: string, options: ClientOptions = {}) {
    this.#credentials = new Credentials(config, options.credentialsTtlMs ?? 10_000);
    this.#fieldManager = fieldManager;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#maxResponseBytes = options.maxResponseBytes ?? 16 * 2 ** 20;
    this.#canWrite = options.canWrite ?? (() => true);
  }

  /** Creates an object that is not there; `isAlreadyExists` where it is. */
  create(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    const query = { fieldManager: this.#fieldManager, fieldValidation: 'Strict' };
    const path = collectionPath(resource, object.metadata.namespace);
    return this.request({ method: 'POST', path, query, body: object }, signal);
  }

  /** Replaces an object whole; the resourceVersion in its metadata is its fence. */
  update(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    const query = { fieldManager: this.#fieldManager, fieldValidation: 'Strict' };
    const path = objectPath(resource, object.metadata.namespace, object.metadata.name);
    return this.request({ method: 'PUT', path, query, body: object }, signal);
  }

  /** Server-side apply: makes the fields of `object` ours. Forced, it takes them from whoever has them. */
  apply(
    resource: Resource,
    object: WritableObject,
    signal: AbortSignal,
    subresource?: 'status',
    isForced = subresource === 'status',
  ): Promise<KubeObject> {
    const path = objectPath(resource, object.metadata.namespace, object.metadata.name);
    return this.request(
      {
        method: 'PATCH',
        path: subresource === undefined ? path : `${path}/${subresource}`,
        query: { fieldManager: this.#fieldManager, fieldValidation: 'Strict', force: String(isForced) },
        body: object,
        contentType: 'application/apply-patch+yaml',
      },
      signal,
    );
  }

  /** JSON patch; its `test` operations are its fence. */
  patch(
    resource: Resource,
    object: WritableObject,
    operations: readonly object[],
    signal: AbortSignal,
  ): Promise<KubeObject> {
    return this.#patch(resource, object, operations, 'application/json-patch+json', signal);
  }

  /** Strategic merge patch; uid and resourceVersion in its metadata are its fence. */
  merge(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    return this.#patch(resource, object, object, 'application/strategic-merge-patch+json', signal);
  }

  #patch(
    resource: Resource,
    { metadata: { namespace, name } }: WritableObject,
    body: object,
    contentType: string,
    signal: AbortSignal,
  ): Promise<KubeObject> {
    const query = { fieldManager: this.#fieldManager, fieldValidation: 'Strict' };
    return this.request(
      { method: 'PATCH', path: objectPath(resource, namespace, name), query, body, contentType },
      signal,
    );
  }

  /** The object as it is now; undefined where there is none. */
  async get(resource: Resource, namespace: string, name: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.request({ method: 'GET', path: objectPath(resource, namespace, name) }, signal);
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    }
  }

  /**
   * Deletes the object, and what it owns in the background; uid and resourceVersion in its metadata are its fence. One that
   * is gone is no error, one that is another by now is a conflict.
   */
  async delete(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const preconditions = {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    const body = { propagationPolicy: 'Background', preconditions };
    try {
      await this.request({ method: 'DELETE', path: objectPath(resource, namespace, name), body }, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.isNotFound)) throw error;
    }
  }

  /** A call whose whole answer is one JSON object. */
  request<T extends object = KubeObject>(call: ApiRequest, signal: AbortSignal): Promise<T> {
    return withTimeout(this.#timeoutMs, signal, async (bounded) => {
      const response = await this.#open(call, bounded);
      const answer = await textOf(response, this.#maxResponseBytes).then(parsed).catch(noAnswerTo(call, bounded));
      if (typeof answer !== 'object' || answer === null)
        throw new TransportError(nameOf(call), new Error('no JSON object'));
      return answer as T;
    });
  }

  /**
   * A call whose answer comes line by line for as long as the signal lets it. Half a line at its end was cut off, and is
   * not given out.
   */
  async *streamLines(call: ApiRequest, signal: AbortSignal): AsyncGenerator<string, void> {
    const body = await this.#open(call, signal);
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = parts.pop() ?? '';
        yield* parts.filter((line) => line !== '');
        if (rest.length > this.#maxResponseBytes) throw new ResponseTooLargeError(this.#maxResponseBytes);
      }
    } catch (error) {
      noAnswerTo(call, signal)(error);
    }
  }

  /** Resolves with the answer once it begins. Throws an ApiError for anything but 2xx. */
  async #open(call: ApiRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { origin, pathPrefix, agent, headers } = await this.#credentials.access(signal).catch(noAnswerTo(call));
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    if (call.method !== 'GET' && !this.#canWrite()) throw new NotLeadingError(nameOf(call));
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const options = {
      path: `${pathPrefix}${call.path}${query}`,
      method: call.method,
      headers: {
        ...headers,
        accept: 'application/json',
        ...(body !== undefined && {
          'content-type': call.contentType ?? 'application/json',
          'content-length': Buffer.byteLength(body),
        }),
      },
      agent,
      signal,
    };
    const response = await answerTo(origin, options, body, this.#timeoutMs).catch(noAnswerTo(call, signal));
    const idleTimeoutMs = call.idleTimeoutMs ?? this.#timeoutMs;
    response.setTimeout(idleTimeoutMs, () => response.destroy(new IdleTimeoutError(idleTimeoutMs)));
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw await apiError(call, response, this.#maxResponseBytes, signal);
  }

  close(): void {
    this.#credentials.close();
  }
}

/** Resolves once the answer begins, connecting included within the time. */
async function answerTo(
  origin: string,
  options: RequestOptions,
  body: string | undefined,
  timeoutMs: number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const send = origin.startsWith('http:') ? requestPlain : request;
  const asked = send(origin, options, resolve);
  const late = setTimeout(() => asked.destroy(new Error(`timeout: no answer within ${timeoutMs} ms`)), timeoutMs);
  asked.on('error', reject);
  asked.end(body);
  try {
    return await promise;
  } finally {
    clearTimeout(late);
  }
}

/** Leaves the rest of an answer that is too large, and its connection, behind. */
async function textOf(body: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new ResponseTooLargeError(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

const parsed = (text: string): unknown => JSON.parse(text);

async function apiError(
  call: ApiRequest,
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<ApiError> {
  const text = await textOf(response, maxBytes).catch(noAnswerTo(call, signal));
  const status = { message: text, ...statusIn(text), code: response.statusCode ?? 0 };
  return new ApiError(nameOf(call), status, Number(response.headers['retry-after']));
}

/** Where the call was stopped, that is the cause, and not the connection that was closed for it. */
const noAnswerTo = (call: ApiRequest, signal?: AbortSignal) => (cause: unknown) => {
  throw new TransportError(nameOf(call), signal?.aborted === true ? signal.reason : cause);
};

const nameOf = ({ method, path }: ApiRequest) => `${method} ${path}`;

/** The Status in an answer's body; a proxy on the way may send anything. */
function statusIn(text: string): StatusBody {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
