/** What came of a call that was not done: the API server's refusal, or no answer at all. One shape of each for all calls. */

/** Milliseconds beyond which no server is waited for, whatever it asks. */
const MAX_RETRY_AFTER_MS = 60_000;

/** `metav1.Status`, as far as it is read. A proxy on the way may have put anything in its place. */
export type StatusBody = {
  readonly code?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly details?: { readonly retryAfterSeconds?: unknown } | null;
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
    const code = typeof status.code === 'number' ? status.code : 0;
    const reason = typeof status.reason === 'string' ? status.reason : 'Unknown';
    const message = typeof status.message === 'string' ? status.message.slice(0, 1000) : '';
    super(`${call}: ${code} ${reason}: ${message}`);
    this.code = code;
    this.reason = reason;
    this.retryAfterMs = Math.max(waitMs(retryAfterSeconds), waitMs(status.details?.retryAfterSeconds));
  }

  /** Somebody else wrote first: look again. */
  get isConflict(): boolean {
    return this.code === 409 && this.reason !== 'AlreadyExists';
  }

  get isAlreadyExists(): boolean {
    return this.code === 409 && this.reason === 'AlreadyExists';
  }

  /** It stays so until somebody changes something: no right, an object that is not valid. No conflict, no overload, no outage. */
  get isRejection(): boolean {
    return this.code >= 400 && this.code < 500 && this.code !== 429 && !this.isConflict;
  }

  /** The server wants to be left alone: so soon it is not even told of. */
  get isThrottled(): boolean {
    return this.code === 429 || this.retryAfterMs > 0;
  }

  get isNotFound(): boolean {
    return this.code === 404;
  }

  /** The resource version is too old to watch from: list anew. */
  get isGone(): boolean {
    return this.code === 410;
  }
}

/** Milliseconds that the server asked to wait by this error; 0 where it did not. */
export const retryAfterMs = (error: unknown): number => (error instanceof ApiError ? error.retryAfterMs : 0);

/** The call reached nobody, or its answer did not come whole: refused, torn, too late, no JSON. `cause` says which. */
export class TransportError extends Error {
  override readonly name = 'NoAnswerError' as const;

  constructor(call: string, cause: unknown) {
    super(`${call}: no whole answer`, { cause });
  }
}

/** Somebody made first what was to be made, and the next look sees it. `cause` is the API server's answer. */
export class LostRaceError extends Error {
  override readonly name = 'OvertakenError' as const;

  constructor(cause: ApiError) {
    super(cause.message, { cause });
  }
}

/** The answer is longer than anything that is kept in memory: `cause` of a NoAnswerError. */
export class ResponseTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError' as const;

  constructor(maxBytes: number) {
    super(`the answer is larger than ${maxBytes} bytes`);
  }
}

/** The write was not sent: this process does not lead, or not any more. */
export class NotLeadingError extends Error {
  override readonly name = 'NotLeadingError' as const;

  constructor(call: string) {
    super(`${call}: not sent, another process may lead`);
  }
}

/** What is no number of seconds was not asked. */
const waitMs = (seconds: unknown) =>
  typeof seconds === 'number' && seconds > 0 ? Math.min(seconds * 1000, MAX_RETRY_AFTER_MS) : 0;

/** An answer that had begun says nothing for so long that it is given up: `cause` of a NoAnswerError. */
export class IdleTimeoutError extends Error {
  override readonly name = 'SilenceError' as const;

  constructor(ms: number) {
    super(`timeout: nothing was heard for ${ms} ms`);
  }
}
