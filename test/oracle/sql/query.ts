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
  const groups = new Map<Row, number>();
  const environment = (row: Row | undefined, level: number): Environment => ({
    scope,
    binds,
    groupSize: select.groupBy && ((row && groups.get(row)) ?? 0),
    column: (name) => columnOf(view, names, name, row, level),
  });
  const found = rowsOf(select, view, environment, scope);
  const ofGroup = select.groupBy === undefined ? [] : groupsOf(found, indexesOf(select.groupBy, names));
  for (const [first, size] of ofGroup) groups.set(first, size);
  const rows = select.groupBy === undefined ? found : [...groups.keys()];
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
  const indexes = indexesOf(orderBy, names);
  const sorted = all.toSorted((one, other) => compare(indexes, one, other));
  if (count === undefined) return sorted;
  const wanted = Number(evaluate(count, environment(undefined, 1)).value);
  return sorted.flatMap((row) => Array.from({ length: Math.min(Math.max(wanted, 1), MOST_ROWS) }, () => row));
}

function indexesOf(columns: readonly string[], names: readonly string[]): readonly number[] {
  const indexes = columns.map((name) => names.indexOf(name));
  if (indexes.includes(-1)) throw new OracleError(904);
  return indexes;
}

/** The first row and the size of each group of rows that have the same values in these columns. */
function groupsOf(rows: readonly Row[], indexes: readonly number[]): readonly (readonly [Row, number])[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(indexes.map((index) => row[index])));
  return [...groups.values()].flatMap((group) => (group[0] === undefined ? [] : [[group[0], group.length] as const]));
}

function isMet({ value, isOneOf, values }: Condition, environment: Environment): boolean {
  const found = evaluate(value, environment);
  const others = values.map((one) => evaluate(one, environment));
  if (found.value === null || (!isOneOf && others.some((other) => other.value === null))) return false;
  return others.some((other) => isEqual(found, other)) === isOneOf;
}

const isEqual = (one: Cell, other: Cell) => other.value !== null && String(one.value) === String(other.value);

function compare(indexes: readonly number[], one: Row, other: Row): number {
  for (const index of indexes) {
    const [left, right] = [one[index] ?? '', other[index] ?? ''];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}
