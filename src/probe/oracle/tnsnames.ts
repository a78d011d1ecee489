/** Looks up an alias in a tnsnames.ora, so that what it stands for can be seen to like any other connect string. Pure. */

/** The whole (DESCRIPTION=...) of the alias; undefined where the file has none, or it is not closed. */
export function descriptorOf(alias: string, tnsnames: string): string | undefined {
  const text = tnsnames.replaceAll(/^\s*#.*$/gm, '');
  const wanted = alias.trim().toUpperCase();
  for (const { index, 0: head } of text.matchAll(/^[^\s()=,][^()=]*=\s*(?=\()/gm)) {
    const names = head
      .slice(0, head.indexOf('='))
      .split(',')
      .map((name) => name.trim().toUpperCase());
    if (names.includes(wanted)) return closed(text.slice(index + head.length));
  }
  return undefined;
}

/** What the first parenthesis of the text encloses, parentheses included. */
function closed(text: string): string | undefined {
  let depth = 0;
  for (const { index, 0: sign } of text.matchAll(/[()]/g)) {
    depth += sign === '(' ? 1 : -1;
    if (depth === 0) return text.slice(0, index + 1).replaceAll(/\s+/g, ' ');
  }
  return undefined;
}
