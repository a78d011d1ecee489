/** Errors that the probe finds itself, where the driver throws none. */
import type { Reason } from './failure-table.ts';
import type { Text } from './own-text.ts';

/** An error with a reason of the failure table. The text says what was expected and what was found. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError' as const;
  readonly reason: Reason;
  readonly text: Text;
  /** What the database said first. The message of the verdict begins with it. */
  readonly origin: string | undefined;

  constructor(reason: Reason, text: Text, origin?: string) {
    super(String(text));
    this.reason = reason;
    this.text = text;
    this.origin = origin;
  }
}
