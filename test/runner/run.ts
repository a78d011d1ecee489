/** One run of `npm run demo` or `npm test`: what every piece of the machinery is given. */
import type { RunLog } from './run-log.ts';

export type Run = {
  readonly log: RunLog;
  /** Aborted where the run is interrupted or a step beside this one failed: stop, and leave nothing half done. */
  readonly signal: AbortSignal;
  /** Shows a line of progress under the step that is running. */
  readonly say: (line: string) => void;
};

/** What went wrong, for a person, and what to try next. */
export class SetUpError extends Error {
  override readonly name = 'SetUpError' as const;
  readonly next: string;

  constructor(message: string, { next, cause }: { next: string; cause?: unknown }) {
    super(message, { cause });
    this.next = next;
  }
}

/** The same run, but deaf to interruption: for cleaning up. Each use needs a deadline of its own. */
export function uninterrupted(run: Run, milliseconds: number): Run {
  return { ...run, signal: AbortSignal.timeout(milliseconds) };
}
