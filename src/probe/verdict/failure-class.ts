/** The columns of the failure table. */
import type { Outcome, Stage } from '../../contract/verdict.ts';

/** A code with conditions, or with what to do about this code alone. A code with conditions takes precedence over one without. */
export type CodePattern = {
  readonly code: string;
  /** The last code of a range that begins with `code`. */
  readonly to?: string;
  /** Must match the driver's text. */
  readonly text?: RegExp;
  /** Must be the stage that the probe had reached. */
  readonly stage?: Stage;
  /** One sentence in place of the row's remediation. */
  readonly remediation?: string;
};

export type ErrorPattern = string | CodePattern;

export type FailureClass = {
  /** What is wrong: the beginning of the message, before the driver's text. No period. */
  readonly summary: string;
  /** The message names the user. Only where the database's answer shows that it knows the user: otherwise DB_USER might hold a password. */
  readonly namesUser?: true;
  readonly outcome: Exclude<Outcome, 'Succeeded'>;
  /** The stage that the verdict reports; undefined for the one that the probe had reached. See `failureAt` for the pool. */
  readonly stage?: Stage;
  readonly patterns: readonly ErrorPattern[];
  /**
   * One sentence: what to do. Objects are named by their field of the spec, which the operator replaces by the object's name; what
   * happens next the operator adds, too.
   */
  readonly remediation: string;
};

export type FailureClasses = Readonly<Record<string, FailureClass>>;

/** End of the remediation where the backend's own driver may succeed although the probe's does not. */
export const ADVISORY = 'if your backend connects all the same, set spec.probe.policy to Advisory';

/** Begin of the remediation where only the database administrator can tell more. */
export const SHOW_DBA = 'Give this message and its time to the database administrator';

export const asPattern = (pattern: ErrorPattern): CodePattern =>
  typeof pattern === 'string' ? { code: pattern } : pattern;
