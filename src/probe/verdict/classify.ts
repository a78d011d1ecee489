/** Maps the driver's error text to a row of the failure table. Pure. */
import type { Stage } from '../../contract/verdict.ts';
import type { ErrorPattern, FailureClass } from './failure-class.ts';
import { FAILURES, type Reason } from './failure-table.ts';

export type Failure = {
  readonly reason: Reason;
  /** Where the probe stopped. */
  readonly stage: Stage;
  /** The driver's or database's own code; of two nested codes, the inner one. */
  readonly code?: string;
};

/** Codes that only wrap another: where one is inside, the inner code decides. */
const WRAPPERS = new Set(['NJS-500', 'NJS-506', 'NJS-511', 'NJS-513']);

const ROWS: readonly (readonly [Reason, FailureClass])[] = Object.entries(FAILURES) as [Reason, FailureClass][];

/** The failure that an error of the driver stands for. `text` is the driver's message, `stage` what the probe had reached. */
export function classify(text: string, stage: Stage): Failure {
  const codes = codesIn(text);
  if (codes === undefined) return failureAt('ProbeFailed', stage);
  const { outer, inner } = codes;
  const reason = findReason(inner, text, stage) ?? findReason(outer, text, stage) ?? reasonOfUnknownCode(outer, stage);
  return { ...failureAt(reason, stage), code: inner };
}

/** The failure of a reason that the probe found itself. While the pool is filled, or queried, the stage is the probe's own. */
export function failureAt(reason: Reason, stage: Stage): Failure {
  const row: FailureClass = FAILURES[reason];
  const isLoggedOn = stage === 'pool' || stage === 'query';
  return { reason, stage: isLoggedOn ? stage : (row.stage ?? stage) };
}

/** The first code of the text and, where it is a wrapper with another code inside, that one. Undefined for a text without a code. */
function codesIn(text: string): { readonly outer: string; readonly inner: string } | undefined {
  if (!/^(?:ORA|NJS)-\d/.test(text)) return undefined;
  const [outer, cause] = [...text.matchAll(/\b(ORA|NJS)-(\d{1,5})\b/g)].map(padded);
  if (outer === undefined) return undefined;
  return { outer, inner: WRAPPERS.has(outer) && cause !== undefined ? cause : outer };
}

/** With as many digits as Oracle writes: ORA-00018, NJS-040. */
function padded([, prefix = '', number = '']: RegExpExecArray): string {
  return `${prefix}-${number.padStart(prefix === 'ORA' ? 5 : 3, '0')}`;
}

function findReason(code: string, text: string, stage: Stage): Reason | undefined {
  const matches = (pattern: ErrorPattern) =>
    typeof pattern !== 'string' &&
    pattern.code === code &&
    (pattern.text?.test(text) ?? true) &&
    (pattern.stage === undefined || pattern.stage === stage);
  const row =
    ROWS.find(([, { patterns }]) => patterns.some(matches)) ?? ROWS.find(([, { patterns }]) => patterns.includes(code));
  return row?.[0];
}

/** For a code of no row: the reason follows from the stage, and from whether the code is the driver's or the database's. */
function reasonOfUnknownCode(code: string, stage: Stage): Reason {
  const isOfTheDriver = code.startsWith('NJS-');
  if (isOfTheDriver && !code.startsWith('NJS-5')) return 'ProbeFailed';
  if (stage === 'pool') return 'PoolFailed';
  if (stage === 'query') return 'QueryFailed';
  // It may be a rejected logon. Those are counted, so it must not be retried.
  return isOfTheDriver ? 'ConnectFailed' : 'LogonRefused';
}
