/**
 * The codes of an error of the driver, from the outermost to the innermost. Pure, and linear in the length of the text.
 *
 *   NJS-500: ...                  the driver's wrapper: left out where another code follows
 *   ORA-00604: ...                outermost
 *   ORA-01017: ...                of another database, as the next line says: left out
 *   ORA-02063: preceding line from LINK
 *   ORA-06512: at line 3          innermost
 *
 * After ORA-02068 (following severe error from LINK), all is of the other database.
 */

/** The driver's codes that only wrap another. */
const WRAPPERS = new Set(['NJS-500', 'NJS-506', 'NJS-511', 'NJS-513']);

/** The driver's code for a refusal of the listener. */
const REFUSED_BY_LISTENER = 'NJS-511';

/** Says that the lines before it came over a database link, where another account logged on. */
const FROM_A_LINK = 'ORA-02063';

/** Says that the lines after it came over a database link. */
const SEVERE_FROM_A_LINK = 'ORA-02068';

/** Codes of one stack that are read: foreign text may have any number. */
const MAX_CODES = 64;

/** A code at the start of a line, and what follows it there. */
const LINE = /^(?:Cause: )?(ORA|NJS)-(\d{1,5})(?!\d)(.{0,60})/gm;

export type ErrorStack = {
  /** The first code is never left out, unless it is a wrapper. Empty for a text that does not begin with a code. */
  readonly codes: readonly string[];
  /** The innermost wrapper that was left out. */
  readonly wrapper?: string;
};

export function errorStack(text: string): ErrorStack {
  if (!/^(?:ORA|NJS)-\d/.test(text)) return { codes: [] };
  const codes: string[] = [];
  for (const [, prefix = '', number = '', rest = ''] of text.matchAll(LINE)) {
    if (codes.length === MAX_CODES) break;
    const code = `${prefix}-${number.padStart(prefix === 'ORA' ? 5 : 3, '0')}`;
    if (code === FROM_A_LINK) codes.splice(Math.max(1, codes.length - linesBefore(rest)));
    codes.push(code);
    if (code === SEVERE_FROM_A_LINK) break;
  }
  return withoutWrappers(codes);
}

/** "preceding line from LINK", "preceding 2 lines from LINK": in any language, the number is a word of its own. */
const linesBefore = (rest: string): number => Number(/\s(\d{1,3})\s/.exec(rest)?.[1] ?? 1);

function withoutWrappers(codes: readonly string[], wrapper?: string): ErrorStack {
  const [outer = '', ...inner] = codes;
  const wrapped = wrapper !== undefined && { wrapper };
  if (!WRAPPERS.has(outer) || inner.length === 0)
    return { codes: outer.startsWith('NJS-') ? [outer] : codes, ...wrapped };
  if (outer !== REFUSED_BY_LISTENER) return withoutWrappers(inner, outer);
  return { codes: inner.slice(0, 1).map(codeOfListener), wrapper: outer };
}

/** The driver writes ORA before each code of the listener. Those below 12000 are codes of TNS, and mean something else as ORA. */
const codeOfListener = (code: string): string => (code < 'ORA-12000' ? code.replace('ORA-', 'TNS-') : code);
