/** Runs a statement: a scripted answer where the settings have one, else what Oracle would say to it. */
import { OracleError } from '../database/errors.ts';
import type { Bind } from '../messages/binds.ts';
import type { ScriptedAnswer } from '../settings.ts';
import { pause } from '../wire/pause.ts';
import { administer } from './administer.ts';
import { type Answer, columnShape, encodeValue } from './answer.ts';
import { runBlock } from './block.ts';
import { query } from './query.ts';
import { tokenize } from './tokens.ts';
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
  const named = bindsByName(sql, binds[0] ?? []);
  const kind = kindOf(sql);
  if (kind === 'SELECT') return query(tokenize(sql), named, scope);
  if (BLOCKS.has(kind)) return { kind: 'done', rowCount: 0, out: await runBlock(sql, named, signal) };
  if (administer(statement, scope)) return { kind: 'done', rowCount: 0 };
  if (!WITHOUT_EFFECT.has(kind)) throw new OracleError(CHANGES_TABLES.has(kind) ? 942 : 900);
  return { kind: 'done', rowCount: 0 };
}

const BLOCKS: ReadonlySet<string> = new Set(['BEGIN', 'DECLARE']);
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['COMMIT', 'ROLLBACK', 'ALTER SESSION']);
/** There are no tables. */
const CHANGES_TABLES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);

/** What kind of statement it is: its first word, or two where one doesn't tell. Comments in front don't count. */
function kindOf(sql: string): string {
  const statement = sql.replace(/^(?:\s+|\/\*[\s\S]*?\*\/|--[^\n]*)+/, '');
  return /^(?:alter\s+)?\w+/i.exec(statement)?.[0].replaceAll(/\s+/g, ' ').toUpperCase() ?? '';
}

/** Values stand for variables in the order in which these occur; one that occurs twice in PL/SQL has one value. */
function bindsByName(sql: string, binds: readonly Bind[]): ReadonlyMap<string, Bind> {
  const variables = [...sql.replaceAll(/'[^']*'/g, '').matchAll(/:(\w+)/g)].map(([, name = '']) => name.toUpperCase());
  const names = variables.length === binds.length ? variables : [...new Set(variables)];
  return new Map(binds.map((bind, index) => [names[index] ?? '', bind]));
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
