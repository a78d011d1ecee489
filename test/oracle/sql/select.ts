/**
 * The queries that this stand-in understands, from their words to a tree:
 *
 *   SELECT * | item [[AS] name], ... FROM view [WHERE value = value [AND ...]] [GROUP BY column, ...] [ORDER BY column, ...]
 *   SELECT item, ... FROM DUAL [CONNECT BY LEVEL <= count]
 *
 * A value is a literal, a bind, a column or a function without side effects; COUNT(*) is the only one over a group. All else is ORA-00933 or ORA-00936.
 */
import { OracleError } from '../database/errors.ts';
import type { Token } from './tokens.ts';

export type Expression =
  | { readonly kind: 'number' | 'string'; readonly text: string }
  | { readonly kind: 'bind'; readonly name: string }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly values: readonly Expression[] };

export type Item = { readonly value: Expression; readonly heading: string };

/** A value has to be one of the values, or none of them. Null is neither. */
export type Condition = {
  readonly value: Expression;
  readonly isOneOf: boolean;
  readonly values: readonly Expression[];
};

export type Select = {
  /** Undefined for all columns. */
  readonly items: readonly Item[] | undefined;
  readonly from: string;
  readonly where: readonly Condition[];
  /** Columns of a group; undefined where rows are not grouped. */
  readonly groupBy: readonly string[] | undefined;
  readonly orderBy: readonly string[];
  /** How many rows of DUAL. */
  readonly count: Expression | undefined;
};

const RESERVED: ReadonlySet<string> = new Set([
  'FROM',
  'WHERE',
  'ORDER',
  'GROUP',
  'CONNECT',
  'AND',
  'AS',
  'BY',
  'IN',
  'SELECT',
]);

class Words {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get position(): number {
    return this.#at;
  }

  /** The text of the words since a position, as Oracle heads a column with it. */
  since(position: number): string {
    const texts = this.#tokens.slice(position, this.#at).map(({ kind, text }) => QUOTED[kind](text));
    return texts.join('').toUpperCase();
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++];
  }

  peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  /** Takes the words if they come next. */
  takes(...texts: readonly string[]): boolean {
    const isNext = texts.every((text, index) => isWord(this.#tokens[this.#at + index], text));
    if (isNext) this.#at += texts.length;
    return isNext;
  }

  expects(text: string): void {
    if (!this.takes(text)) throw new OracleError(933);
  }
}

const QUOTED: Readonly<Record<Token['kind'], (text: string) => string>> = {
  name: (text) => text,
  number: (text) => text,
  string: (text) => `'${text}'`,
  bind: (text) => `:${text}`,
  symbol: (text) => text,
};

const isWord = (token: Token | undefined, text: string) =>
  token?.text === text && (token.kind === 'symbol' || token.kind === 'name');

export function parseSelect(tokens: readonly Token[]): Select {
  const words = new Words(tokens);
  words.expects('SELECT');
  const items = words.takes('*') ? undefined : separated(words, item);
  words.expects('FROM');
  const from = viewName(words);
  const where = words.takes('WHERE') ? conditions(words) : [];
  const count = words.takes('CONNECT', 'BY', 'LEVEL', '<=') ? expression(words) : undefined;
  const groupBy = words.takes('GROUP', 'BY') ? separated(words, name) : undefined;
  const orderBy = words.takes('ORDER', 'BY') ? separated(words, name) : [];
  if (words.peek() !== undefined) throw new OracleError(933);
  return { items, from, where, groupBy, orderBy, count };
}

/** The owner in front of a view's name changes nothing. */
function viewName(words: Words): string {
  const first = name(words);
  return words.takes('.') ? name(words) : first;
}

function separated<T>(words: Words, one: (words: Words) => T): readonly T[] {
  const all = [one(words)];
  while (words.takes(',')) all.push(one(words));
  return all;
}

function item(words: Words): Item {
  const start = words.position;
  const value = expression(words);
  const heading = words.since(start);
  if (words.takes('AS')) return { value, heading: name(words) };
  const next = words.peek();
  return { value, heading: next?.kind === 'name' && !RESERVED.has(next.text) ? name(words) : heading };
}

function expression(words: Words): Expression {
  const sign = words.takes('-') ? '-' : '';
  const token = words.next();
  switch (token?.kind) {
    case 'number':
      return { kind: 'number', text: `${sign}${token.text}` };
    case 'string':
      return { kind: 'string', text: token.text };
    case 'bind':
      return { kind: 'bind', name: token.text };
    case 'name':
      return named(token.text, words);
    case 'symbol':
    case undefined:
      throw new OracleError(936);
  }
}

function named(name: string, words: Words): Expression {
  if (RESERVED.has(name)) throw new OracleError(936);
  return words.takes('(') ? call(name, words) : { kind: 'name', name };
}

function call(name: string, words: Words): Expression {
  const values = name === 'COUNT' && words.takes('*') ? [] : separated(words, expression);
  words.expects(')');
  return { kind: 'call', name, values };
}

function conditions(words: Words): readonly Condition[] {
  const all: Condition[] = [];
  do {
    const value = expression(words);
    if (words.takes('IN', '(')) {
      all.push({ value, isOneOf: true, values: separated(words, expression) });
      words.expects(')');
    } else {
      const isOneOf = !words.takes('<>');
      if (isOneOf) words.expects('=');
      all.push({ value, isOneOf, values: [expression(words)] });
    }
  } while (words.takes('AND'));
  return all;
}

function name(words: Words): string {
  const token = words.next();
  if (token?.kind !== 'name' || RESERVED.has(token.text)) throw new OracleError(933);
  return token.text;
}
