import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT_CODES } from '../../../src/contract/verdict.ts';
import { PAGE, withTables } from '../../docs/verdict-tables.ts';

const page = readFileSync(PAGE, 'utf8');

test('docs/reference/verdicts.md has the tables that node test/docs/verdict-tables.ts writes', () => {
  expect(page).toBe(withTables(page));
});

test('docs/reference/verdicts.md lists every outcome with its exit code', () => {
  const rows = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
  const listed = rows.filter(([, , code = '', , last]) => /^\d+$/.test(code) && last !== undefined);
  expect(Object.fromEntries(listed.map(([, name, code]) => [name, Number(code)]))).toEqual(EXIT_CODES);
});
