/** Answers a query from the views. */
import { OracleError } from '../database/errors.ts';
import type { Bind } from '../messages/binds.ts';
import type { Value } from '../wire/values.ts';
import type { Rows } from './answer.ts';
import { type Cell, type Environment, evaluate } from './evaluate.ts';
import { type Condition, type Item, parseSelect, type Select } from './select.ts';
import type { Token } from './tokens.ts';
import { findView, type Scope, type View } from './views.ts';

const MOST_ROWS = 1_000_000;

type Row = readonly Value[];

/** Throws an OracleError for what Oracle, or this stand-in, does not answer. */
export function query(tokens: readonly Token[], binds: ReadonlyMap<string, Bind>, scope: Scope): Rows {
  const select = parseSelect(tokens);
  const view = findView(select.from, scope);
  if (view === undefined) throw new OracleError(942);
  const names = Object.keys(view.columns);
  const environment = (row: Row | undefined, level: number): Environment => ({
    scope,
    binds,
    column: (name) => columnOf(view, names, name, row, level),
  });
  const rows = [...rowsOf(select, view, environment, scope)];
  const items = select.items ?? names.map((name): Item => ({ value: { kind: 'name', name }, heading: name }));
  const cells = (row: Row | undefined, level: number) =>
    items.map(({ value }) => evaluate(value, environment(row, level)));
  const columns = cells(rows[0], 1).map(({ shape }, index) => ({ ...shape, name: items[index]?.heading ?? '' }));
  return { kind: 'rows', columns, rows: rows.map((row, index) => cells(row, index + 1).map(({ raw }) => raw)) };
}

/** Where there is no row, a column still has a type. */
function columnOf(view: View, names: readonly string[], name: string, row: Row | undefined, level: number) {
  if (name === 'LEVEL') return { type: 'NUMBER' as const, value: level };
  const type = view.columns[name];
  return type && { type, value: row?.[names.indexOf(name)] ?? null };
}

function rowsOf(
  { where, orderBy, count }: Select,
  view: View,
  environment: (row: Row | undefined, level: number) => Environment,
  scope: Scope,
): readonly Row[] {
  const all = view.rows(scope).filter((row) => where.every((condition) => isMet(condition, environment(row, 1))));
  const names = Object.keys(view.columns);
  const indexes = orderBy.map((name) => names.indexOf(name));
  if (indexes.includes(-1)) throw new OracleError(904);
  const sorted = all.toSorted((one, other) => compare(indexes, one, other));
  if (count === undefined) return sorted;
  const wanted = Number(evaluate(count, environment(undefined, 1)).value);
  return sorted.flatMap((row) => Array.from({ length: Math.min(Math.max(wanted, 1), MOST_ROWS) }, () => row));
}

function isMet({ column, values }: Condition, environment: Environment): boolean {
  const value = evaluate({ kind: 'name', name: column }, environment);
  return value.value !== null && values.some((one) => isEqual(value, evaluate(one, environment)));
}

const isEqual = (one: Cell, other: Cell) => other.value !== null && String(one.value) === String(other.value);

function compare(indexes: readonly number[], one: Row, other: Row): number {
  for (const index of indexes) {
    const [left, right] = [one[index] ?? '', other[index] ?? ''];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
