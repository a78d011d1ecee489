/** Values of expressions, in a row of a view. */
import { OracleError } from '../database/errors.ts';
import { type Bind, valueOf } from '../messages/binds.ts';
import type { ColumnShape } from '../messages/result.ts';
import type { Value } from '../wire/values.ts';
import { type ColumnType, columnShape, encodeValue } from './answer.ts';
import type { Expression } from './select.ts';
import { userEnvironment } from './user-environment.ts';
import type { Scope } from './views.ts';

/** What names and binds stand for. */
export type Environment = {
  readonly scope: Scope;
  readonly binds: ReadonlyMap<string, Bind>;
  /** Rows of the group; undefined where rows are not grouped. */
  readonly groupSize?: number | undefined;
  readonly column: (name: string) => { readonly type: ColumnType; readonly value: Value } | undefined;
};

export type Cell = { readonly shape: Omit<ColumnShape, 'name'>; readonly value: Value; readonly raw: Buffer | null };

const LARGEST_NUMBER = 1e126;

/** Throws ORA-00904 for what has no meaning here, and ORA-01008 for a bind without a value. */
export function evaluate(expression: Expression, environment: Environment): Cell {
  switch (expression.kind) {
    case 'number':
      if (Math.abs(Number(expression.text)) >= LARGEST_NUMBER) throw new OracleError(1426, 'numeric overflow');
      return cell('NUMBER', expression.text);
    case 'string':
      return cell('VARCHAR2', expression.text);
    case 'bind':
      return bound(environment.binds.get(expression.name.toUpperCase()));
    case 'name':
      return named(expression.name, environment);
    case 'call':
      return called(expression, environment);
  }
}

const cell = (type: ColumnType, value: Value): Cell => ({
  shape: columnShape('', type),
  value,
  raw: encodeValue(value, type),
});

/** A bind is given back as it came, in its own type. */
function bound(bind: Bind | undefined): Cell {
  if (bind === undefined) throw new OracleError(1008);
  const { type, form, raw } = bind;
  return { shape: { type, form, bytes: Math.max(raw?.length ?? 0, 32), scale: 0 }, value: valueOf(bind), raw };
}

function named(name: string, { scope, column }: Environment): Cell {
  const found = column(name);
  if (found !== undefined) return cell(found.type, found.value);
  switch (name) {
    case 'USER':
      return cell('VARCHAR2', scope.session.user);
    case 'NULL':
      return cell('VARCHAR2', null);
    case 'SYSDATE':
    case 'CURRENT_DATE':
      return cell('DATE', new Date());
    case 'SYSTIMESTAMP':
    case 'CURRENT_TIMESTAMP':
      return cell('TIMESTAMP WITH TIME ZONE', new Date());
    case 'DBTIMEZONE':
    case 'SESSIONTIMEZONE':
      return cell('VARCHAR2', '+00:00');
    default:
      throw new OracleError(904, `"${name}": invalid identifier`);
  }
}

const FUNCTIONS: Readonly<Record<string, (values: readonly Cell[], scope: Scope) => Cell>> = {
  SYS_CONTEXT: systemContext,
  NVL: ([value, otherwise]) => (value?.raw === null ? otherwise : value) ?? cell('VARCHAR2', null),
  TRIM: ([value]) => onText(value, (text) => text.trim()),
  UPPER: ([value]) => onText(value, (text) => text.toUpperCase()),
  LOWER: ([value]) => onText(value, (text) => text.toLowerCase()),
};

function called({ name, values }: Expression & { kind: 'call' }, environment: Environment): Cell {
  if (name === 'COUNT' && values.length === 0 && environment.groupSize !== undefined)
    return cell('NUMBER', environment.groupSize);
  const apply = FUNCTIONS[name];
  if (apply === undefined) throw new OracleError(904, `"${name}": invalid identifier`);
  return apply(
    values.map((value) => evaluate(value, environment)),
    environment.scope,
  );
}

const onText = (of: Cell | undefined, change: (text: string) => string): Cell =>
  cell('VARCHAR2', change(String(of?.value ?? '')));

function systemContext([namespace, key]: readonly Cell[], scope: Scope): Cell {
  if (String(namespace?.value).toUpperCase() !== 'USERENV') return cell('VARCHAR2', null);
  const found = userEnvironment(String(key?.value), scope);
  if (found === undefined) throw new OracleError(2003, 'invalid USERENV parameter');
  return cell('VARCHAR2', found);
}
