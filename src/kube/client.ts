/**
 * The calls to the API server, and no more of them than are used. Every call has a deadline, goes over one pool of
 * kept connections, and fails with an ApiError that says what was tried on what (client-node opens a connection a call,
 * its issues 2893 and 2904, and knows no deadline, its issue 1613).
 */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import { Credentials } from './credentials.ts';
import { ApiError, type StatusBody } from './errors.ts';
import { collectionPath, type KubeObject, objectPath, type Resource } from './types.ts';

/** Milliseconds that one call may take, connecting included. */
const CALL_TIMEOUT_MS = 30_000;

export type Call = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly contentType?: string;
  /** Milliseconds without a byte after which a body is given up; by default the call's deadline. */
  readonly bodyTimeoutMs?: number;
};

/** An object to be written: what names it, and the fields that are ours. */
export type WritableObject = {
  readonly metadata: { readonly namespace: string; readonly name: string; readonly uid?: string };
  readonly [field: string]: unknown;
};

export class Client {
  readonly #credentials: Credentials;
  readonly #fieldManager: string;

  constructor(config: KubeConfig, fieldManager: string) {
    this.#credentials = new Credentials(config);
    this.#fieldManager = fieldManager;
  }

  /** Creates an object that is not there; `isAlreadyExists` where it is. */
  create(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    const query = { fieldManager: this.#fieldManager, fieldValidation: 'Strict' };
    const path = collectionPath(resource, object.metadata.namespace);
    return this.json({ method: 'POST', path, query, body: object }, signal);
  }

  /** Server-side apply: makes the fields of `object` ours. Forced only where told so: for fields that are nobody else's. */
  apply(resource: Resource, object: WritableObject, signal: AbortSignal, subresource?: 'status'): Promise<KubeObject> {
    const path = objectPath(resource, object.metadata.namespace, object.metadata.name);
    return this.json(
      {
        method: 'PATCH',
        path: subresource === undefined ? path : `${path}/${subresource}`,
        query: { fieldManager: this.#fieldManager, fieldValidation: 'Strict', force: String(subresource === 'status') },
        body: object,
        contentType: 'application/apply-patch+yaml',
      },
      signal,
    );
  }

  /** Deletes the object with this uid, and what it owns in the background. One that is gone is no error. */
  async delete(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = object.metadata;
    const body = { propagationPolicy: 'Background', ...(uid !== undefined && { preconditions: { uid } }) };
    try {
      await this.json({ method: 'DELETE', path: objectPath(resource, namespace, name), body }, signal);
    } catch (error) {
      if (!(error instanceof ApiError && (error.isNotFound || error.isConflict))) throw error;
    }
  }

  /** A call whose whole answer is one JSON object. */
  async json<T = KubeObject>(call: Call, signal: AbortSignal): Promise<T> {
    const response = await this.open(call, AbortSignal.any([signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]));
    return (await response.body.json()) as T;
  }

  /** A call whose answer is read by the caller, to its end. Throws ApiError for anything but 2xx. */
  async open(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { origin, pathPrefix, agent, headers } = await this.#credentials.access();
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    const response = await agent.request({
      origin,
      path: `${pathPrefix}${call.path}${query}`,
      method: call.method,
      headers: {
        ...headers,
        accept: 'application/json',
        ...(call.body !== undefined && { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal,
      headersTimeout: CALL_TIMEOUT_MS,
      bodyTimeout: call.bodyTimeoutMs ?? CALL_TIMEOUT_MS,
    });
    if (response.statusCode >= 200 && response.statusCode < 300) return response;
    throw await apiError(call, response);
  }

  close(): Promise<void> {
    return this.#credentials.close();
  }
}

async function apiError(call: Call, response: Dispatcher.ResponseData): Promise<ApiError> {
  const text = await response.body.text();
  return new ApiError(
    `${call.method} ${call.path}`,
    { message: text, reason: 'Unknown', ...statusIn(text), code: response.statusCode },
    Number(response.headers['retry-after'] ?? 0) || 0,
  );
}

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
