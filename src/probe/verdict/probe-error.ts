/** What the probe itself finds wrong, where the driver has no error of its own. */
import type { Reason } from './failure-table.ts';

/** Carries its reason. The message tells what was expected and what came, and holds no secret. */
export class ProbeError extends Error {
  override readonly name = 'ProbeError' as const;
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(message);
    this.reason = reason;
  }
}
