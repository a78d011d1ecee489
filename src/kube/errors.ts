/** Errors of requests: an ApiError where the API server rejected one, a TransportError where no complete response came. */

/** The longest wait in milliseconds, whatever the server asks for. */
const MAX_RETRY_AFTER_MS = 60_000;

/** The fields of a `metav1.Status` that are read. All are unknown: a proxy on the way may have sent the body. */
export type StatusBody = {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown; readonly causes?: unknown } | null;
};

/** One of the causes that a Status names. */
type Cause = { readonly reason?: unknown; readonly message?: unknown };

export class ApiError extends Error {
  override readonly name = 'ApiError' as const;
  /** The HTTP status, or the code in an ERROR event of a watch; 0 where there is none. */
  readonly code: number;
  /** The reason in the Status: NotFound, AlreadyExists, Conflict, Forbidden, Invalid, Expired, ... */
  readonly reason: string;
  /** Milliseconds that the server asked to wait before a retry; 0 where it did not ask. */
  readonly retryAfterMs: number;
  readonly #causes: readonly Cause[];

  constructor(request: string, status: StatusBody, retryAfterSeconds = 0) {
    const code = typeof status.code === 'number' ? status.code : 0;
    const reason = typeof status.reason === 'string' ? status.reason : 'Unknown';
    const message = typeof status.message === 'string' ? status.message.slice(0, 1000) : '';
    super(`${request}: ${code} ${reason}: ${message}`);
    this.code = code;
    this.reason = reason;
    const causes = status.details?.causes;
    this.#causes = Array.isArray(causes)
      ? causes.filter((one): one is Cause => typeof one === 'object' && one !== null)
      : [];
    this.retryAfterMs = Math.max(waitMs(retryAfterSeconds), waitMs(status.details?.retryAfterSeconds));
  }

  /** Another writer was first, or owns a field: read the object again. */
  get isConflict(): boolean {
    return this.code === 409 && this.reason !== 'AlreadyExists';
  }

  /** Field managers that own fields of a server-side apply that was not forced; empty for any other error. */
  get fieldManagers(): readonly string[] {
    const found = this.#causes.flatMap(({ reason, message }) =>
      reason === 'FieldManagerConflict' && typeof message === 'string'
        ? (/^conflict with "([^"]+)"/.exec(message)?.[1] ?? [])
        : [],
    );
    return [...new Set(found)];
  }

  /** A JSON patch does not apply: one of its tests fails, or a path does not exist. A rejected object has causes. */
  get isFailedPatch(): boolean {
    return this.code === 422 && this.#causes.length === 0;
  }

  /** Nothing can be created in the namespace any more, because it is being deleted. */
  get isNamespaceTerminating(): boolean {
    return this.#causes.some(({ reason }) => reason === 'NamespaceTerminating');
  }

  get isAlreadyExists(): boolean {
    return this.code === 409 && this.reason === 'AlreadyExists';
  }

  /**
   * A retry fails as well until somebody changes something: a right is missing, the object is invalid. All of 4xx but 429
   * and conflicts.
   */
  get isRejection(): boolean {
    return this.code >= 400 && this.code < 500 && this.code !== 429 && !this.isConflict;
  }

  /** The server asked for fewer requests: 429, or a Retry-After. */
  get isThrottled(): boolean {
    return this.code === 429 || this.retryAfterMs > 0;
  }

  get isNotFound(): boolean {
    return this.code === 404;
  }

  /** The resourceVersion is too old to watch from: list again. */
  get isGone(): boolean {
    return this.code === 410;
  }
}

/** Milliseconds that the server asked to wait, of any error; 0 where it did not ask. */
export const retryAfterMs = (error: unknown): number => (error instanceof ApiError ? error.retryAfterMs : 0);

/** No complete response came. `cause` says why: connection refused or cut, deadline exceeded, no JSON. */
export class TransportError extends Error {
  override readonly name = 'TransportError' as const;

  constructor(request: string, cause: unknown) {
    super(`${request}: no complete response`, { cause });
  }
}

/** The response is larger than `maxResponseBytes`. Is the `cause` of a TransportError. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'ResponseTooLargeError' as const;

  constructor(maxBytes: number) {
    super(`response larger than ${maxBytes} bytes`);
  }
}

/** The write was not sent, because this process is not the leader. */
export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError' as const;

  constructor(request: string) {
    super(`${request}: not sent, this process is not the leader`);
  }
}

/** 0 where `seconds` is no positive number. */
const waitMs = (seconds: unknown) =>
  typeof seconds === 'number' && seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : 0;

/** A response that had begun went `idleTimeoutMs` without a byte. Is the `cause` of a TransportError. */
export class IdleTimeoutError extends Error {
  override readonly name = 'IdleTimeoutError' as const;

  constructor(ms: number) {
    super(`timeout: no data for ${ms} ms`);
  }
}
