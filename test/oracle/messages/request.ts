/** What clients ask for once the data types are agreed upon: a function, and before it what rode along with it. */
import { Garbled, type Reader } from '../wire/bytes.ts';
import { type Pair, u8 } from '../wire/scalars.ts';
import { type Bind, type BindType, canRead, readBinds } from './binds.ts';
import { execute, executeAgain, fetch, OPTION, VECTOR } from './execute.ts';
import { logonArguments } from './logon.ts';
import { closeCursors, PIGGYBACK, skipPiggyback } from './piggyback.ts';

const MESSAGE = { function: 3, piggyback: 17 } as const;

const FUNCTION = {
  executeAgain: 4,
  fetch: 5,
  logoff: 9,
  commit: 14,
  rollback: 15,
  version: 59,
  executeAgainAndFetch: 78,
  execute: 94,
  proof: 115,
  challenge: 118,
  ping: 147,
} as const;

export type Execute = {
  readonly kind: 'execute';
  /** 0 for a statement that the server has not seen yet. */
  readonly cursorId: number;
  /** Undefined where the cursor's own is meant. */
  readonly sql: string | undefined;
  /** Rows that the client wants with the answer; 0 for none. */
  readonly rows: number;
  readonly isDescribeOnly: boolean;
  readonly bindTypes: readonly BindType[];
  /** A row for each execution; several for a batch. */
  readonly binds: readonly (readonly Bind[])[];
};

export type LogonPart = {
  readonly kind: 'challenge' | 'proof';
  readonly user: string;
  readonly pairs: readonly Pair[];
};

export type Call =
  | LogonPart
  | Execute
  | { readonly kind: 'fetch'; readonly cursorId: number; readonly rows: number }
  | { readonly kind: 'ping' | 'commit' | 'rollback' | 'logoff' | 'version' }
  /** A call that this stand-in does not know; what the client sent of it is lost. */
  | { readonly kind: 'unknown'; readonly what: string };

export type Request = {
  /** The answer carries it too. */
  readonly sequence: number;
  readonly closedCursors: readonly number[];
  readonly call: Call;
};

/** What is known of a cursor: enough to read the binds of a client that executes it again. */
export type CursorShape = { readonly bindTypes: readonly BindType[]; readonly isQuery: boolean };

type ShapeOf = (cursorId: number) => CursorShape | undefined;

/** The next request. Throws MoreNeeded until all of it is here, and Garbled where it is none. */
export function readRequest(from: Reader, shapeOf: ShapeOf): Request {
  const closedCursors: number[] = [];
  for (;;) {
    const message = u8.read(from, {});
    const code = u8.read(from, {});
    const sequence = u8.read(from, {});
    if (message === MESSAGE.function) return { sequence, closedCursors, call: readCall(code, from, shapeOf) };
    if (message !== MESSAGE.piggyback) throw new Garbled(`read a request: message type ${message} came`);
    if (code === PIGGYBACK.closeCursors) closedCursors.push(...closeCursors.read(from, {}).cursors);
    else if (!skipPiggyback(code, from)) {
      const call = withoutRest(from, { kind: 'unknown', what: `piggyback ${code}` });
      return { sequence, closedCursors, call };
    }
  }
}

const CALLS: ReadonlyMap<number, (from: Reader, shapeOf: ShapeOf) => Call> = new Map<
  number,
  (from: Reader, shapeOf: ShapeOf) => Call
>([
  [FUNCTION.challenge, (from) => ({ kind: 'challenge', ...logonArguments.read(from, {}) })],
  [FUNCTION.proof, (from) => ({ kind: 'proof', ...logonArguments.read(from, {}) })],
  [FUNCTION.execute, readExecute],
  [FUNCTION.executeAgain, readExecuteAgain],
  [FUNCTION.executeAgainAndFetch, readExecuteAgain],
  [FUNCTION.fetch, (from) => ({ kind: 'fetch', ...fetch.read(from, {}) })],
  [FUNCTION.ping, () => ({ kind: 'ping' })],
  [FUNCTION.commit, () => ({ kind: 'commit' })],
  [FUNCTION.rollback, () => ({ kind: 'rollback' })],
  [FUNCTION.logoff, () => ({ kind: 'logoff' })],
  [FUNCTION.version, (from) => withoutRest(from, { kind: 'version' })],
]);

function readCall(code: number, from: Reader, shapeOf: ShapeOf): Call {
  const read = CALLS.get(code);
  return read?.(from, shapeOf) ?? withoutRest(from, { kind: 'unknown', what: `function ${code}` });
}

/** The call of a client whose arguments don't matter, or aren't known. */
function withoutRest(from: Reader, call: Call): Call {
  from.rest();
  return call;
}

function readExecute(from: Reader): Call {
  const { options, cursorId, hasSql, sql, rows, vector, bindTypes } = execute.read(from, {});
  if (!canRead(bindTypes)) {
    const types = bindTypes.map(({ type }) => type).join(', ');
    return withoutRest(from, { kind: 'unknown', what: `binds of the types ${types}` });
  }
  const isQuery = vector[VECTOR.isQuery] === 1;
  const isDescribeOnly = (options & OPTION.describe) !== 0;
  const executions = isQuery ? 1 : (vector[VECTOR.executions] ?? 1);
  return {
    kind: 'execute',
    cursorId,
    sql: hasSql === 0 ? undefined : sql,
    rows,
    isDescribeOnly,
    bindTypes,
    binds: isDescribeOnly ? [] : readBinds(from, bindTypes, executions),
  };
}

function readExecuteAgain(from: Reader, shapeOf: ShapeOf): Call {
  const { cursorId, rows } = executeAgain.read(from, {});
  const { bindTypes, isQuery } = shapeOf(cursorId) ?? { bindTypes: [], isQuery: true };
  const binds = readBinds(from, bindTypes, isQuery ? 1 : rows);
  return { kind: 'execute', cursorId, sql: undefined, rows, isDescribeOnly: false, bindTypes, binds };
}
