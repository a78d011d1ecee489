/** One run of a command: what each of its steps is given. */
import type { RunLog } from './run-log.ts';

export type Run = {
  readonly log: RunLog;
  /** Aborted where the run is interrupted or a concurrent step failed: stop, and leave nothing incomplete. */
  readonly signal: AbortSignal;
  /** Shows a line of progress under the step that is running. */
  readonly say: (line: string) => void;
};

/** An error for a person, with what to try next. */
export class SetUpError extends Error {
  override readonly name = 'SetUpError' as const;
  readonly next: string;

  constructor(message: string, { next, cause }: { next: string; cause?: unknown }) {
    super(message, { cause });
    this.next = next;
  }
}

/** This run with a deadline in place of its signal: for a clean-up, which an interruption must not stop. */
export function uninterrupted(run: Run, milliseconds: number): Run {
  return { ...run, signal: AbortSignal.timeout(milliseconds) };
}
