/**
 * The tables of reasons and codes in docs/reference/verdicts.md, made from the failure table that `classify` reads.
 * `node test/docs/verdict-tables.ts` writes them into the page.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLogonUnanswered, isRejection, isRepeatedDaily } from '../../src/contract/logon-results.ts';
import { asPattern, type CodePattern, type FailureClass } from '../../src/probe/verdict/failure-class.ts';
import { FAILURES } from '../../src/probe/verdict/failure-table.ts';

export const PAGE = join(import.meta.dirname, '../../docs/reference/verdicts.md');

const ROWS = Object.entries(FAILURES) as [string, FailureClass][];

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const reasonsTable = (): string =>
  table(
    ['message', 'reason', 'outcome', 'stage', 'what to do'],
    ROWS.map(([reason, { summary, outcome, stage = '', remediation }]) => [
      summary,
      `\`${reason}\``,
      outcome,
      stage,
      remediation,
    ]),
  );

/** The same code may be in several rows. */
const codesTable = (): string =>
  table(
    ['code', 'only', 'reason', 'outcome', 'at the logon', 'what to do, where it differs from the reason'],
    ROWS.flatMap(([reason, { outcome, patterns }]) =>
      patterns.map(asPattern).map((pattern) => ({ reason, outcome, pattern })),
    )
      .toSorted(({ pattern: one }, { pattern: other }) => (one.code < other.code ? -1 : Number(one.code > other.code)))
      .map(({ reason, outcome, pattern }) => [
        pattern.to === undefined ? pattern.code : `${pattern.code} to ${pattern.to}`,
        conditionOf(pattern),
        `\`${reason}\``,
        outcome,
        saysOfCredentials(reason),
        pattern.remediation ?? '',
      ]),
  );

function conditionOf({ text, stage }: CodePattern): string {
  const said = text === undefined ? [] : [`with a text like \`${text.source.replaceAll('|', '\\|')}\``];
  return [...(stage === undefined ? [] : [`at stage ${stage}`]), ...said].join(', ');
}

function saysOfCredentials(reason: string): string {
  if (isRejection(reason)) return isRepeatedDaily(reason) ? 'rejected; sent again after 24 h' : 'rejected';
  return isLogonUnanswered({ stage: 'logon', reason }) ? 'no answer' : '';
}

/** The page with these tables between their markers. */
export function withTables(page: string): string {
  const tables = { reasons: reasonsTable(), codes: codesTable() };
  return Object.entries(tables).reduce((text, [name, rows]) => {
    const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- end of ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`the page has no place for the table of ${name}`);
    return text.slice(0, from + begin.length) + rows + text.slice(to);
  }, page);
}

if (import.meta.main) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
