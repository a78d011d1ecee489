/** Runs a statement: a scripted answer where the settings have one, else what Oracle would say to it. */
import { OracleError } from '../database/errors.ts';
import { type Bind, valueOf } from '../messages/binds.ts';
import type { ScriptedAnswer } from '../settings.ts';
import { pause } from '../wire/pause.ts';
import { type Answer, columnShape, encodeValue } from './answer.ts';
import { query } from './query.ts';
import { type Token, tokenize } from './tokens.ts';
import type { Scope } from './views.ts';

/** Throws an OracleError for a statement that fails, and the signal's reason once that is aborted. */
export async function runStatement(
  sql: string,
  binds: readonly (readonly Bind[])[],
  scope: Scope,
  signal: AbortSignal,
): Promise<Answer> {
  const statement = sql.trim().replaceAll(/\s+/g, ' ');
  const scripted = scope.database.settings.answers.find(({ pattern }) =>
    new RegExp(`^(?:${pattern})$`, 'i').test(statement),
  );
  if (scripted !== undefined) return runScripted(scripted, signal);
  const tokens = tokenize(sql.trim().replace(/;$/, ''));
  const named = bindsByName(tokens, binds[0] ?? []);
  const kind = leadingWords(tokens);
  if (kind === 'SELECT') return query(tokens, named, scope);
  if (kind === 'BEGIN') await runBlock(sql, named, signal);
  else if (!WITHOUT_EFFECT.has(kind)) throw new OracleError(CHANGES_TABLES.has(kind) ? 942 : 900);
  return { kind: 'done', rowCount: 0 };
}

const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['COMMIT', 'ROLLBACK', 'ALTER SESSION']);
/** There are no tables. */
const CHANGES_TABLES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** What kind of statement it is: its first word, or two where one doesn't tell. */
function leadingWords([first, second]: readonly Token[]): string {
  return first?.text === 'ALTER' ? `ALTER ${second?.text}` : (first?.text ?? '');
}

/** Values stand for variables in the order in which these occur; one that occurs twice in PL/SQL has one value. */
function bindsByName(tokens: readonly Token[], binds: readonly Bind[]): ReadonlyMap<string, Bind> {
  const names = tokens.filter(({ kind }) => kind === 'bind').map(({ text }) => text.toUpperCase());
  const distinct = names.length === binds.length ? names : [...new Set(names)];
  return new Map(
    distinct.flatMap((name, index) => {
      const bind = binds[index];
      return bind === undefined ? [] : [[name, bind] as const];
    }),
  );
}

const SLEEP =
  /^begin\s+(?:dbms_session|dbms_lock)\s*\.\s*sleep\s*\(\s*(?:(?<seconds>[\d.]+)|:(?<bind>\w+))\s*\)\s*;\s*end\s*;?$/i;
const NOTHING = /^begin\s+null\s*;\s*end\s*;?$/i;

/** The blocks that it knows: one that does nothing, and one that sleeps. */
async function runBlock(sql: string, binds: ReadonlyMap<string, Bind>, signal: AbortSignal): Promise<void> {
  const block = sql.trim();
  if (NOTHING.test(block)) return;
  const { seconds, bind } = SLEEP.exec(block)?.groups ?? {};
  if (seconds === undefined && bind === undefined)
    throw new OracleError(6550, 'the stand-in does not know this PL/SQL block');
  const bound = binds.get(bind?.toUpperCase() ?? '');
  await pause(Number(seconds ?? (bound && valueOf(bound))) * 1000, signal);
}

async function runScripted(
  { afterMs, columns, rows, rowCount, error }: ScriptedAnswer,
  signal: AbortSignal,
): Promise<Answer> {
  if (afterMs > 0) await pause(afterMs, signal);
  if (error !== undefined) throw new OracleError(error.code, error.text);
  if (columns === undefined) return { kind: 'done', rowCount };
  return {
    kind: 'rows',
    columns: columns.map(({ name, type }) => columnShape(name, type)),
    rows: rows.map((row) => columns.map(({ type }, index) => encodeValue(row[index] ?? null, type))),
  };
}
