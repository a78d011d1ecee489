/** What the API server answered when it did not do what was asked: one shape for all calls. */

/** `metav1.Status`, as far as it is read. */
export type StatusBody = {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number };
};

export class ApiError extends Error {
  override readonly name = 'ApiError' as const;
  /** HTTP status, or the code of an ERROR event of a watch. */
  readonly code: number;
  /** Kubernetes' own word: NotFound, AlreadyExists, Conflict, Forbidden, Invalid, Expired, ... */
  readonly reason: string;
  /** Milliseconds that the server asked to wait before the next try; 0 where it did not. */
  readonly retryAfterMs: number;

  constructor(call: string, status: StatusBody, retryAfterSeconds = 0) {
    super(`${call}: ${status.code ?? 0} ${status.reason ?? 'Unknown'}: ${(status.message ?? '').slice(0, 1000)}`);
    this.code = status.code ?? 0;
    this.reason = status.reason ?? 'Unknown';
    this.retryAfterMs = Math.max(retryAfterSeconds, status.details?.retryAfterSeconds ?? 0) * 1000;
  }

  /** Somebody else wrote first: look again. */
  get isConflict(): boolean {
    return this.code === 409 && this.reason !== 'AlreadyExists';
  }

  get isAlreadyExists(): boolean {
    return this.code === 409 && this.reason === 'AlreadyExists';
  }

  get isNotFound(): boolean {
    return this.code === 404;
  }

  /** The resource version is too old to watch from: list anew. */
  get isGone(): boolean {
    return this.code === 410;
  }
}
