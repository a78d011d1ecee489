/** Errors that the probe finds itself, where the driver throws none. */
import type { Reason } from './failure-table.ts';

/** An error with a reason of the failure table. The message says what was expected and what was found, and holds no secret. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError' as const;
  readonly reason: Reason;
  /** What the database said first. The message of the verdict begins with it. */
  readonly origin: string | undefined;

  constructor(reason: Reason, message: string, origin?: string) {
    super(message);
    this.reason = reason;
    this.origin = origin;
  }
}
