/** From the driver's words to a failure of the table. Pure. */
import type { Stage } from '../../contract/verdict.ts';
import { FAILURES, type FailureClass, type Reason, type Sign } from './failure-table.ts';

export type Failure = {
  readonly reason: Reason;
  readonly stage: Stage;
  /** The driver's or database's own code, the most precise one. */
  readonly code?: string;
};

/** Codes that say only that there is a cause: the one behind them counts. */
const WRAPPERS = new Set(['NJS-500', 'NJS-506', 'NJS-511', 'NJS-513']);

const ROWS: readonly (readonly [Reason, FailureClass])[] = Object.entries(FAILURES) as [Reason, FailureClass][];

/** What an error of the driver means when the probe stood at `reached`. `text` is the message as the driver gives it. */
export function classify(text: string, reached: Stage): Failure {
  const codes = codesOf(text);
  if (codes === undefined) return failureAt('ProbeFailed', reached);
  const { code, precise } = codes;
  const reason = find(precise, text, reached) ?? find(code, text, reached) ?? unknown(code, reached);
  return { ...failureAt(reason, reached), code: precise };
}

/** A reason that the probe itself found. */
export function failureAt(reason: Reason, reached: Stage): Failure {
  const { stage }: FailureClass = FAILURES[reason];
  const isUnderWay = reached === 'pool' || reached === 'query';
  return { reason, stage: isUnderWay ? reached : (stage ?? reached) };
}

/** The first code of the text and, where that one only wraps another, the one behind it. */
function codesOf(text: string): { readonly code: string; readonly precise: string } | undefined {
  if (!/^(?:ORA|NJS)-\d/.test(text)) return undefined;
  const [code, cause] = [...text.matchAll(/\b(ORA|NJS)-(\d{1,5})\b/g)].map(padded);
  if (code === undefined) return undefined;
  return { code, precise: WRAPPERS.has(code) && cause !== undefined ? cause : code };
}

/** As Oracle writes them: ORA-00018, NJS-040. */
function padded([, prefix = '', number = '']: RegExpExecArray): string {
  return `${prefix}-${number.padStart(prefix === 'ORA' ? 5 : 3, '0')}`;
}

function find(code: string, text: string, reached: Stage): Reason | undefined {
  const under = (sign: Sign) =>
    typeof sign !== 'string' &&
    sign.code === code &&
    (sign.text?.test(text) ?? true) &&
    (sign.reached === undefined || sign.reached === reached);
  const row = ROWS.find(([, { signs }]) => signs.some(under)) ?? ROWS.find(([, { signs }]) => signs.includes(code));
  return row?.[0];
}

/** A code that no row has: what is known is the stage, and whose code it is. */
function unknown(code: string, reached: Stage): Reason {
  const isOfTheDriver = code.startsWith('NJS-');
  if (isOfTheDriver && !code.startsWith('NJS-5')) return 'ProbeFailed';
  if (reached === 'pool') return 'PoolFailed';
  if (reached === 'query') return 'QueryFailed';
  // It may be a refused logon, and those are counted: never repeated.
  return isOfTheDriver ? 'ConnectFailed' : 'LogonRefused';
}
