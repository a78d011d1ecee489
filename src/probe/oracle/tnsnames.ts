/** Finds the descriptor of an alias in a tnsnames.ora, so that the probe can adjust and redact it like any connect string. Pure. */

/** The alias's complete (DESCRIPTION=...) on one line; undefined where the file has no such alias, or its parentheses do not match. */
export function findDescriptor(alias: string, tnsnames: string): string | undefined {
  const text = tnsnames.replaceAll(/^\s*#.*$/gm, '');
  const wanted = alias.trim().toUpperCase();
  for (const { index, 0: head } of text.matchAll(/^[^\s()=,][^()=]*=\s*(?=\()/gm)) {
    const names = head
      .slice(0, head.indexOf('='))
      .split(',')
      .map((name) => name.trim().toUpperCase());
    if (names.includes(wanted)) return firstBalanced(text.slice(index + head.length));
  }
  return undefined;
}

/** The text from the first parenthesis to its match, both included, with runs of white space as one blank. */
function firstBalanced(text: string): string | undefined {
  let depth = 0;
  for (const { index, 0: parenthesis } of text.matchAll(/[()]/g)) {
    depth += parenthesis === '(' ? 1 : -1;
    if (depth === 0) return text.slice(0, index + 1).replaceAll(/\s+/g, ' ');
  }
  return undefined;
}
