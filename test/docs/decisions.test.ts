/** docs/decisions: one header for all, and an index that agrees with the files. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const FOLDER = new URL('../../docs/decisions/', import.meta.url);

const HEADER =
  /^# (?<number>\d{4}) (?<title>.+)\n\n- Status: (?<status>(?:Accepted|Superseded by).*)\n- Date: (?<date>\d{4}-\d\d-\d\d).*\n\n## Context\n/;
const SECTIONS = ['## Context', '## Decision', '## Cost'];

const decisions = readdirSync(FOLDER)
  .filter((name) => name !== 'README.md')
  .map((name) => ({ name, text: readFileSync(new URL(name, FOLDER), 'utf8') }));

/** The row of a decision in the index. */
function rowOf(name: string, text: string): string {
  const { number = '', title = '', status = '', date = '' } = HEADER.exec(text)?.groups ?? {};
  const change = /^(Superseded|.*amended) by \[(\d{4})\]/.exec(status);
  const short =
    change === null ? 'Accepted' : `${change[1] === 'Superseded' ? 'Superseded' : 'Amended'} by ${change[2]}`;
  return `| [${number}](${name}) | ${title} | ${short} | ${date} |`;
}

test.each(decisions)('$name has its number, a status, a date, and the three sections', ({ name, text }) => {
  expect(text).toMatch(HEADER);
  expect(name.slice(0, 4)).toBe(HEADER.exec(text)?.groups?.['number']);
  expect(text.match(/^## .*$/gm)).toEqual(SECTIONS);
});

test('the index lists every decision with its title, status and date', () => {
  const index = readFileSync(new URL('README.md', FOLDER), 'utf8');
  const rows = index.split('\n').filter((line) => line.startsWith('| ['));
  expect(rows).toEqual(decisions.map(({ name, text }) => rowOf(name, text)));
});
