/** The columns of the failure table. */
import type { Outcome, Stage } from '../../contract/verdict.ts';

/** A code, or a code with conditions. A pattern with conditions takes precedence over a plain code. */
export type ErrorPattern =
  | string
  | {
      readonly code: string;
      /** Must match the driver's text. */
      readonly text?: RegExp;
      /** Must be the stage that the probe had reached. */
      readonly stage?: Stage;
    };

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
