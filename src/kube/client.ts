/** The verbs of the API server that the operator uses. Each throws as `HttpClient.request` does, where nothing else is said. */
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiError } from './errors.ts';
import { type ApiRequest, HttpClient, type HttpOptions } from './http.ts';
import { collectionPath, objectPath } from './paths.ts';
import type { KubeObject, Resource } from './types.ts';

/** An object to write: its name, and the fields that the writer sets. */
export type WritableObject = {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
  };
  readonly [field: string]: unknown;
};

export class Client extends HttpClient {
  readonly #fieldManager: string;

  constructor(config: KubeConfig, fieldManager: string, options: HttpOptions = {}) {
    super(config, options);
    this.#fieldManager = fieldManager;
  }

  /** The object as the API server has it now; undefined where there is none. */
  async get(resource: Resource, namespace: string, name: string, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      return await this.request({ method: 'GET', path: objectPath(resource, namespace, name) }, signal);
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    }
  }

  /** Throws an ApiError with `isAlreadyExists` where the object is there. */
  create(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    const path = collectionPath(resource, object.metadata.namespace);
    return this.#write({ method: 'POST', path, body: object }, signal);
  }

  /** Replaces the whole object. A resourceVersion in its metadata is a precondition. */
  update(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    return this.#write({ method: 'PUT', path: pathOf(resource, object), body: object }, signal);
  }

  /**
   * Server-side apply: sets the fields of `object` and owns them. Throws an ApiError with `isConflict` where another manager
   * owns one of them, or takes it over with `force`.
   */
  apply(
    resource: Resource,
    object: WritableObject,
    signal: AbortSignal,
    { force = false }: { readonly force?: boolean } = {},
  ): Promise<KubeObject> {
    return this.#apply(pathOf(resource, object), object, force, signal);
  }

  /** Server-side apply of the status, always forced: only the operator writes it. */
  applyStatus(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    return this.#apply(`${pathOf(resource, object)}/status`, object, true, signal);
  }

  /** JSON patch (RFC 6902). Its `test` operations are preconditions: throws an ApiError with `isConflict` where one fails. */
  async patch(
    resource: Resource,
    object: WritableObject,
    operations: readonly object[],
    signal: AbortSignal,
  ): Promise<KubeObject> {
    const path = pathOf(resource, object);
    const contentType = 'application/json-patch+json';
    try {
      return await this.#write({ method: 'PATCH', path, body: operations, contentType }, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.isFailedPatch)) throw error;
      throw new ApiError(`PATCH ${path}`, { code: 409, reason: 'Conflict', message: 'a test of the patch failed' });
    }
  }

  /**
   * JSON merge patch (RFC 7386), the only one that custom resources know beside JSON patch: a list is replaced as a whole. uid and
   * resourceVersion in its metadata are preconditions.
   */
  mergeJson(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    const contentType = 'application/merge-patch+json';
    return this.#write({ method: 'PATCH', path: pathOf(resource, object), body: object, contentType }, signal);
  }

  /** Strategic merge patch. uid and resourceVersion in its metadata are preconditions. */
  merge(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<KubeObject> {
    const contentType = 'application/strategic-merge-patch+json';
    return this.#write({ method: 'PATCH', path: pathOf(resource, object), body: object, contentType }, signal);
  }

  /**
   * Deletes the object, and its dependents in the background. uid and resourceVersion in its metadata are preconditions: an
   * ApiError with `isConflict` says that the object is another by now. An object that is gone is no error.
   */
  async delete(resource: Resource, object: WritableObject, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const preconditions = {
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    };
    const body = { propagationPolicy: 'Background', preconditions };
    try {
      await this.request({ method: 'DELETE', path: pathOf(resource, object), body }, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.isNotFound)) throw error;
    }
  }

  #apply(path: string, body: WritableObject, force: boolean, signal: AbortSignal): Promise<KubeObject> {
    const contentType = 'application/apply-patch+yaml';
    return this.#write({ method: 'PATCH', path, query: { force: String(force) }, body, contentType }, signal);
  }

  /** Sends the request with the field manager, and has the API server reject fields that it does not know. */
  #write(request: ApiRequest, signal: AbortSignal): Promise<KubeObject> {
    const query = { fieldManager: this.#fieldManager, fieldValidation: 'Strict', ...request.query };
    return this.request({ ...request, query }, signal);
  }
}

const pathOf = (resource: Resource, { metadata }: WritableObject) =>
  objectPath(resource, metadata.namespace, metadata.name);
