/** Maps the driver's error text to a row of the failure table. Pure. */
import { isRejection } from '../../contract/logon-results.ts';
import type { Stage } from '../../contract/verdict.ts';
import { errorStack } from './error-stack.ts';
import { asPattern, type CodePattern, type FailureClass } from './failure-class.ts';
import { FAILURES, type Reason } from './failure-table.ts';

export type Failure = {
  readonly reason: Reason;
  /** Where the probe stopped. */
  readonly stage: Stage;
  /** The driver's or database's own code that decided. */
  readonly code?: string;
  readonly remediation: string;
};

/**
 * Codes that tell where something happened, and not what: a line of PL/SQL, a trigger, a database link, the audit trail, recursive SQL.
 * They decide only where nothing beside them does, and then the first one of this list that the stack has.
 */
const PLACES: readonly string[] = [
  'ORA-06550',
  'ORA-06512',
  'ORA-04088',
  'ORA-02068',
  'ORA-02063',
  'ORA-02002',
  'ORA-00604',
];

/** Codes of a network connection, from the first to the last. Inside a stack, it is a connection that the database itself opened. */
const OF_A_CONNECTION: readonly (readonly [string, string])[] = [
  ['ORA-03113', 'ORA-03114'],
  ['ORA-03135', 'ORA-03136'],
  ['ORA-03150', 'ORA-03150'],
  ['ORA-12150', 'ORA-12699'],
  ['ORA-28511', 'ORA-28511'],
  ['ORA-28750', 'ORA-28890'],
];

type Row = { readonly reason: Reason; readonly pattern: CodePattern };

const ROWS: readonly Row[] = (Object.entries(FAILURES) as [Reason, FailureClass][]).flatMap(([reason, { patterns }]) =>
  patterns.map((pattern) => ({ reason, pattern: asPattern(pattern) })),
);

/** What an error says: its text, and the stage that the probe had reached. The database answers in the same way before the password. */
type Said = { readonly text: string; readonly stage: Exclude<Stage, 'server'> };

/** The failure that an error of the driver stands for. `text` is the driver's message, `stage` what the probe had reached. */
export function classify(text: string, stage: Stage): Failure {
  const { codes, wrapper } = errorStack(text);
  const [outermost] = codes;
  if (outermost === undefined) return failureAt('ProbeFailed', stage);
  const said = { text, stage: stage === 'server' ? 'logon' : stage } as const;
  const found = rejectionOf(outermost, said) ?? findInside(codes, said) ?? findWrapper(wrapper, codes);
  if (found === undefined)
    return { ...failureAt(reasonOfUnknownCode(outermost, stage), stage), code: whatOf(codes) ?? outermost };
  const { reason, pattern, code } = found;
  const failure = failureAt(reason, stage);
  return { ...failure, remediation: pattern.remediation ?? failure.remediation, code };
}

/** The failure of a reason that the probe found itself. While the pool is filled, or queried, the stage is the probe's own. */
export function failureAt(reason: Reason, stage: Stage): Failure {
  const row: FailureClass = FAILURES[reason];
  const isLoggedOn = stage === 'pool' || stage === 'query';
  return { reason, stage: isLoggedOn ? stage : (row.stage ?? stage), remediation: row.remediation };
}

type Found = Row & { readonly code: string };

/** Whether user and password were rejected, the outermost code alone decides: what is inside may be about another account. */
function rejectionOf(code: string, said: Said): Found | undefined {
  if (said.stage === 'query') return undefined;
  const row = findRow(code, said, isRejection);
  return row && { ...row, code };
}

/** Of the other rows, that of the innermost code that has one. */
function findInside(stack: readonly string[], said: Said): Found | undefined {
  const isOther = (reason: Reason) => !isRejection(reason);
  const find = (code: string): Found[] => {
    const row = findRow(code, said, isOther);
    return row === undefined ? [] : [{ ...row, code }];
  };
  const inwards = stack.filter((code, at) => at === 0 || !isOfAConnection(code)).toReversed();
  const [telling] = inwards.filter((code) => !PLACES.includes(code)).flatMap(find);
  if (telling !== undefined) return telling;
  const [place] = PLACES.filter((code) => stack.includes(code)).flatMap(find);
  return place && { ...place, code: whatOf(stack) ?? place.code };
}

/** A known wrapper around codes that are not: the driver says at least that the connection is gone, or that the listener refused it. */
function findWrapper(wrapper: string | undefined, codes: readonly string[]): Found | undefined {
  const row = ROWS.find(({ pattern }) => pattern.code === wrapper && !isConditional({ pattern }));
  return row && { ...row, code: whatOf(codes) ?? row.pattern.code };
}

/** The innermost code that says what happened, known or not. */
const whatOf = (stack: readonly string[]): string | undefined => stack.findLast((code) => !PLACES.includes(code));

const isOfAConnection = (code: string): boolean =>
  OF_A_CONNECTION.some(([first, last]) => code >= first && code <= last);

function findRow(code: string, { text, stage }: Said, mayBe: (reason: Reason) => boolean): Row | undefined {
  const candidates = ROWS.filter(
    ({ reason, pattern }) => mayBe(reason) && code >= pattern.code && code <= (pattern.to ?? pattern.code),
  );
  const matches = ({ pattern }: Row) =>
    (pattern.text?.test(text) ?? true) && (pattern.stage === undefined || pattern.stage === stage);
  return candidates.find((row) => isConditional(row) && matches(row)) ?? candidates.find((row) => !isConditional(row));
}

const isConditional = ({ pattern }: Pick<Row, 'pattern'>): boolean =>
  pattern.text !== undefined || pattern.stage !== undefined;

/** For a code of no row: the reason follows from the stage, and from whether the code is the driver's or the database's. */
function reasonOfUnknownCode(code: string, stage: Stage): Reason {
  const isOfTheDriver = code.startsWith('NJS-');
  if (isOfTheDriver && !code.startsWith('NJS-5')) return 'ProbeFailed';
  if (stage === 'pool') return 'PoolFailed';
  if (stage === 'query') return 'QueryFailed';
  // The credentials may have been rejected: that counts, so the logon is not repeated at will.
  return isOfTheDriver ? 'ConnectFailed' : 'LogonRefused';
}
