/** Cuts a statement into its words. */
import { OracleError } from '../database/errors.ts';

export type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'bind'; readonly text: string }
  | { readonly kind: 'symbol'; readonly text: string };

const PATTERN =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|(?<name>[a-z_][\w$#]*|"[^"]+")|(?<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)|'(?<string>(?:[^']|'')*)'|:(?<bind>\w+)|(?<symbol><=|>=|<>|!=|\|\||[-(),*=<>+/.;])/giy;

/** Names without quotes become upper case. Throws ORA-00911 at a character that begins no word. */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const match of sql.matchAll(PATTERN)) {
    end = match.index + match[0].length;
    const token = tokenOf(match.groups ?? {});
    if (token !== undefined) tokens.push(token);
  }
  if (end !== sql.length) throw new OracleError(911);
  return tokens;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token | undefined {
  const [kind, text] = Object.entries(groups).find(([, text]) => text !== undefined) ?? [];
  if (kind === undefined || text === undefined) return undefined;
  switch (kind) {
    case 'name':
      return { kind, text: text.startsWith('"') ? text.slice(1, -1) : text.toUpperCase() };
    case 'string':
      return { kind, text: text.replaceAll("''", "'") };
    case 'number':
    case 'bind':
    case 'symbol':
      return { kind, text };
    default:
      return undefined;
  }
}
